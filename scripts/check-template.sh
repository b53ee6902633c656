#!/usr/bin/env bash
# Does what a user does with the template: installs it, makes an application of it in a temporary folder, builds and runs it, orders
# something, and looks whether the mail arrives. The mail goes to a sink of this script. Needs the .NET SDK, curl and python3.
set -euo pipefail
clone=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
started=()
cleanup() {
  for pid in "${started[@]}"; do kill -INT -- "-$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
start() { # a process group of its own, in which SIGINT is heeded
  local log=$1
  shift
  setsid env --default-signal=INT "$@" >"$log" 2>&1 &
  started+=($!)
}
until_true() { # what, log, seconds, command
  local what=$1 log=$2 seconds=$3
  shift 3
  for ((i = 0; i < seconds; i++)); do "$@" >/dev/null 2>&1 && return; sleep 1; done
  echo "check-template: $what did not happen in $seconds s:" >&2
  tail -30 "$log" >&2
  exit 1
}

hive=(--debug:custom-hive "$work/hive")
dotnet new install "$clone/templates" "${hive[@]}" >/dev/null
dotnet new slimta -o "$work/Shop" --slimta-path "$clone" "${hive[@]}"
[ -f "$work/Shop/Web/Shop.Web.csproj" ] || { echo "check-template: the application is not named Shop." >&2; exit 1; }
dotnet build "$work/Shop" -v q

# Inside the clone it finds that by itself.
inside=$clone/obj/template
rm -rf "$inside"
dotnet new slimta -o "$inside/Shop" "${hive[@]}"
dotnet msbuild "$inside/Shop/Web" -getProperty:SlimtaPath | grep -qxF "$clone" || { echo "check-template: the clone is not found from inside it." >&2; exit 1; }
dotnet msbuild "$inside/Shop/Web" -t:FindSlimta -v:q
rm -rf "$inside"
# Elsewhere without a path it says what is missing.
dotnet new slimta -o "$work/Lost" "${hive[@]}"
said=$(dotnet build "$work/Lost" -v q 2>&1 || true)
grep -q "Set SlimtaPath in Directory.Build.props" <<<"$said" || { echo "check-template: nothing says that the clone is not found." >&2; exit 1; }

sink_port=$(free_port) page=http://localhost:$(free_port) web=$(free_port)
start "$work/sink.log" dotnet run --no-build --project "$clone/Standalone" -- mailbox --Mailbox:Port "$sink_port" --urls "$page"
export DOTNET_ENVIRONMENT=Development ASPIRE_ALLOW_UNSECURED_TRANSPORT=true ASPNETCORE_URLS=http://localhost:$(free_port)
export ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://localhost:$(free_port) ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL=http://localhost:$(free_port)
start "$work/apphost.log" dotnet run --no-build --no-launch-profile --project "$work/Shop/AppHost" -- --Containers false \
  --SmtpPort "$(free_port)" --WebPort "$web" --Garnet:Folder "$work/queue" --Smarthost "127.0.0.1:$sink_port"

until_true "the web application's start" "$work/apphost.log" 180 curl -fsS "http://localhost:$web/health"
answer=$(curl -fsS -X POST "http://localhost:$web/orders/4711?to=you@example.net")
again=$(curl -fsS -X POST "http://localhost:$web/orders/4711?to=you@example.net")
echo "accepted: $answer"
[ "$answer" = "$again" ] || { echo "check-template: the same order was sent twice: $again" >&2; exit 1; }
arrived() { curl -fsS "$page/status" | grep -q "Your order 4711"; }
until_true "the mail's arrival" "$work/apphost.log" 60 arrived
echo "The mail arrived: the template builds, runs and sends."
