#!/usr/bin/env bash
# Shows how a page looks where it is read: renders Markdown at 1,000 px, light and dark, into PAGE-light.png and PAGE-dark.png of a
# folder of yours. Look at them before you push a change of the pictures or of a table.
#   scripts/render-page.sh FOLDER [PAGE, default README.md]
# Needs cmark-gfm, chromium and python3 (Debian: apt-get install --no-install-recommends cmark-gfm chromium).
set -euo pipefail
clone=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath "${1:?Usage: scripts/render-page.sh FOLDER [PAGE]}")
page=$(realpath "${2:-$clone/README.md}")
chromium=${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
[ -n "$chromium" ] && command -v cmark-gfm >/dev/null || { echo "Missing: apt-get install --no-install-recommends cmark-gfm chromium"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

{
  cat <<HTML
<!doctype html><meta charset="utf-8"><base href="file://$(dirname "$page")/">
<style>
  :root { color-scheme: light dark; }
  body { max-width: 1000px; box-sizing: border-box; margin: 0; padding: 32px; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
  a { color: light-dark(#0969da, #4493f8); } img { max-width: 100%; } h1, h2 { border-bottom: 1px solid light-dark(#d1d9e0, #3d444d); padding-bottom: .3em; }
  table { border-collapse: collapse; display: block; overflow: auto; } th, td { border: 1px solid light-dark(#d1d9e0, #3d444d); padding: 6px 13px; }
  pre { background: light-dark(#f6f8fa, #151b23); padding: 16px; overflow: auto; } code { font: 85% ui-monospace, monospace; }
</style>
HTML
  cmark-gfm --unsafe -e table -e strikethrough -e autolink "$page"
} >"$work/page.html"

browse() { "$chromium" --headless --no-sandbox --disable-gpu --allow-file-access-from-files --virtual-time-budget=3000 "$@" 2>/dev/null; }
{
  cat "$work/page.html"
  echo '<script>addEventListener("load", () => document.title = "height:" + document.documentElement.scrollHeight)</script>'
} >"$work/measure.html"
height=$(browse --window-size=1000,1200 --dump-dom "file://$work/measure.html" | grep -oE 'height:[0-9]+' | head -1 | cut -d: -f2)

name=$(basename "$page" .md)
for scheme in light dark; do
  # Chromium's numbers for what the reader prefers.
  [ "$scheme" = dark ] && preferred=0 || preferred=1
  browse --hide-scrollbars --window-size="1000,$height" --blink-settings=preferredColorScheme=$preferred \
    --screenshot="$out/$name-$scheme.png" "file://$work/page.html" >/dev/null
  echo "$out/$name-$scheme.png (1000 x $height)"
done
