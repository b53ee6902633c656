# Sourced by the scripts beside it: a Postfix on 127.0.0.1 whose files are all in $work. The argument is what main.cf says beyond that, standard
# input where master.cf has smtpd listen.
start_postfix() {
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
mydestination =
$1
CONF
  cat > "$work/postfix/master.cf" <<CONF
$(cat)
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CONF
  postfix -c "$work/postfix" start
}

stop_postfix() {
  postfix -c "$work/postfix" stop >/dev/null 2>&1 || true
}
