#!/usr/bin/env bash
# The AppHost with containers, and deploy/compose.yaml, tried for real: mail in, mail out, restarts, nothing lost.
# Where no Docker engine answers it starts one (as root; Debian: apt-get install docker.io docker-compose docker-registry redis-server),
# and what cannot be pulled is made from this machine's own programs (scripts/containers/images.sh). PULL=never does so at once.
# It ends what it started, and keeps nothing.
#
#   scripts/aspire-with-containers.sh            both
#   scripts/aspire-with-containers.sh apphost    only the tests of the AppHost
#   scripts/aspire-with-containers.sh compose    only deploy/compose.yaml
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
what=${1:-both}
work=$(mktemp -d /tmp/slimta-containers.XXXXXX)
. "$here/scripts/containers/engine.sh"
. "$here/scripts/containers/images.sh"
run=()

finish() {
  [ ${#run[@]} -eq 0 ] || "${run[@]}" down --volumes --timeout 5 >/dev/null 2>&1 || true
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
  dotnet_base
  service_image Edge slimta-edge
  service_image Relay slimta-relay

  local smtp api
  read -r smtp api < <(python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
for each in s: each.bind(("127.0.0.1", 0))
print(*[each.getsockname()[1] for each in s])')
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

[ "$what" = compose ] || apphost
[ "$what" = apphost ] || compose
echo "== all of it held"
