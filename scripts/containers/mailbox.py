"""Takes any mail over SMTP (1025) and shows it the way Mailpit's API does (8025): a stand-in where Mailpit's image is not to be had."""
import email.header
import email.parser
import email.policy
import json
import re
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

messages, lock = [], threading.Lock()


class Smtp(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        sender, recipients = "", []
        self.say("220 mailbox ESMTP")
        while line := self.rfile.readline():
            verb = line.strip().upper()
            path = re.search(rb"<([^>]*)>", line)
            if verb.startswith(b"EHLO"):
                self.say("250-mailbox\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 104857600")
            elif verb.startswith(b"MAIL") and path:
                sender, recipients = path[1].decode(), []
                self.say("250 OK")
            elif verb.startswith(b"RCPT") and path:
                recipients.append(path[1].decode())
                self.say("250 OK")
            elif verb == b"DATA":
                self.say("354 End data with <CR><LF>.<CR><LF>")
                lines = []
                while (text := self.rfile.readline()) != b".\r\n":
                    if not text:
                        return
                    lines.append(text[1:] if text.startswith(b".") else text)
                keep(sender, recipients, b"".join(lines))
                self.say("250 OK: kept")
            elif verb == b"QUIT":
                self.say("221 Bye")
                return
            else:
                self.say("250 OK")


def keep(sender, recipients, content):
    header = email.parser.BytesParser(policy=email.policy.default).parsebytes(content, headersonly=True)
    with lock:
        messages.insert(0, {
            "ID": str(len(messages) + 1), "Subject": str(header["Subject"] or ""), "Size": len(content),
            "From": {"Name": "", "Address": sender}, "To": [{"Name": "", "Address": each} for each in recipients]})


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlparse(self.path)
        if url.path == "/readyz":
            return self.answer("ok")
        with lock:
            found = list(messages)
        if word := re.search('subject:"([^"]*)"', parse_qs(url.query).get("query", [""])[0]):
            found = [each for each in found if word[1] in each["Subject"]]
        self.answer(json.dumps({"total": len(found), "messages": found}))

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


socketserver.ThreadingTCPServer.daemon_threads = True
smtp = socketserver.ThreadingTCPServer(("", 1025), Smtp)
threading.Thread(target=smtp.serve_forever, daemon=True).start()
ThreadingHTTPServer(("", 8025), Api).serve_forever()
