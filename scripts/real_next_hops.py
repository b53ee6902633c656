#!/usr/bin/env python3
"""Called by real-clients.sh: mail to servers whose own next hop knows no extension. What our record calls delivered must be there in
the end, or in a bounce to its sender."""
import json
import re
import smtplib
import sys
import time
import urllib.request

import wire

base, work = int(sys.argv[1]), sys.argv[2]
LOGS = {"postfix": "postfix.log", "exim": "exim/mainlog", "opensmtpd": "opensmtpd.log"}
# What it is called: EHLO, parameters of MAIL, the recipient's domain, header, body.
CASES = {
    "plain": ("client.test", [], "mx", "X-Raw: ascii", "ascii"),
    "raw-header": ("client.test", [], "mx", "X-Raw: Grüße", "ascii"),
    "body": ("client.test", ["BODY=8BITMIME"], "mx", "X-Raw: ascii", "Grüße"),
    "idn": ("client.test", ["SMTPUTF8"], "bücher", "X-Raw: ascii", "ascii"),
    "idn-undeclared": ("client.test", [], "bücher", "X-Raw: ascii", "ascii"),
    "ehlo": ("münchen-pc", [], "mx", "X-Raw: ascii", "ascii"),
    "ehlo-spaces": ("DESKTOP-ABC (Win)", [], "mx", "X-Raw: ascii", "ascii"),
    "two-routes": ("client.test", [], "mx", "X-Raw: ascii", "ascii"),
    "declared": ("client.test", ["SMTPUTF8"], "mx", "X-Raw: Grüße", "ascii"),
    # LF for every line's end but the last dot's; every form of a dot between them.
    "bare-lf": ("client.test", [], "mx", "X-Raw: ascii", "one\n.\n..\n.three\n\n.\n\nMAIL FROM:<evil@client.test>\nRCPT TO:<evil@next.test>\nDATA\nfour"),
}
LINES = CASES["bare-lf"][4].replace("\n", "\r\n").encode() + b"\r\n"

end = wire.Server(base + 4, [])
# The senders' own server knows the extensions; the servers send their bounces there through our edge.
senders = wire.Server(base + 3, ["PIPELINING", "8BITMIME", "SMTPUTF8"])
recorder = wire.Recorder(base + 2, base + 1)


def send(hop, name, *others):
    hello, options, domain, header, body = CASES[name]
    sender, recipient = f"{hop}-{name}@client.test", f"u@{domain}.{hop}.next.test"
    with smtplib.SMTP("127.0.0.1", base + 1) as client:
        client.command_encoding = "utf-8"
        client.ehlo(hello)
        client.mail(sender, options)
        for each in (recipient, *others):
            client.rcpt(each)
        content = (f"From: <{sender}>\r\nTo: <u@next.test>\r\nSubject: {hop}-{name}\r\n{header}\r\nMIME-Version: 1.0\r\n"
                   f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n").encode()
        if name != "bare-lf":
            return client.data(content)
        # smtplib would make CRLF of it, and double the dots. Of those only one that is a line's is not doubled: for many servers it is the end.
        client.docmd("DATA")
        client.send(re.sub(rb"\n\.(?!\n)", b"\n..", content.replace(b"\r\n", b"\n"))[:-1] + b"\r\n.\r\n")
        return client.getreply()


def fate(hop, name):
    for sender, recipients, content in end.kept + senders.kept:
        if sender == f"{hop}-{name}@client.test".encode():
            if name == "bare-lf" and not content.endswith(b"\r\n\r\n" + LINES):
                return None
            return "delivered" + ("" if content.isascii() else ", 8-bit") + (", line by line" if name == "bare-lf" else "")
        if sender == b"" and recipients == [f"{hop}-{name}@client.test".encode()]:
            who = re.search(rb"(?im)^(?:Reporting-MTA|From): *(.*)", content)
            return "bounced to its sender: " + who[1].decode("latin1").strip()
    return None


def status():
    with urllib.request.urlopen(f"http://127.0.0.1:{base + 8}/status") as page:
        return json.load(page)


STRICT = "u@strict.next.test"
answers = {(hop, name): send(hop, name, *([STRICT] if name == "two-routes" else [])) for hop in LOGS for name in CASES
           if hop == "postfix" or name != "two-routes"}
deadline = time.time() + 40
while time.time() < deadline and not all(fate(*each) for each in answers):
    time.sleep(0.2)
lost = 0
deliveries = status()["deliveries"]
for (hop, name), (code, text) in answers.items():
    ours = [line["outcome"] for line in deliveries if line["message"] in text.decode() and line["recipient"] != STRICT]
    lost += fate(hop, name) is None
    print(f"{hop:10} {name:15} edge {code}; our record: {ours}; {fate(hop, name) or 'NEITHER DELIVERED NOR BOUNCED'}")
strict = [f"{line['outcome']} {line['reply']}" for line in deliveries if line["recipient"] == STRICT]
smuggled = [sender for sender, _, _ in end.kept + senders.kept if b"evil" in sender]
print(f"smuggled: {smuggled or 'nothing'}")
leaked = [recipients for _, recipients, _ in end.kept if STRICT.encode() in recipients]
print(f"the strict route of two to one port: {strict}; {'ITS MAIL WENT OVER THE OTHER' if leaked else 'nothing went out'}")
lost += bool(leaked) or bool(smuggled) or not strict
for hop, log in LOGS.items():
    print(f"{hop}'s log:")
    for line in open(f"{work}/{log}", encoding="utf-8", errors="replace"):
        if "next.test" in line and re.search(r"status=|result=|=>|\*\*|panic", line):
            print("  " + line.strip())
sys.exit(1 if lost else 0)
