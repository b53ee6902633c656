#!/usr/bin/env bash
# Checks deploy/prometheus/alerts.yaml and tries each alert in the situation that it is for. Needs promtool, which comes with
# Prometheus (Debian: apt-get install prometheus); PROMTOOL names another one.
set -euo pipefail
cd "$(dirname "$0")/../deploy/prometheus"
promtool=${PROMTOOL:-promtool}
command -v "$promtool" >/dev/null || { echo "check-alerts: promtool is not installed. Debian and Ubuntu: apt-get install prometheus." >&2; exit 1; }
"$promtool" check rules alerts.yaml
"$promtool" test rules alerts.test.yaml
# Each alert must fire in at least one test.
for alert in $(sed -nE 's/^ +- alert: +//p' alerts.yaml); do
  grep -A1 -E "alertname: $alert\b" alerts.test.yaml | grep -q exp_alerts || { echo "check-alerts: $alert is never expected in alerts.test.yaml." >&2; exit 1; }
done
