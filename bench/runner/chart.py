"""The chart for README: bars with their numbers, in SVG, for light and dark pages."""

from html import escape

from runner.peers import LIMIT, OURS, PEERS

PANELS = ("publish", "consume", "publish-rabbitmq", "consume-rabbitmq")
WIDTH = 880
PANEL_WIDTH = WIDTH / 2
LABEL_WIDTH = 112
NUMBER_WIDTH = 60
ROW_HEIGHT = 22
BAR_HEIGHT = 14
HEAD_HEIGHT = 34

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .ours { fill: #1a7f37; }
  .limit { fill: #8c959f; }
  .peer { fill: #54aeff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .ours { fill: #3fb950; }
    .limit { fill: #6e7681; }
    .peer { fill: #1f6feb; }
  }
"""


def bar_class(contender):
    return {OURS: "ours", LIMIT: "limit"}.get(contender, "peer")


def panel(result, left, top):
    rows = [row for row in map(result.find, (OURS, LIMIT, *PEERS)) if row]
    longest = max(row.median(result.metric) for row in rows)
    room = PANEL_WIDTH - LABEL_WIDTH - NUMBER_WIDTH - 20
    yield (f'<text class="title" x="{left:.0f}" y="{top + 18:.0f}">'
           f"{escape(result.workload.title)}</text>")
    for index, row in enumerate(rows):
        y = top + HEAD_HEIGHT + index * ROW_HEIGHT
        value = row.median(result.metric)
        length = max(value / longest * room, 1)
        start = left + LABEL_WIDTH
        yield (f'<text x="{start - 8:.0f}" y="{y + 11:.0f}" text-anchor="end">'
               f"{escape(row.series.contender)}</text>")
        yield (f'<rect class="{bar_class(row.series.contender)}" x="{start:.0f}" y="{y:.0f}" '
               f'width="{length:.1f}" height="{BAR_HEIGHT}" rx="2"/>')
        yield f'<text x="{start + length + 6:.1f}" y="{y + 11:.0f}">{value:.2g}</text>'


def as_svg(results):
    """Draws the measured ones among the four workloads; nothing without any."""
    by_name = {result.workload.name: result for result in results}
    shown = [by_name[name] for name in PANELS if name in by_name]
    if not shown:
        return None
    panel_height = HEAD_HEIGHT + ROW_HEIGHT * (2 + len(PEERS)) + 16
    height = 40 + panel_height * ((len(shown) + 1) // 2)
    title = "CPU time per message in the client, µs (256 bytes, confirmed or acknowledged)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="0" y="18">{escape(title)}</text>',
    ]
    for index, result in enumerate(shown):
        parts += panel(result, index % 2 * PANEL_WIDTH, 32 + index // 2 * panel_height)
    return "\n".join([*parts, "</svg>", ""])
