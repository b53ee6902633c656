#!/usr/bin/env python3
"""Draws docs/architecture.svg: the parts, and the six steps of a message. One file for light and dark: it follows the reader's scheme."""
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 960, 330
BOX = 118  # height of a box
TOP = 62

# x, width, title, lines
BOXES = [
    (4, 166, "Your application", ["SMTP, or", "POST /messages"]),
    (246, 176, "Edge", ["1  accept", "2  250 when durable"]),
    (506, 186, "Queue", ["Redis, Valkey, Cluster,", "or embedded Garnet"]),
    (770, 186, "Relays", ["3  lease   4  deliver", "5  settle: done, retry,", "hold or bounce"]),
]
# from x, to x, y, words above
ARROWS = [
    (170, 246, 100, "mail"),
    (422, 506, 100, "write()"),
    (692, 770, 100, "wait()"),
]


def text(x, y, words, kind="", anchor="middle"):
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}" xml:space="preserve">{escape(words)}</text>'


def box(x, width, title, lines, y=TOP, height=BOX):
    middle = x + width / 2
    out = [f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10"/>', text(middle, y + 28, title, "title")]
    return out + [text(middle, y + 54 + 21 * i, line, "line") for i, line in enumerate(lines)]


def arrow(points, words=None, at=None, dashed=False):
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    kind = ' class="dashed"' if dashed else ""
    out = [f'<path d="{path}"{kind} marker-end="url(#tip)"/>']
    return out + ([text(at[0], at[1], words, "label")] if words else [])


def draw():
    parts = [part for b in BOXES for part in box(*b)]
    for start, end, y, words in ARROWS:
        parts += arrow([(start, y), (end - 7, y)], words, ((start + end) / 2, y - 9))
    # A relay dies: back to the queue.
    parts += arrow([(863, TOP), (863, 30), (599, 30), (599, TOP - 7)], "6  a relay dies: back within seconds", (731, 22), dashed=True)
    # Out, and back to the sender.
    parts += box(770, 186, "Next hop", ["MX, smarthost, LMTP"], y=236, height=76)
    parts += arrow([(863, TOP + BOX), (863, 229)], "SMTP", (888, 212))
    parts += box(246, 446, "You", ["a page, an HTTP API and slimta: why, retry, hold, release"], y=236, height=76)
    parts += arrow([(334, 236), (334, TOP + BOX + 7)])
    return f'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="name">
<title id="name">Your application hands mail to the edge; the edge writes it to the queue and answers 250; relays lease it, deliver it to the next hop and settle it; a dead relay's mail goes back to the queue; you operate the queue through the edge.</title>
<style>
  svg {{ font: 14px system-ui, sans-serif; --ink: #1f2328; --dim: #59636e; --line: #8c959f; --card: #f6f8fa; --accent: #0969da; }}
  @media (prefers-color-scheme: dark) {{ svg {{ --ink: #e6edf3; --dim: #9198a1; --line: #656c76; --card: #151b23; --accent: #4493f8; }} }}
  rect {{ fill: var(--card); stroke: var(--line); }}
  path {{ fill: none; stroke: var(--accent); stroke-width: 1.6; }}
  .dashed {{ stroke-dasharray: 5 4; }}
  marker path {{ fill: var(--accent); stroke: none; }}
  .title {{ fill: var(--ink); font-weight: 600; font-size: 16px; }}
  .line {{ fill: var(--dim); }}
  .label {{ fill: var(--accent); font-size: 13px; }}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 Z"/></marker></defs>
{chr(10).join(parts)}
</svg>
'''


if __name__ == "__main__":
    Path(__file__).parent.parent.joinpath("docs", "architecture.svg").write_text(draw(), encoding="utf-8")
