#!/usr/bin/env python3
"""Called by compare-with-postfix.sh with the port of Postfix, the port of our edge, and Postfix's log."""
import socket
import sys
import time

E = "EHLO c.test\r\n"
M = "MAIL FROM:<a@a.test>\r\n"
R = "RCPT TO:<b@b.test>\r\n"
CASES = [
    ("helo dot", "EHLO host.domain.tld.\r\n"),
    ("helo hyphen", "EHLO cabinet-.domain\r\n"),
    ("helo [::1]", "EHLO [::1]\r\n"),
    ("helo ::1", "EHLO ::1\r\n"),
    ("helo my pc", "EHLO my pc\r\n"),
    ("helo win", "EHLO DESKTOP-ABC (Win)\r\n"),
    ("helo 64", "EHLO " + "a"*64 + ".test\r\n"),
    ("helo utf8", "EHLO münchen-pc\r\n"),
    ("helo none", "EHLO\r\n"),
    ("helo lower", "ehlo c.test\r\n"),
    ("size0", E + "MAIL FROM:<a@a.test> SIZE=0\r\n"),
    ("auth", E + "MAIL FROM:<a@a.test> AUTH=<>\r\n"),
    ("mail nobr", E + "MAIL FROM:a@a.test\r\n"),
    ("mail sp", E + "MAIL FROM: <a@a.test>\r\n"),
    ("mail < >", E + "MAIL FROM:< >\r\n"),
    ("mail empty", E + "MAIL FROM:\r\n"),
    ("mail from sp colon", E + "MAIL FROM :<a@a.test>\r\n"),
    ("mail root", E + "MAIL FROM:<root>\r\n"),
    ("mail dup", E + M + M),
    ("mail body", E + "MAIL FROM:<a@a.test> BODY=8BITMIME\r\n"),
    ("mail bad par", E + "MAIL FROM:<a@a.test> FOO=1\r\n"),
    ("mail utf8 undeclared", E + "MAIL FROM:<ü@a.test>\r\n"),
    ("mail name", E + "MAIL FROM:Ann <a@a.test>\r\n"),
    ("mail quoted", E + 'MAIL FROM:<"a b"@a.test>\r\n'),
    ("mail >64", E + "MAIL FROM:<" + "a"*70 + "@a.test>\r\n"),
    ("rcpt nobr", E + M + "RCPT TO:b@b.test\r\n"),
    ("rcpt dots", E + M + "RCPT TO:<b..c@b.test>\r\n"),
    ("rcpt dotend", E + M + "RCPT TO:<b.@b.test>\r\n"),
    ("rcpt dotstart", E + M + "RCPT TO:<.b@b.test>\r\n"),
    ("rcpt dom dot", E + M + "RCPT TO:<b@b.test.>\r\n"),
    ("rcpt hex", E + M + "RCPT TO:<b@b.test> ORCPT=rfc822;a+2bb@c.test\r\n"),
    ("rcpt route", E + M + "RCPT TO:<@x.test:b@b.test>\r\n"),
    ("rcpt pct", E + M + "RCPT TO:<b%c.test@b.test>\r\n"),
    ("rcpt bang", E + M + "RCPT TO:<c.test!b@b.test>\r\n"),
    ("rcpt root", E + M + "RCPT TO:<root>\r\n"),
    ("rcpt postmaster", E + M + "RCPT TO:<postmaster>\r\n"),
    ("rcpt lit", E + M + "RCPT TO:<b@[127.0.0.1]>\r\n"),
    ("rcpt 254", E + M + "RCPT TO:<b@" + ".".join(["a"*62]*4) + ".bc>\r\n"),
    ("rcpt lbl64", E + M + "RCPT TO:<b@" + "a"*64 + ".test>\r\n"),
    ("rcpt utf8", E + M + "RCPT TO:<ü@b.test>\r\n"),
    ("rcpt empty", E + M + "RCPT TO:<>\r\n"),
    ("rcpt space in", E + M + "RCPT TO:< b@b.test >\r\n"),
    ("rcpt unclosed", E + M + "RCPT TO:<b@b.test\r\n"),
    ("rcpt comma", E + M + "RCPT TO:<b@b.test>,<c@b.test>\r\n"),
    ("rcpt sp local", E + M + "RCPT TO:<b c@b.test>\r\n"),
    ("rcpt paren", E + M + "RCPT TO:<b@b.test> (Bob)\r\n"),
    ("rcpt _", E + M + "RCPT TO:<b@b_c.test>\r\n"),
    ("rcpt hyph", E + M + "RCPT TO:<b@-b.test>\r\n"),
    ("vrfy", E + "VRFY b@b.test\r\n"),
    ("vrfy0", E + "VRFY\r\n"),
    ("noop", E + "NOOP x\r\n"),
    ("expn", E + "EXPN x\r\n"),
    ("help", E + "HELP\r\n"),
    ("rset", E + "RSET x\r\n"),
    ("quit", E + "QUIT now\r\n"),
    ("data arg", E + M + R + "DATA x\r\n"),
    ("lf cmd", "EHLO c.test\nMAIL FROM:<a@a.test>\n"),
    ("nul cmd", E + "NO\0OP\r\n"),
    ("empty line", E + "\r\n"),
    ("tab", "MAIL\tFROM:<a@a.test>\r\n"),
    ("tab2", E + "MAIL FROM:<a@a.test>\tSIZE=1\r\n"),
    ("lead sp", E + " NOOP\r\n"),
    ("trail sp", E + "NOOP \r\n"),
    ("lf data", E + M + R + "DATA\r\nSubject: x\n\nbody\n\r\n.\r\n"),
    ("cr data", E + M + R + "DATA\r\nSubject: x\r\n\r\nbo\rdy\r\n.\r\n"),
    ("nul data", E + M + R + "DATA\r\nSubject: x\r\n\r\nbo\0dy\r\n.\r\n"),
    ("8bit", E + M + R + "DATA\r\nSubject: ü\r\n\r\nü\r\n.\r\n"),
    ("twice", E + M + R + R + "DATA\r\n.\r\n"),
]

FORMS = ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\n", "\r.\r\n", "\n.\r", "\r\n.\r", "\r\n.\r\r\n", "\r\r\n.\r\r\n", "\r\n.\t\n", "\n\n.\n\n",
         "\r\n\0.\r\n", "\r\n.\0\r\n"]
SPLITS = ["whole", "line", "byte", "bdat"]


def connect(port):
    for _ in range(120):
        try:
            client = socket.create_connection(("127.0.0.1", port))
            break
        except ConnectionRefusedError:
            time.sleep(0.5)
    else:
        sys.exit(f"nothing listens on port {port}")
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.settimeout(30)
    return client


def say(port, pieces):
    with connect(port) as client:
        for piece in pieces:
            client.sendall(piece)
        client.shutdown(socket.SHUT_WR)
        return client.makefile("rb").read().decode("latin1").splitlines()


def compare(postfix, edge):
    for name, text in CASES:
        theirs, ours = (([line for line in say(port, [text.encode()]) if line[3:4] == " "] or ["-"])[-1] for port in (postfix, edge))
        if theirs[0] != ours[0]:
            print(f"{name:22} {theirs[:60]:60} | {ours[:60]}")


def smuggle(edge, log):
    taken = 0
    for i, form in enumerate(FORMS):
        for split in SPLITS:
            head = f"EHLO c.test\r\nMAIL FROM:<good{i}{split}@a.test>\r\nRCPT TO:<b@b.test>\r\n"
            body = f"Subject: x\r\n\r\nfirst{form}MAIL FROM:<evil@a.test>\r\nRCPT TO:<evil@b.test>\r\nDATA\r\nsecond\r\n"
            content = f"BDAT {len(body)} LAST\r\n{body}" if split == "bdat" else f"DATA\r\n{body}.\r\n"
            text = (head + content + "QUIT\r\n").encode("latin1")
            pieces = text.splitlines(True) if split == "line" else [bytes([octet]) for octet in text] if split == "byte" else [text]
            taken += "\n".join(say(edge, pieces)).count("250 2.6.0 ") == 1
    total = len(FORMS) * len(SPLITS)
    print(f"{taken} of {total} were taken as one message")
    for _ in range(120):
        seen = open(log, encoding="latin1").read()
        if seen.count("from=<good") >= total:
            break
        time.sleep(0.5)
    print(f"Postfix saw {seen.count('from=<good')} messages, and {seen.count('evil')} smuggled ones")
    return taken == total == seen.count("from=<good") and "evil" not in seen


if __name__ == "__main__":
    compare(int(sys.argv[1]), int(sys.argv[2]))
    sys.exit(0 if smuggle(int(sys.argv[2]), sys.argv[3]) else 1)
