#!/usr/bin/env bash
# Runs the AppHost without containers, sends mail through the dashboard in headless Chromium, and takes docs/screenshots/*.png: of the
# dashboard, the queue's and the mailbox's page, and of what slimta says in a terminal.
# Needs the .NET SDK, Node.js with npm, python3, script and stty, and chromium (Debian: apt-get install --no-install-recommends chromium). Ends what it started.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
chromium=${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
[ -n "$chromium" ] || { echo "No chromium: apt-get install --no-install-recommends chromium, or set CHROMIUM"; exit 1; }
work=$(mktemp -d)
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
finish() {
  [ -z "${apphost:-}" ] || { kill -TERM "$apphost" 2>/dev/null && wait "$apphost" 2>/dev/null; } || true
  rm -rf "$work"
}
trap finish EXIT

cp "$here"/scripts/screenshots/*.mjs "$work"
(cd "$work" && npm init --yes >/dev/null && npm install --silent playwright-core@1 >/dev/null)

dotnet build "$here/AppHost" -v q -clp:ErrorsOnly
dotnet build "$here/Cli" -v q -clp:ErrorsOnly
export ASPNETCORE_URLS=http://localhost:$(port) ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://localhost:$(port) ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL=http://localhost:$(port)
export DOTNET_ENVIRONMENT=Development ASPIRE_ALLOW_UNSECURED_TRANSPORT=true
smtp=${SMTP_PORT:-2525}
cd "$here/AppHost"
bin/Debug/net10.0/AppHost --Containers false --Garnet:Folder "$work/queue" --SmtpPort "$smtp" >"$work/apphost.log" 2>&1 &
apphost=$!
until token=$(grep -oE 'login\?t=[0-9a-f]+' "$work/apphost.log" | head -1 | cut -d= -f2) && [ -n "$token" ]; do
  kill -0 "$apphost" || { cat "$work/apphost.log"; exit 1; }
  sleep 1
done

cd "$work"
CHROMIUM=$chromium SMTP_PORT=$smtp DASHBOARD=$ASPNETCORE_URLS TOKEN=$token CLI=$here/Cli/bin/Debug/net10.0/slimta OUT=$here/docs/screenshots node take.mjs
