#!/bin/sh
# Says the same to our edge and to a default Postfix that has the client in mynetworks, and lists where they judge differently; then
# sends every known form of SMTP smuggling through our edge and relay into that Postfix, which must see one message for each.
# Debian: apt-get install postfix python3; run as root, for Postfix changes users. All of it lives in a folder that goes away at the end.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d /tmp/slimta-postfix.XXXXXX)
chmod 755 "$work"
postfix_port=${POSTFIX_PORT:-2599}
edge_port=${EDGE_PORT:-25251}
standalone=

stop() {
  [ -z "$standalone" ] || kill "$standalone" 2>/dev/null || true
  postfix -c "$work/postfix" stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT

mkdir -p "$work/postfix" "$work/queue" "$work/data"
chown postfix "$work/data"
cat > "$work/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $work/queue
data_directory = $work/data
maillog_file = $work/postfix.log
maillog_file_prefixes = $work
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.0/8
default_transport = discard
local_transport = discard
relay_transport = discard
CONF
cat > "$work/postfix/master.cf" <<CONF
127.0.0.1:$postfix_port inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
CONF
postfix -c "$work/postfix" start

dotnet build "$here/Standalone" -v q -clp:ErrorsOnly
dotnet run --no-build --project "$here/Standalone" -- --Edge:Smtp:Port="$edge_port" --Sink:Port=0 --Queue:Port=0 \
  --Queue:Folder="$work/slimta" --urls=http://127.0.0.1:0 --Relay:Smarthost="127.0.0.1:$postfix_port" > "$work/standalone.log" 2>&1 &
standalone=$!
python3 "$here/scripts/compare_with_postfix.py" "$postfix_port" "$edge_port" "$work/postfix.log"
