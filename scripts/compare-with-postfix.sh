#!/bin/sh
# Says the same to our edge and to a default Postfix that has the client in mynetworks, and lists where they judge differently; then
# sends every known form of SMTP smuggling through our edge and relay into that Postfix, which must see one message for each.
# Debian: apt-get install postfix python3; run as root, for Postfix changes users. All of it lives in a folder that goes away at the end.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/postfix.sh"
work=$(mktemp -d /tmp/slimta-postfix.XXXXXX)
chmod 755 "$work"
postfix_port=${POSTFIX_PORT:-2599}
edge_port=${EDGE_PORT:-25251}
standalone=

stop() {
  [ -z "$standalone" ] || kill "$standalone" 2>/dev/null || true
  stop_postfix
  rm -rf "$work"
}
trap stop EXIT

start_postfix "myhostname = mx.test
mynetworks = 127.0.0.0/8
default_transport = discard
local_transport = discard
relay_transport = discard" <<CONF
127.0.0.1:$postfix_port inet n - n - - smtpd
CONF

dotnet build "$here/Standalone" -v q -clp:ErrorsOnly
dotnet run --no-build --project "$here/Standalone" -- --Edge:Smtp:Port="$edge_port" --Mailbox:Port=0 --Garnet:Port=0 \
  --Garnet:Folder="$work/slimta" --urls=http://127.0.0.1:0 --Relay:Smarthost="127.0.0.1:$postfix_port" > "$work/standalone.log" 2>&1 &
standalone=$!
python3 "$here/scripts/compare_with_postfix.py" "$postfix_port" "$edge_port" "$work/postfix.log"
