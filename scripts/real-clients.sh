#!/bin/sh
# Sends mail of every awkward kind from real programs into our edge, and through our relay to real servers whose own next hop knows no
# SMTP extension; prints what each client got, and what each server did with what our record calls delivered.
# Debian: apt-get install postfix curl swaks msmtp npm openssl python3 php-cli libphp-phpmailer; run as root. Exim and OpenSMTPD are taken from their packages without being
# installed, for those conflict with Postfix. Everything listens on 127.0.0.1 and lives in a folder and a mount namespace that go away.
set -eu
[ -n "${SLIMTA_NAMESPACE-}" ] || exec env SLIMTA_NAMESPACE=1 unshare --mount --uts "$0" "$@"

here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/postfix.sh"
work=$(mktemp -d /tmp/slimta-clients.XXXXXX)
chmod 755 "$work"
# Ports: the edge, the recorder before it, a server with every extension, one with none, Postfix, Exim, OpenSMTPD, HTTP.
base=${BASE_PORT:-27100}
edge=$((base + 1)) recorder=$((base + 2)) next=$((base + 4)) postfix=$((base + 5)) exim=$((base + 6)) opensmtpd=$((base + 7))
export LC_ALL=C.UTF-8
standalone=

stop() {
  [ -z "$standalone" ] || kill "$standalone" 2>/dev/null || true
  [ ! -f "$work/exim.pid" ] || kill "$(cat "$work/exim.pid")" || true
  [ ! -f "$work/opensmtpd.pid" ] || kill "$(cat "$work/opensmtpd.pid")" || true
  stop_postfix
  [ -n "${KEEP-}" ] || rm -rf "$work"
}
trap stop EXIT

mkdir -p "$work/packages" "$work/unpacked"
if [ -z "${PACKAGES-}" ]; then
  PACKAGES=$work/packages
  chmod 777 "$work/packages"
  (cd "$PACKAGES" && apt-get -qq download exim4-daemon-light opensmtpd && npm install --silent --no-audit --no-fund nodemailer)
fi
for package in "$PACKAGES"/*.deb; do dpkg -x "$package" "$work/unpacked"; done

# The two find their users, spools and sockets where their packages would have put them.
hostname client.test
cp /etc/passwd /etc/group "$work"
n=64000
for user in Debian-exim opensmtpd opensmtpq; do
  n=$((n + 1))
  echo "$user:x:$n:$n::/nonexistent:/usr/sbin/nologin" >> "$work/passwd"
  echo "$user:x:$n:" >> "$work/group"
done
mount --bind "$work/passwd" /etc/passwd
mount --bind "$work/group" /etc/group
chgrp opensmtpq "$work/unpacked/usr/sbin/smtpctl"
chmod 2755 "$work/unpacked/usr/sbin/smtpctl"
for folder in /run /var/lib /var/spool; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /var/lib/opensmtpd/empty "$work/exim"
chmod 711 /var/lib/opensmtpd/empty
chown Debian-exim "$work/exim"

# No authority signed its certificate. One route to it is opportunistic, another to the same port requires a valid certificate.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=postfix.test -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
start_postfix "myhostname = postfix.test
smtpd_tls_cert_file = $work/cert.pem
smtpd_tls_key_file = $work/key.pem
smtpd_tls_security_level = may
mynetworks = 127.0.0.0/8
message_size_limit = 100000000
relayhost = [127.0.0.1]:$recorder
transport_maps = inline:{ { .next.test = smtp:[127.0.0.1]:$next } }" <<CONF
127.0.0.1:$postfix inet n - n - - smtpd
CONF

cat > "$work/exim.conf" <<CONF
primary_hostname = exim.test
exim_path = $work/unpacked/usr/sbin/exim4
spool_directory = $work/exim
log_file_path = $work/exim/%slog
pid_file_path = $work/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = $exim
trusted_users = root
keep_environment =
tls_advertise_hosts =
smtputf8_advertise_hosts = *
message_size_limit = 100M
acl_smtp_rcpt = accept
begin routers
next:
  driver = manualroute
  domains = *.next.test
  transport = next
  route_list = * 127.0.0.1
  self = send
edge:
  driver = manualroute
  transport = edge
  route_list = * 127.0.0.1
  self = send
begin transports
next:
  driver = smtp
  port = $next
  allow_localhost
edge:
  driver = smtp
  port = $recorder
  allow_localhost
CONF
"$work/unpacked/usr/sbin/exim4" -C "$work/exim.conf" -bd

cat > "$work/opensmtpd.conf" <<CONF
smtp max-message-size "100M"
listen on 127.0.0.1 port $opensmtpd tag NEXT
action next relay host "smtp://127.0.0.1:$next"
action edge relay host "smtp://127.0.0.1:$recorder"
match tag NEXT from any for any action next
match from any for any action edge
CONF
"$work/unpacked/usr/sbin/smtpd" -d -f "$work/opensmtpd.conf" > "$work/opensmtpd.log" 2>&1 &
echo $! > "$work/opensmtpd.pid"

# STANDALONE may name one that is built already.
[ -n "${STANDALONE-}" ] || dotnet build "$here/Standalone" -v q -clp:ErrorsOnly
dotnet exec "${STANDALONE:-$here/Standalone/bin/Debug/net10.0}/Slimta.Standalone.dll" --Edge:Smtp:Port="$edge" --Mailbox:Port=0 --Garnet:Port=0 \
  --Garnet:Folder="$work/slimta" --urls="http://127.0.0.1:$((base + 8))" --Relay:Smarthost="127.0.0.1:$((base + 3))" --Relay:LongLines="${LONG_LINES:-Keep}" \
  "--Relay:Routes:*.postfix.next.test:NextHop=127.0.0.1:$postfix" "--Relay:Routes:*.exim.next.test:NextHop=127.0.0.1:$exim" \
  "--Relay:Routes:strict.next.test:NextHop=127.0.0.1:$postfix" --Relay:Routes:strict.next.test:Tls=Required \
  "--Relay:Routes:*.opensmtpd.next.test:NextHop=127.0.0.1:$opensmtpd" > "$work/standalone.log" 2>&1 &
standalone=$!

status=0
PACKAGES=$PACKAGES python3 "$here/scripts/real_clients.py" "$base" "$work" "$@" || status=$?
python3 "$here/scripts/real_next_hops.py" "$base" "$work" || status=$?
exit $status
