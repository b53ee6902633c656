#!/bin/sh
# Delivers to real servers: Postfix (STARTTLS with a certificate that verifies, AUTH by PLAIN, CRAM-MD5 and SCRAM-SHA-256, a size limit,
# a rejected recipient among good ones) and Dovecot's LMTP.
# Debian: apt-get install postfix dovecot-core dovecot-lmtpd redis-server openssl; run as root, for both servers change users.
# Everything listens on 127.0.0.1 and lives in its own folder, which goes away at the end.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/postfix.sh"
work=$(mktemp -d /tmp/slimta-servers.XXXXXX)
chmod 755 "$work"
# Each mechanism has its own port, so that a login shows that it was used.
plain_port=${SMTP_PORT:-2587}
cram_port=$((plain_port + 1))
scram_port=$((plain_port + 2))
lmtp_port=${LMTP_PORT:-2424}

stop() {
  stop_postfix
  doveadm -c "$work/dovecot.conf" stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=test authority' -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=mx.test -keyout "$work/key.pem" -out "$work/request.pem" 2>/dev/null
echo 'subjectAltName=IP:127.0.0.1' > "$work/names"
openssl x509 -req -days 2 -in "$work/request.pem" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
  -extfile "$work/names" -out "$work/cert.pem" 2>/dev/null

mkdir -p "$work/mail" "$work/run"
chown dovecot "$work/mail"
chmod 777 "$work/mail"

cat > "$work/dovecot.conf" <<CONF
protocols = lmtp
base_dir = $work/run
instance_name = slimta
log_path = $work/dovecot.log
ssl = no
auth_mechanisms = plain login cram-md5 scram-sha-256
mail_location = maildir:$work/mail/%u
first_valid_uid = 1
passdb {
  driver = static
  args = password=secret
}
# Only these exist: LMTP refuses the others, each with its own reply.
userdb {
  driver = passwd-file
  args = username_format=%u $work/users
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp_port
  }
}
service auth {
  unix_listener sasl {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
CONF
for user in one two me; do
  echo "$user@lmtp.test::$(id -u dovecot):$(id -g dovecot)::$work/mail/$user::"
done > "$work/users"
echo "me::$(id -u dovecot):$(id -g dovecot)::$work/mail/me::" >> "$work/users"
dovecot -c "$work/dovecot.conf"

start_postfix "myhostname = mx.test
virtual_mailbox_domains = postfix.test
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:$lmtp_port
virtual_alias_maps = inline:{ good@postfix.test=one@lmtp.test, also@postfix.test=two@lmtp.test }
virtual_alias_domains =
default_transport = lmtp:inet:127.0.0.1:$lmtp_port
mynetworks =
message_size_limit = 20000
smtpd_tls_cert_file = $work/cert.pem
smtpd_tls_key_file = $work/key.pem
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $work/run/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access inline:{ nobody@postfix.test=REJECT }, permit" <<CONF
127.0.0.1:$plain_port inet n - n - - smtpd -o smtpd_sasl_mechanism_filter=plain,login
127.0.0.1:$cram_port inet n - n - - smtpd -o smtpd_sasl_mechanism_filter=cram-md5
127.0.0.1:$scram_port inet n - n - - smtpd -o smtpd_sasl_mechanism_filter=scram-sha-256
CONF

cd "$here"
status=0
SLIMTA_SMTP_SERVERS="PLAIN=127.0.0.1:$plain_port CRAM-MD5=127.0.0.1:$cram_port SCRAM-SHA-256=127.0.0.1:$scram_port" \
  SLIMTA_AUTHORITY="$work/ca.pem" SLIMTA_LMTP_SERVER=127.0.0.1:$lmtp_port SLIMTA_MAILDIRS="$work/mail" \
  dotnet test tests/Slimta.Tests --filter 'FullyQualifiedName~RealServers' --logger 'console;verbosity=normal' "$@" || status=$?
[ $status = 0 ] || tail -n 30 "$work/postfix.log" "$work/dovecot.log" || true
exit $status
