"""Holds idle SMTP connections and says what one costs: idle.py PORT PID [COUNT [tls]]"""
import socket
import ssl
import sys
import time

port, pid = int(sys.argv[1]), sys.argv[2]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
tls = len(sys.argv) > 4
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE


def resident():
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def say(client, line):
    client.sendall(line + b"\r\n")
    return client.recv(1000)


def connect():
    client = socket.create_connection(("127.0.0.1", port))
    client.recv(200)
    say(client, b"EHLO idle.test")
    if tls:
        say(client, b"STARTTLS")
        client = context.wrap_socket(client)
        say(client, b"EHLO idle.test")
    return client


for client in [connect() for _ in range(50)]:
    client.close()
time.sleep(2)
before = resident()
held = [connect() for _ in range(count)]
time.sleep(2)
after = resident()
answering = sum(say(client, b"NOOP").startswith(b"250") for client in held)
print(f"{count} {'TLS ' if tls else ''}connections held, {answering} answer; resident {before} -> {after} KB, {(after - before) / count:.1f} KB each")
