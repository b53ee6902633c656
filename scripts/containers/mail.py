"""mail.py send SMTP_PORT WORD FIRST COUNT: messages with `WORD number` as subject; returns once each was answered 250.
mail.py seen API_PORT WORD COUNT: returns once the mailbox has that many of them, each once; fails after two minutes."""
import json
import smtplib
import sys
import time
import urllib.request


def send(port, word, first, count):
    deadline = time.monotonic() + 60
    while True:
        try:
            client = smtplib.SMTP("127.0.0.1", int(port), timeout=30)
            break
        except (OSError, smtplib.SMTPException):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    for number in range(int(first), int(first) + int(count)):
        client.sendmail("sender@example.com", ["recipient@example.net"], f"Subject: {word} {number}\r\n\r\nText\r\n")
    client.quit()
    print(f"accepted: {count}")


def seen(port, word, count):
    deadline = time.monotonic() + 120
    subjects = []
    while time.monotonic() < deadline:
        try:
            url = f'http://127.0.0.1:{port}/api/v1/search?query=subject:"{word}"&limit=500'
            subjects = [each["Subject"] for each in json.load(urllib.request.urlopen(url.replace('"', "%22")))["messages"]]
        except OSError:
            pass
        if len(subjects) >= int(count):
            break
        time.sleep(0.2)
    if len(set(subjects)) != int(count):
        sys.exit(f"delivered: {len(set(subjects))} of {count}")
    print(f"delivered: {len(set(subjects))} of {count}, {len(subjects) - len(set(subjects))} twice")


{"send": send, "seen": seen}[sys.argv[1]](*sys.argv[2:])
