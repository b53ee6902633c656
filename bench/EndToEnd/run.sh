#!/bin/bash
# End to end beside Postfix: smtp-source -> the system under test -> smtp-sink, all on the loopback of this machine.
#   bench/EndToEnd/run.sh           all cases, about fifteen minutes; then writes README.md here and the summary in bench/README.md
#   bench/EndToEnd/run.sh --quick   the headline case alone, about two minutes; prints and writes nothing
#   bench/EndToEnd/run.sh --pages   measures nothing, and writes the pages again from the last run
# It needs root, for Postfix and to reset the kernel's marks of peak memory.
set -euo pipefail
cd "$(dirname "$0")"

needed=()
command -v smtp-sink postfix >/dev/null || needed+=(postfix)
command -v redis-server >/dev/null || needed+=(redis-server)
command -v redis-cli >/dev/null || needed+=(redis-tools)
if [ ${#needed[@]} -gt 0 ]; then
  echo "Installing ${needed[*]}" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${needed[@]}" >/dev/null
fi

echo "Building" >&2
dotnet build -c Release -v q --nologo ../../Standalone >/dev/null
dotnet build -c Release -v q --nologo >/dev/null

if [ "${1:-}" = --pages ]; then
  exec dotnet bin/Release/net10.0/EndToEnd.Bench.dll --pages
fi

# Queues and logs, on the disk; and a list of the processes that were started, should the program not end them itself.
folder=$(mktemp -d)
chmod 755 "$folder"
clean() {
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done < <(cat "$folder/pids" 2>/dev/null)
  rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT TERM

dotnet bin/Release/net10.0/EndToEnd.Bench.dll --folder "$folder" "$@" &
program=$!
trap 'kill -TERM $program 2>/dev/null; wait $program; exit 130' INT TERM
wait $program
