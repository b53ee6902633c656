"""SMTP to the octet: a server that keeps what it gets, and a recorder that stands between a client and our edge."""
import re
import socket
import socketserver
import threading


class Server(socketserver.ThreadingTCPServer):
    """Keeps (sender, recipients, content), unstuffed and otherwise as it came. Without extensions it refuses their parameters."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, port, extensions):
        self.extensions, self.kept = extensions, []
        super().__init__(("127.0.0.1", port), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        def say(text):
            self.wfile.write(text.encode() + b"\r\n")

        sender, recipients = b"", []
        say("220 end ESMTP")
        while line := self.rfile.readline():
            verb, path = line.strip().upper(), re.search(rb"<([^>]*)>(.*)", line)
            if verb.startswith(b"EHLO"):
                say("\r\n".join(["250-end", *(f"250-{each}" for each in self.server.extensions), "250 SIZE 104857600"]))
            elif verb.startswith((b"MAIL", b"RCPT")):
                refused = not self.server.extensions and (re.search(rb"BODY|SMTPUTF8", path[2], re.I) or not path[1].isascii())
                if verb.startswith(b"MAIL"):
                    sender, recipients = path[1], []
                elif not refused:
                    recipients.append(path[1])
                say("555 5.5.4 No such parameter" if refused else "250 OK")
            elif verb == b"DATA":
                say("354 Go ahead")
                lines = []
                while (text := self.rfile.readline()) != b".\r\n":
                    if not text:
                        return
                    lines.append(text[1:] if text.startswith(b".") else text)
                self.server.kept.append((sender, recipients, b"".join(lines)))
                say("250 OK: kept")
            elif verb == b"QUIT":
                return say("221 Bye")
            else:
                say("250 OK")


class Recorder(socketserver.ThreadingTCPServer):
    """Passes every connection on to another port and keeps what the two said, as (client's octets, server's octets)."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, port, target):
        self.target, self.sessions = target, []
        super().__init__(("127.0.0.1", port), Passing)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def of(self, sender):
        """The content that this sender sent, and the edge's answer: the refusal, if there was one. None if it sent nothing."""
        for said, answered in [(bytes(said), bytes(answered)) for said, answered in self.sessions]:
            begins = list(re.finditer(rb"^mail from:<([^>]*)>", said, re.M | re.I))
            for i, begin in enumerate(begins):
                if begin[1] == sender:
                    answers = re.findall(rb"(?m)^(?:[45]\d\d|.*queued).*?$", answered)
                    return content(said[begin.start():]), answers[min(i, len(answers) - 1)].decode() if answers else "no answer"
        return None


class Passing(socketserver.BaseRequestHandler):
    def handle(self):
        said, answered = bytearray(), bytearray()
        self.server.sessions.append((said, answered))
        with socket.create_connection(("127.0.0.1", self.server.target)) as edge:
            back = threading.Thread(target=copy, args=(edge, self.request, answered), daemon=True)
            back.start()
            copy(self.request, edge, said)
            back.join()


def copy(source, target, record):
    try:
        while octets := source.recv(1 << 16):
            record += octets
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def content(said):
    """The first message of what a client said: unstuffed, with CRLF for every line's end; a lone dot before the end is content."""
    chunks, at = [], re.search(rb"^(BDAT \d+|DATA)", said, re.M | re.I)
    if at is None:
        return None
    if at[1].upper() == b"DATA":
        text = said[said.index(b"\n", at.end()) + 1:]
        text = text[:text.index(b"\r\n.\r\n") + 2] if b"\r\n.\r\n" in text else text
        return b"\r\n".join(line[1:] if line.startswith(b".") and line != b"." else line for line in re.split(b"\r?\n", text))
    position = at.start()
    while chunk := re.compile(rb"BDAT (\d+)[^\r]*\r\n", re.I).match(said, position):
        position = chunk.end() + int(chunk[1])
        chunks.append(said[chunk.end():position])
    return re.sub(b"\r?\n", b"\r\n", b"".join(chunks))
