#!/usr/bin/env bash
# The AppHost with containers, deploy/compose.yaml and the image of Standalone, tried for real: mail in, mail out, restarts, nothing lost.
# Where no Docker engine answers it starts one (as root; Debian: apt-get install docker.io docker-compose docker-registry redis-server),
# and what cannot be pulled is made from this machine's own programs (scripts/containers/images.sh). PULL=never does so at once.
# It ends what it started, and keeps nothing.
#
#   scripts/aspire-with-containers.sh            all three
#   scripts/aspire-with-containers.sh apphost    only the tests of the AppHost
#   scripts/aspire-with-containers.sh compose    only deploy/compose.yaml
#   scripts/aspire-with-containers.sh standalone only the image of Standalone
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
what=${1:-all}
work=$(mktemp -d /tmp/slimta-containers.XXXXXX)
. "$here/scripts/containers/engine.sh"
. "$here/scripts/containers/images.sh"
run=()

finish() {
  [ ${#run[@]} -eq 0 ] || "${run[@]}" down --volumes --timeout 5 >/dev/null 2>&1 || true
  docker rm -f "slimta-alone-$$" >/dev/null 2>&1 || true
  docker volume rm "slimta-alone-$$" >/dev/null 2>&1 || true
  [ -z "${registry:-}" ] || kill "$registry" 2>/dev/null || true
  stop_engine
  rm -rf "$work"
}
trap finish EXIT

start_engine
mailbox=$(grep -rhoE '"axllent/mailpit", *"[^"]+"' "$here" --include='*.cs' | head -1 | sed -E 's/"([^"]+)", *"([^"]+)"/\1:\2/')
mailbox_image "$mailbox"

apphost() {
  redis_image "docker.io/library/redis:$(sed -nE 's/.*Tag = "([^"]+)".*/\1/p' "$here/Hosting/DurableRedis.cs")"
  echo "== the AppHost's tests, with containers"
  Containers=true dotnet test "$here/tests/AppHost.Tests"
}

compose() {
  # A stand-in cannot have the digest of the real one.
  REDIS_IMAGE=$(sed -nE 's/.*\$\{REDIS_IMAGE:-([^}]+)\}.*/\1/p' "$here/deploy/compose.yaml")
  have_image "$REDIS_IMAGE" || { REDIS_IMAGE=redis:stand-in; redis_image "$REDIS_IMAGE"; }
  export REDIS_IMAGE
  [ -n "${registry:-}" ] || dotnet_base
  service_image Edge slimta-edge
  service_image Relay slimta-relay

  local smtp api
  read -r smtp api < <(free_ports)
  export REDIS_PASSWORD=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n') SMARTHOST=mailbox:1025 SMTP_LISTEN=127.0.0.1:$smtp
  export MAILBOX_IMAGE=$mailbox MAILBOX_PORT=$api COMPOSE_PROJECT_NAME=slimta-trial-$$
  run=(docker compose)
  docker compose version >/dev/null 2>&1 || run=(docker-compose)
  run+=(-f "$here/deploy/compose.yaml" -f "$here/scripts/containers/compose.mailbox.yaml")

  echo "== deploy/compose.yaml"
  "${run[@]}" up -d --quiet-pull 2>/dev/null || "${run[@]}" up -d
  python3 "$here/scripts/containers/mail.py" send "$smtp" before 0 50
  python3 "$here/scripts/containers/mail.py" seen "$api" before 50
  echo "== accepted while no relay runs, then everything restarts"
  "${run[@]}" stop relay
  python3 "$here/scripts/containers/mail.py" send "$smtp" across 0 200
  "${run[@]}" restart redis edge
  "${run[@]}" start relay
  python3 "$here/scripts/containers/mail.py" seen "$api" across 200
  echo "== Redis killed under load"
  python3 "$here/scripts/containers/mail.py" send "$smtp" killed 0 100
  "${run[@]}" kill -s SIGKILL redis
  "${run[@]}" up -d
  python3 "$here/scripts/containers/mail.py" send "$smtp" after 0 50
  python3 "$here/scripts/containers/mail.py" seen "$api" killed 100
  python3 "$here/scripts/containers/mail.py" seen "$api" after 50
  "${run[@]}" ps
}

standalone() {
  [ -n "${registry:-}" ] || dotnet_base
  service_image Standalone slimta-standalone
  local name=slimta-alone-$$ smtp http user
  read -r smtp http < <(free_ports)
  echo "== the image of Standalone, on a read-only file system, with its mail on a volume"
  docker run -d --name "$name" --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges:true -v "$name:/home/app" \
    -p "127.0.0.1:$smtp:2525" -p "127.0.0.1:$http:8080" -e Edge__Relay__Networks__0=0.0.0.0/0 -e Relay__Smarthost=127.0.0.1:9 slimta-standalone:latest >/dev/null
  healthy "$http"
  user=$(docker top "$name" -eo pid,uid | tail -1 | tr -s " " | cut -d" " -f2 | tr -d ' ')
  [ "$user" != 0 ] || { echo "It runs as root." >&2; return 1; }
  # Its smarthost is away: what it took is there after it was killed.
  python3 "$here/scripts/containers/mail.py" send "$smtp" alone 0 20
  [ "$(waiting "$name")" = 20 ] || { echo "The queue says $(waiting "$name")." >&2; return 1; }
  docker kill -s KILL "$name" >/dev/null
  docker start "$name" >/dev/null
  healthy "$http"
  [ "$(waiting "$name")" = 20 ] || { echo "After SIGKILL the queue says $(waiting "$name")." >&2; return 1; }
  local began=$SECONDS
  docker stop -t 30 "$name" >/dev/null
  [ "$(docker inspect -f '{{.State.ExitCode}}' "$name")" = 0 ] || { docker logs --tail 20 "$name"; return 1; }
  echo "uid $user, stopped cleanly after $((SECONDS - began)) s"
}

waiting() { # container: how many messages its queue has
  docker exec "$1" bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080 && printf "GET /operator/overview HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3 && grep "^{" <&3' |
    python3 -c 'import json, sys; q = json.load(sys.stdin); print(q["due"] + q["scheduled"] + q["leased"] + q["held"])'
}

free_ports() {
  python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
for each in s: each.bind(("127.0.0.1", 0))
print(*[each.getsockname()[1] for each in s])'
}

healthy() { # port
  for _ in $(seq 90); do
    curl -fsS "http://127.0.0.1:$1/health" >/dev/null 2>&1 && return
    sleep 1
  done
  docker logs --tail 30 "slimta-alone-$$" >&2
  echo "It is not healthy after 90 s." >&2
  return 1
}

case $what in
  all) apphost; compose; standalone ;;
  apphost | compose | standalone) "$what" ;;
  *) echo "Usage: $0 [apphost | compose | standalone]" >&2; exit 2 ;;
esac
echo "== all of it held"
