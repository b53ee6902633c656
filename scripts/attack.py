#!/usr/bin/env python3
"""Attacks a running instance of yours and says what held. Standard library only; it sends bounded traffic to the given ports and no other.

    dotnet run --project Standalone
    python3 scripts/attack.py                                  # localhost:2525, http://localhost:5080
    python3 scripts/attack.py --smtp 2525 --http 5080 --queue 6379

Ends with a line `N held, N failed, N not applicable`; a failure exits with 1. It leaves a few test messages in the queue.
docs/security.md says what each attack is about."""
import argparse
import base64
import http.client
import json
import socket
import sys
import threading
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--smtp", type=int, default=2525, help="the edge's SMTP port on this machine")
parser.add_argument("--http", type=int, default=5080, help="the edge's HTTP port on this machine")
parser.add_argument("--queue", type=int, help="the port of the embedded Garnet, which Standalone prints at start")
options = parser.parse_args()

ATTACKS = []
PATIENCE = 30


def attack(name):
    def add(function):
        ATTACKS.append((name, function))
        return function
    return add


class NotApplicable(Exception):
    """The instance does not offer what is attacked."""


class Smtp:
    def __init__(self, greet=True, early=b""):
        self.socket = socket.create_connection(("127.0.0.1", options.smtp), PATIENCE)
        if early:
            self.socket.sendall(early)
        self.file = self.socket.makefile("rb")
        self.banner = self.reply()
        self.extensions = self.say("EHLO attacker.test") if greet else ""

    def reply(self):
        lines = []
        while line := self.file.readline():
            lines.append(line.decode("latin-1").rstrip())
            if len(line) < 4 or line[3:4] != b"-":
                break
        return "\n".join(lines)

    def say(self, text):
        self.send(text if isinstance(text, bytes) else text.encode("latin-1") + b"\r\n")
        return self.reply()

    def send(self, data):
        self.socket.sendall(data)

    def begin(self):
        for line in ("MAIL FROM:<a@attack.test>", "RCPT TO:<b@attack.test>", "DATA"):
            said = self.say(line)
        return said

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def post(body, headers=None, path="/messages", host=None, kind="application/json", method="POST"):
    """Status and headers; status 0: the connection was closed without an answer."""
    connection = http.client.HTTPConnection("localhost", options.http, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host=host is not None)
        if host is not None:
            connection.putheader("Host", host)
        if body is not None:
            connection.putheader("Content-Type", kind)
            connection.putheader("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            if body is not None:
                connection.send(body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except (ConnectionError, http.client.HTTPException):
        return 0, {}, b""
    finally:
        connection.close()


def message(**fields):
    return json.dumps({"from": "a@attack.test", "to": ["b@attack.test"], "subject": "s", "text": "t"} | fields).encode()


def alive():
    with Smtp() as client:
        assert client.banner.startswith("220"), "the edge no longer greets"
    assert post(None, path="/alive", method="GET")[0] == 200, "/alive is not 200"


SMUGGLED = b"MAIL FROM:<smuggled@attack.test>\r\nRCPT TO:<b@attack.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"
ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n\n.\n\n", b"\r\n\x00.\r\n", b"\r\n.\x00\r\n", b"\r\r\n.\r\r\n", b"\n.\r", b"\r\n..\r\n"]


@attack("a message within a message, by every false end of data")
def smuggling():
    for end in ENDS:
        for split in (False, True):
            with Smtp() as client:
                if not client.begin().startswith("354"):
                    raise NotApplicable("this address may not send")
                data = b"Subject: outer\r\n\r\nx" + end + SMUGGLED + b"\r\n.\r\n"
                for piece in ([data[i:i + 1] for i in range(len(data))] if split else [data]):
                    client.send(piece)
                client.reply()
                client.send(b"NOOP\r\nQUIT\r\n")
                after = [client.reply(), client.reply()]
                closed = after[0] == ""
                assert closed or after[1].startswith("221"), f"{end!r}: more replies than one message has: {after}"


@attack("commands before the banner and behind STARTTLS")
def early():
    with Smtp(greet=False, early=b"EHLO a.test\r\nMAIL FROM:<a@attack.test>\r\n") as client:
        client.say("NOOP")
    with Smtp() as client:
        if "STARTTLS" not in client.extensions:
            return
        client.send(b"STARTTLS\r\nMAIL FROM:<injected@attack.test>\r\n")
        client.reply()
        client.socket.settimeout(1)
        try:
            assert not client.socket.recv(1), "a command that was sent in clear was answered after STARTTLS"
        except (TimeoutError, ConnectionError):
            pass


@attack("line ends, NUL and controls in names and addresses")
def injection():
    for line in ("EHLO a\rX-Injected: 1", "EHLO a\x00b", "MAIL FROM:<a\rb@attack.test>", "MAIL FROM:<a\nb@attack.test>", "RCPT TO:<\x1b[31m@attack.test>"):
        with Smtp() as client:
            if line.startswith("RCPT"):
                client.say("MAIL FROM:<a@attack.test>")
            said = client.say(line)
            assert not said.startswith("2") or "\x1b" not in said and "\x00" not in said, f"{line!r}: {said!r}"
            assert not (line.startswith("MAIL") and said.startswith("250")), f"{line!r}: {said!r}"


@attack("PROXY from a client that is no proxy")
def proxy():
    with Smtp(greet=False, early=b"PROXY TCP4 192.0.2.1 127.0.0.1 1 25\r\n") as client:
        if client.banner.startswith("220") and not client.say("NOOP").startswith("5"):
            raise NotApplicable("PROXY is configured here")


@attack("a command line of 20 MB without an end")
def endless_line():
    with Smtp() as client:
        try:
            for _ in range(20):
                client.send(b"x" * 1_000_000)
        except (ConnectionError, TimeoutError):
            pass
    alive()


@attack("100,000 recipients in one envelope")
def recipients():
    with Smtp() as client:
        client.say("MAIL FROM:<a@attack.test>")
        for number in range(100_000):
            said = client.say(f"RCPT TO:<r{number}@attack.test>")
            if not said.startswith("250"):
                return
    raise AssertionError("all were taken")


@attack("300 connections that withhold the end of a 250 KB header")
def headers():
    field, clients = b"X-A: " + b"a" * 900 + b"\r\n", []
    try:
        for _ in range(300):
            try:
                client = Smtp()
                if client.begin().startswith("354"):
                    client.send(field * 270)
                clients.append(client)
            except OSError:
                break
        alive_with_patience()
    finally:
        for client in clients:
            client.close()


@attack("1,000 idle connections")
def idle():
    held = []
    try:
        for _ in range(1000):
            try:
                held.append(socket.create_connection(("127.0.0.1", options.smtp), 5))
            except OSError:
                break
        assert post(None, path="/alive", method="GET")[0] == 200
    finally:
        for each in held:
            each.close()
    alive_with_patience()


def alive_with_patience():
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return alive()
        except (AssertionError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


@attack("passwords guessed over many connections")
def guesses():
    with Smtp() as client:
        if "AUTH" not in client.extensions:
            raise NotApplicable("no login is offered without TLS")
    taken, began = 0, time.monotonic()
    while time.monotonic() - began < 10:
        try:
            with Smtp() as client:
                word = base64.b64encode(f"\0admin\0guess{taken}".encode()).decode()
                said = client.say(f"AUTH PLAIN {word}")
                assert not said.startswith("235"), "a guess was right"
                taken += said.startswith("535")
        except OSError:
            pass
    assert taken <= 30, f"{taken} guesses were judged in ten seconds"


@attack("a foreign Host on every route (DNS rebinding)")
def rebinding():
    for path, method in (("/messages", "POST"), ("/", "GET"), ("/status", "GET"), ("/operator/retry-all", "POST"), ("/openapi/v1.json", "GET")):
        status, _, body = post(message() if method == "POST" else None, path=path, method=method, host="rebound.attack.test")
        assert 400 <= status < 500, f"{method} {path}: {status} {body[:80]!r}"


@attack("another site's page posts a message")
def cross_site():
    tries = [({"Origin": "http://evil.attack.test"}, "application/json"), ({"Origin": "null"}, "application/json"), ({"Sec-Fetch-Site": "cross-site"}, "application/json"),
             ({"Sec-Fetch-Site": "same-site"}, "application/json"), ({"Origin": f"http://localhost:{options.http + 1}"}, "text/plain"), ({"Origin": "http://evil.attack.test"}, "application/x-www-form-urlencoded")]
    for extra, kind in tries:
        for path in ("/messages", "/operator/retry-all"):
            status, _, body = post(message(), extra, path=path, kind=kind)
            assert 400 <= status < 500, f"{path} {extra} {kind}: {status} {body[:80]!r}"


@attack("JSON that costs more than it weighs")
def json_bombs():
    bombs = {
        "20,000 recipients": message(to=[f"r{n}@attack.test" for n in range(20_000)]),
        "200,000 empty recipients": message(to=[""] * 200_000),
        "deep nesting": b'{"from":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "a recipient of 5 MB": message(to=["a" * 5_000_000 + "@attack.test"]),
    }
    for name, body in bombs.items():
        began = time.monotonic()
        status, _, answer = post(body)
        assert 400 <= status < 500 or status in (0, 503), f"{name}: {status} {answer[:80]!r}"
        assert len(answer) < 100_000, f"{name}: the answer has {len(answer)} bytes"
        assert time.monotonic() - began < PATIENCE / 2, f"{name}: {time.monotonic() - began:.0f} s"


@attack("JSON that no client sends: never a 5xx but 503")
def json_fuzz():
    bad = [b"", b"null", b"[]", b"{", b"\xff\xfe", b'"x"', message(to=None), message(to="x"), message(to=[None]), message(to=[1]), message(to=[{}]), message(attachments=[None]),
           message(attachments=[{}]), message(attachments=[{"name": "a.eml", "contentType": "message/rfc822", "content": ""}]), message(attachments=[{"name": "a", "contentType": "x/y", "content": "%%%"}]),
           message(attachments=[{"name": "a\r\nX: y", "contentType": "text/plain\r\nX: y", "content": ""}]), message(subject="a\r\nBcc: victim@attack.test"), message(subject="\ud800"), message(**{"from": "\r\n"}),
           message(headers={"X": "a\r\nY: b"}), message(headers={"": ""}), message(headers={"Content-Type": "multipart/mixed"}), message(text=1e300), message(to=["a@" + "b" * 300 + ".test"])]
    for body in bad:
        status, _, answer = post(body)
        assert status < 500 or status == 503, f"{body[:120]!r}: {status} {answer[:80]!r}"


@attack("40 large requests at once")
def flood():
    body, statuses = message(text="x" * 20_000_000), []
    threads = [threading.Thread(target=lambda: statuses.append(post(body)[0])) for _ in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert all(status < 500 or status == 503 for status in statuses), f"{sorted(set(statuses))}"
    alive_with_patience()


@attack("paths out of the page's folder, and what a browser may do with the data")
def page():
    for path in ("/mailbox/../../etc/passwd", "/mailbox/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/..%5c..%5cappsettings.json", "//etc/passwd"):
        status, _, body = post(None, path=path, method="GET")
        assert b"root:" not in body and status != 200, f"{path}: {status}"
    status, found, _ = post(None, path="/status", method="GET")
    if status == 404:
        raise NotApplicable("no status page here")
    assert found.get("x-content-type-options") == "nosniff", "no nosniff"
    assert "no-store" in found.get("cache-control", ""), "no no-store"


@attack("a web page's form post with RESP in its body, and RESP without a password")
def garnet():
    if not options.queue:
        raise NotApplicable("--queue was not given")
    resp = b"*1\r\n$8\r\nFLUSHALL\r\n*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\n1\r\n"
    posted = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(resp), resp)
    for data in (resp, posted):
        with socket.create_connection(("127.0.0.1", options.queue), 5) as client:
            client.sendall(data)
            client.settimeout(2)
            said = b""
            try:
                while piece := client.recv(4096):
                    said += piece
            except (TimeoutError, ConnectionError):
                pass
            assert b"+OK" not in said, f"it was executed: {said[:200]!r}"


def main():
    counts = {"held": 0, "failed": 0, "not applicable": 0}
    for name, function in ATTACKS:
        try:
            function()
            outcome, why = "held", ""
        except NotApplicable as reason:
            outcome, why = "not applicable", f": {reason}"
        except (AssertionError, OSError) as wrong:
            outcome, why = "failed", f": {wrong}"
        counts[outcome] += 1
        print(f"{outcome:>14}  {name}{why}", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 1 if counts["failed"] else 0


sys.exit(main())
