#!/usr/bin/env python3
"""Called by real-clients.sh: a table of what each client got from our edge, and of whether its mail arrived as the program was given it."""
import re
import smtplib
import subprocess
import sys
import time

import wire

base, work = int(sys.argv[1]), sys.argv[2]
only = sys.argv[3:]
PORT = base + 2
NODE = """const [port, sender, recipient, file] = process.argv.slice(1);
require(process.env.PACKAGES + '/node_modules/nodemailer').createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  .sendMail({ envelope: { from: sender, to: [recipient] }, raw: { path: file } }, e => { if (e) { console.error(e.message); process.exit(1); } });"""
PHP = """require '/usr/share/php/libphp-phpmailer/autoload.php';
[, $port, $sender, $recipient, $file] = $argv;
$smtp = new PHPMailer\\PHPMailer\\SMTP;
$sent = $smtp->connect('127.0.0.1', (int)$port) && $smtp->hello('client.test') && $smtp->mail($sender) && $smtp->recipient($recipient)
  && $smtp->data(file_get_contents($file)) && $smtp->quit();
if (!$sent) { fwrite(STDERR, implode(' ', $smtp->getError())); exit(1); }"""
CASES = {
    "8-bit": "Grüße\n".encode(),
    "IDN": b"to its own domain\n",
    "long line": b"x" * 5000 + b"\n",
    "LF only": b"one\ntwo\n",
    "dot alone": b"one\n.\n..\n.three\n",
    "LF, dot": b"one\n.\n.three\n",
    "20 MB": (b"0123456789" * 7 + b"\n") * 295_000,
}


def smtplib_(message, is_text, case, sender, recipient):
    options = ["SMTPUTF8"] if case == "IDN" else ["BODY=8BITMIME"] if case == "8-bit" else []
    with smtplib.SMTP("127.0.0.1", PORT, timeout=120) as client:
        client.sendmail(sender, recipient, message.decode() if is_text else message, mail_options=options)


def run(message, *command):
    done = subprocess.run(command, input=message, capture_output=True, timeout=300)
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).decode(errors="replace").splitlines() if line.strip()] or ["?"]
        raise RuntimeError(f"exit code {done.returncode}: {said[-1].strip()}")


def sendmail(program, *arguments):
    return lambda crlf, lf, file, case, sender, recipient: run(lf, program, *arguments, "-i", "-f", sender, recipient)


CLIENTS = {
    "smtplib, str": lambda crlf, lf, file, *rest: smtplib_(lf if "LF" in rest[0] else crlf, True, *rest),
    "smtplib, bytes": lambda crlf, lf, file, *rest: smtplib_(lf if "LF" in rest[0] else crlf, False, *rest),
    "curl": lambda crlf, lf, file, case, sender, recipient: run(
        None, "curl", "-sS", f"smtp://127.0.0.1:{PORT}", "--mail-from", sender, "--mail-rcpt", recipient, "--upload-file", file),
    "swaks": lambda crlf, lf, file, case, sender, recipient: run(
        None, "swaks", "--silent", "2", "--server", f"127.0.0.1:{PORT}", "--from", sender, "--to", recipient, "--data", "@" + file),
    "msmtp": lambda crlf, lf, file, case, sender, recipient: run(
        lf, "msmtp", "--host=127.0.0.1", f"--port={PORT}", "--tls=off", "--auth=off", f"--from={sender}", recipient),
    "nodemailer": lambda crlf, lf, file, case, sender, recipient: run(None, "node", "-e", NODE, str(PORT), sender, recipient, file),
    "PHPMailer": lambda crlf, lf, file, case, sender, recipient: run(None, "php", "-r", PHP, "--", str(PORT), sender, recipient, file),
    "Postfix": sendmail("/usr/sbin/sendmail", "-C", f"{work}/postfix"),
    "Exim": sendmail(f"{work}/unpacked/usr/sbin/exim4", "-C", f"{work}/exim.conf", "-odi"),
    "OpenSMTPD": sendmail(f"{work}/unpacked/usr/sbin/sendmail"),
}


def try_(client, case):
    name = re.sub(r"\W+", "-", f"{client}-{case}").lower()
    sender, recipient = f"{name}@client.test", "u@bücher.client.test" if case == "IDN" else "u@client.test"
    raw = "X-Raw: Grüße\n" if case == "8-bit" else ""
    head = (f"From: <{sender}>\nTo: <u@client.test>\nSubject: {name}\nDate: Thu, 26 Nov 2026 07:00:00 +0000\nMessage-ID: <{name}@client.test>\n"
            f"{raw}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n").encode()
    lf = head + CASES[case]
    crlf = lf.replace(b"\n", b"\r\n")
    file = f"{work}/message"
    with open(file, "wb") as stream:
        stream.write(lf if "LF" in case else crlf)
    failure = None
    try:
        CLIENTS[client](crlf, lf, file, case, sender, recipient)
    except Exception as e:
        failure = f"{type(e).__name__} {e}".removeprefix("RuntimeError ")[:60]
    arrived, deadline = None, time.time() + (2 if failure else 15)
    while arrived is None and time.time() < deadline:
        arrived = next((content for from_, _, content in end.kept if from_ == sender.encode()), None)
        time.sleep(0.05)
    sent = recorder.of(sender.encode())
    if sent is None:
        return failure or "it sends none"
    if arrived is None:
        return f"{sent[1][:50]}, NOT ARRIVED ({failure})"
    body = CASES[case].replace(b"\n", b"\r\n").rstrip(b"\r\n")
    how = ("intact" if raw.strip().encode() in arrived and arrived.rstrip(b"\r\n").endswith(b"\r\n\r\n" + body)
           else "as the client changed it" if arrived.endswith(sent[0]) else "CHANGED BY US")
    return f"{sent[1][:3]}, {how}" + (f" ({failure})" if failure else "")


end = wire.Server(base + 3, ["PIPELINING", "8BITMIME", "SMTPUTF8"])
recorder = wire.Recorder(PORT, base + 1)
for _ in range(240):
    try:
        smtplib.SMTP("127.0.0.1", base + 1).quit()
        break
    except (OSError, smtplib.SMTPException):
        time.sleep(0.5)
else:
    sys.exit(f"the edge does not listen on port {base + 1}")

bad = False
print("| Client |" + "".join(f" {case} |" for case in CASES) + "\n|" + "---|" * (len(CASES) + 1))
for client in only or CLIENTS:
    print(f"| {client} |", end="")
    for case in CASES:
        result = try_(client, case)
        bad |= "CHANGED BY US" in result or "NOT ARRIVED" in result
        print(f" {result} |", end="", flush=True)
    print()
sys.exit(1 if bad else 0)
