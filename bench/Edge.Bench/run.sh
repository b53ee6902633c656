#!/bin/sh
# smtp-source into the edge, beside smtp-sink as the ceiling of the harness. Needs redis-server and Postfix's smtp-source and smtp-sink.
#   bench/Edge.Bench/run.sh [messages per run, default 10000]
set -eu
cd "$(dirname "$0")"
messages=${1:-10000}
folder=$(mktemp -d)
sink=2610 discard=2611 edge=2612 redis=6410
pids=""

stop() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT INT TERM

dotnet build -c Release -v q --nologo >/dev/null
bench=bin/Release/net10.0/Edge.Bench.dll

# What is behind & may not be a compound command, or its pid would not be the program's.
smtp-sink -u nobody 127.0.0.1:$sink 1024 >/dev/null 2>&1 & pids="$pids $!"
dotnet $bench discard $discard >/dev/null 2>&1 & pids="$pids $!"
redis-server --port $redis --bind 127.0.0.1 --dir "$folder" --save "" --appendonly yes --appendfsync always --logfile r.log & pids="$pids $!"
sleep 1
export ConnectionStrings__redis=127.0.0.1:$redis Edge__Hostname=mx.bench Edge__Smtp__Address=127.0.0.1 Edge__Smtp__Port=$edge \
  Storage__AllowVolatile=true ASPNETCORE_URLS=http://127.0.0.1:0 Logging__LogLevel__Default=Warning
dotnet $bench & pids="$pids $!"
sleep 4

# $1 file, $2 port, $3 sessions, $4 messages, $5 "-d" to keep connections
measure() {
  start=$(date +%s%N)
  smtp-source $5 -s "$3" -m "$4" -l 4096 -f a@a.test -t b@b.test 127.0.0.1:"$2"
  end=$(date +%s%N)
  echo $(( $4 * 1000000000 / (end - start) )) >>"$folder/$1"
}

median() { sort -n "$folder/$1" | sed -n 2p; }

for warm in $discard $edge; do smtp-source -s 20 -m 5000 -l 4096 127.0.0.1:$warm; smtp-source -d -s 20 -m 10000 -l 4096 127.0.0.1:$warm; done
echo "Messages/s, the median of three rounds in turn:"
echo
echo "| Sessions | Connections | smtp-sink (the ceiling) | SMTP server alone | Edge, fsync always | Edge, fsync every second |"
echo "|---|---|---|---|---|---|"
for sessions in 1 20 100; do
  for kept in "" "-d"; do
    count=$messages
    [ $sessions -gt 1 ] || count=$(( messages / 4 ))
    rm -f "$folder"/m.*
    for round in 1 2 3; do
      redis-cli -p $redis config set appendfsync always >/dev/null
      measure m.sink $sink $sessions "$count" "$kept"
      measure m.alone $discard $sessions "$count" "$kept"
      measure m.always $edge $sessions "$count" "$kept"
      redis-cli -p $redis config set appendfsync everysec >/dev/null
      measure m.everysec $edge $sessions "$count" "$kept"
      redis-cli -p $redis flushall >/dev/null
    done
    how=new; [ -z "$kept" ] || how=kept
    echo "| $sessions | $how | $(median m.sink) | $(median m.alone) | $(median m.always) | $(median m.everysec) |"
  done
done
