#!/usr/bin/env python3
"""Follows README.md and docs/get-started.md word by word, as a new user would: clones this repository into a temporary folder, runs
each command of the ```console blocks there, in order, and looks for what the page says is then seen. A command that this script has
no expectation for is a failure, and so is a page without commands. Ends all that it started.

    scripts/follow-docs.py                         # both pages; some four minutes
    scripts/follow-docs.py docs/get-started.md
    scripts/follow-docs.py --here                  # in this folder, which is a fresh clone and built

As root it runs in a network of its own, where all ports are free; otherwise the pages' ports must be. Only committed text is followed."""
import ctypes, json, os, re, shutil, signal, subprocess, sys, tempfile, time, urllib.request

here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
in_place = "--here" in sys.argv
pages = [page for page in sys.argv[1:] if page != "--here"] or ["docs/get-started.md", "README.md"]
work = tempfile.mkdtemp(prefix="follow-docs-")
clone = here if in_place else os.path.join(work, "slimta")
# The user's templates, queue and secrets stay as they are; packages are shared.
env = {**os.environ, "HOME": os.path.join(work, "home"), "DOTNET_CLI_HOME": os.path.join(work, "home"), "XDG_DATA_HOME": os.path.join(work, "home/.local/share"),
       "NUGET_PACKAGES": os.environ.get("NUGET_PACKAGES", os.path.expanduser("~/.nuget/packages")), "NuGetAudit": "false",
       "DOTNET_NOLOGO": "1", "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_SKIP_FIRST_TIME_EXPERIENCE": "1", "Containers": "false"}
made = os.path.join(os.path.dirname(clone), "MyMail")  # by the pages
running = None  # (process, path of its output, command)
ids = {}  # what an Idempotency-Key was answered
checked = 0


def fail(text):
    log = f"\n--- the output of {running[2]}\n{open(running[1]).read()[-3000:]}" if running else ""
    raise SystemExit(f"follow-docs: {text}{log}")


def until(what, look, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        if running and running[0].poll() is not None:
            fail(f"{running[2]} ended with {running[0].returncode}, and {what} was not seen")
        time.sleep(0.5)
    fail(f"{what} was not seen in {seconds} s")


def stop():
    """Ctrl+C in its terminal."""
    global running
    if running:
        os.killpg(running[0].pid, signal.SIGINT)
        try:
            running[0].wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(running[0].pid, signal.SIGKILL)
            fail(f"{running[2]} did not end by Ctrl+C")
        running = None


def start(command):
    global running
    stop()
    path = os.path.join(work, "output")
    # A shell gives a background process SIGINT to ignore; a terminal does not.
    process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=clone, env=env, stdin=subprocess.DEVNULL, stdout=open(path, "wb"), stderr=subprocess.STDOUT,
                               start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    running = (process, path, command)


def output():
    return open(running[1], errors="replace").read()


def run(command, expect=0):
    done = subprocess.run(["bash", "-c", command], cwd=clone, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    if done.returncode != expect:
        fail(f"{command}\nended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def standalone(command, page):
    start(command)
    until("SlimtaAspire is ready", lambda: "SlimtaAspire is ready" in output())
    # Each line that the page shows, up to its dots. The port is another each time, and so is the commit in brackets.
    for line in re.findall(r"```text\n(.*?)```", page, re.S)[:1]:
        for shown in filter(None, (text.split("...")[0].rstrip() for text in line.split("\n"))):
            pattern = re.sub(r"on\\ port\\ \d+", r"on\\ port\\ \\d+", re.sub(r"\\\([0-9a-f]{7}\\\)", r"\\([0-9a-f]{7}[^)]*\\)", re.escape(shown)))
            until(f"\"{shown}\"", lambda: re.search(pattern, output()), 10)


def apphost(command, page):
    start(command)
    until("the dashboard's link", lambda: re.search(r"https?://localhost:\d+/login\?t=\w+", output()))


def post(command, page):
    answer = until("an answer from the edge", lambda: ask(command))
    key = (re.search(r"Idempotency-Key: ([\w-]+)", command) or re.search(r"(orders/\d+)", command) or [None, None])[1]
    if key and ids.setdefault((running[2], key), answer) != answer:
        fail(f"the same request again was answered {answer}")
    if "orders/" not in command:
        address = re.search(r'"to":\["([^"]+)"', command)[1]
        subject = re.search(r'"subject":"([^"]+)"', command)[1]
        if not address.startswith("tempfail"):
            until("the mail in the mailbox", lambda: subject in get("http://localhost:5080/status"), 60)
            again = ask(command)
            if key and again != answer:
                fail(f"the same request again was answered {again}, not {answer}")
    return answer


def ask(command):
    done = subprocess.run(["bash", "-c", command], cwd=clone, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = re.search(r'\{"id":"(\d+-\w+)"[,}]', done.stdout)
    return found[1] if found else None


def listed(command, page):
    out = until("the message in the list", lambda: (text := run(command)) and "tempfail@example.org" in text and text)
    message = re.search(r"\d+-[0-9a-z]{20,}", out)[0]
    why = re.search(r"`(dotnet run --project Cli -- why) <id>`", page)[1]
    if "450" not in (said := run(f"{why} {message}")):
        fail(f"why does not tell the mailbox's reply: {said}")


def empty(command, page):
    if re.search(r"\d+-[0-9a-z]{20,}", said := until("an empty queue", lambda: "example.org" not in (text := run(command)) and text)):
        fail(f"the queue is not empty: {said}")


KNOWN = [
    (r"dotnet run --project Standalone$", standalone),
    (r"dotnet run --project (\S+/)?AppHost$", apphost),
    (r"dotnet run --project Cli -- queue$", empty),
    (r"dotnet run --project Cli -- list$", listed),
    (r"curl ", post),
    (r"dotnet new ", lambda command, page: run(command)),
    # What runs this script, or is run beside it.
    (r"dotnet test ", None),
]


def follow(path):
    global checked
    page = open(os.path.join(clone, path)).read()
    commands = [line.split("   #")[0].rstrip() for block in re.findall(r"```console\n(.*?)```", page, re.S) for line in block.replace("\\\n", " ").split("\n") if line.strip()]
    if len(commands) < 3:
        fail(f"{path} has {len(commands)} commands")
    for command in commands:
        action = next((action for pattern, action in KNOWN if re.match(pattern, command)), fail)
        if action is fail:
            fail(f"{path} has a command that nothing is known of: {command}")
        began = time.monotonic()
        if action:
            action(command, page)
            checked += 1
        print(f"{path}: {command[:100]}: {'as the page says' if action else 'not run here'} ({time.monotonic() - began:.0f} s)", flush=True)
    stop()
    # The next page begins anew, with an empty queue: the same Idempotency-Key is then another message's.
    # What NuGet keeps there stays: there is no network to fetch it again.
    data = env["XDG_DATA_HOME"]
    for left in [made, *(os.path.join(data, name) for name in (os.listdir(data) if os.path.isdir(data) else []) if name != "NuGet")]:
        shutil.rmtree(left, ignore_errors=True)
    ids.clear()
    subprocess.run(["dotnet", "new", "uninstall", os.path.join(clone, "templates")], cwd=clone, env=env, stdout=subprocess.DEVNULL)


# What follows ends all that was started, also when this is told to stop.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
if os.path.exists(made):
    raise SystemExit(f"follow-docs: {made} exists already, and the pages make a new one")
try:
    os.makedirs(env["HOME"])
    if not in_place:
        subprocess.run(["git", "clone", "-q", "--no-local", here, clone], check=True)
    # What is not in the package folder yet is fetched while there is a network.
    run("dotnet restore SlimtaAspire.sln -v q")
    if os.geteuid() == 0 and shutil.which("ip") and ctypes.CDLL(None, use_errno=True).unshare(0x40000000) == 0:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name in pages:
        follow(name)
    print(f"{checked} commands followed")
finally:
    if running:
        os.killpg(running[0].pid, signal.SIGKILL)
    for left in (made, work):
        shutil.rmtree(left, ignore_errors=True)
