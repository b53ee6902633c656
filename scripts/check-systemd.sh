#!/usr/bin/env bash
# Checks deploy/systemd/slimta.service with systemd-analyze. Where systemd runs this machine, `sudo scripts/check-systemd.sh run` also
# publishes Standalone, starts the unit under a name and on ports for this trial, sends a message and stops it.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v systemd-analyze >/dev/null || { echo "check-systemd: systemd-analyze is not installed." >&2; exit 1; }
# A unit with DynamicUser has a /tmp for itself, and would not find the program in ours.
trial=$(mktemp -d ${1:+-p /opt}) && unit=slimta-trial-$$.service
trap 'systemctl stop "$unit" 2>/dev/null && systemctl clean --what=all "$unit" || true; rm -rf "$trial" "/run/systemd/system/$unit"' EXIT

# verify looks whether the program is there, so it gets one that is.
sed -e "s|^ExecStart=.*|ExecStart=/bin/true|" deploy/systemd/slimta.service > "$trial/$unit"
systemd-analyze verify "$trial/$unit"
systemd-analyze security --offline=true --threshold=25 "$trial/$unit" | tail -1
[ "${1:-}" = run ] || exit 0

[ -d /run/systemd/system ] || { echo "check-systemd: systemd does not run this machine." >&2; exit 1; }
dotnet publish Standalone -c Release -o "$trial/slimta" --self-contained -v q
chmod -R a+rX "$trial"
sed -e "s|^ExecStart=.*|ExecStart=$trial/slimta/Slimta.Standalone --Edge:Smtp:Port 22525 --Mailbox:Port 21025 --urls http://localhost:25080|" \
  -e 's/^\(State\|Configuration\)Directory=.*/\1Directory=slimta-trial/' -e 's|%S/slimta/|%S/slimta-trial/|' \
  -e 's|^WorkingDirectory=.*|WorkingDirectory=/etc/slimta-trial|' -e 's|/etc/slimta/environment|/etc/slimta-trial/environment|' \
  deploy/systemd/slimta.service > "/run/systemd/system/$unit"
systemctl daemon-reload
systemctl start "$unit" # returns once READY=1 was told
curl -fsS http://localhost:25080/health && echo
python3 -c "import smtplib; smtplib.SMTP('localhost', 22525).sendmail('a@example.com', ['b@invalid'], 'Subject: trial\n\nx')"
systemctl stop "$unit"
result=$(systemctl show -p Result --value "$unit")
echo "stopped: $result"
[ "$result" = success ]
