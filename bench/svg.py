"""Plots as SVG: panels side by side, points with their spread on a line.

Colours follow the reader's light or dark scheme; the background is drawn, so
that either is legible on any page.
"""

import math
from html import escape

WIDTH, HEIGHT = 360, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 52

STYLE = """
  text { font: 12px sans-serif; fill: #1f2328; }
  .title { font-weight: bold; }
  .page { fill: #ffffff; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .line { stroke: #0969da; stroke-width: 2; fill: none; }
  .point { fill: #0969da; }
  .base { stroke: #9a6700; stroke-width: 1.5; stroke-dasharray: 5 4; }
  .base-name { fill: #9a6700; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .page { fill: #0d1117; }
    .grid { stroke: #30363d; }
    .line { stroke: #58a6ff; }
    .point { fill: #58a6ff; }
    .base { stroke: #d29922; }
    .base-name { fill: #d29922; }
  }
"""


class Scale:
    """Where a value is between two ends on the page, and its marks."""

    def __init__(self, values, ends, logarithmic):
        self.logarithmic = logarithmic
        self.ends = ends
        low, high = min(values), max(values)
        if logarithmic:
            self.low = math.floor(math.log10(low) + 1e-9)
            self.high = max(math.ceil(math.log10(high) - 1e-9), self.low + 1)
            self.marks = [10.0 ** power
                          for power in range(self.low, self.high + 1)]
        else:
            step = nice_step((high - low) / 5)
            self.low = math.floor(low / step) * step
            self.high = math.ceil(high / step) * step
            count = round((self.high - self.low) / step)
            self.marks = [self.low + step * i for i in range(count + 1)]

    def at(self, value):
        if self.logarithmic:
            value = math.log10(value)
        part = (value - self.low) / (self.high - self.low)
        return self.ends[0] + part * (self.ends[1] - self.ends[0])


def nice_step(step):
    """The next of 1, 2, 5 times a power of ten."""
    if step <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(step))
    return next(unit * many for many in (1, 2, 5, 10)
                if unit * many >= step * 0.999)


def power_name(value):
    power = round(math.log10(value))
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}"


def text(x, y, words, anchor="middle", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>'
            f"{escape(words)}</text>")


def line(kind, x1, y1, x2, y2):
    return (f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}"'
            f' y2="{y2:.1f}"/>')


def panel(plot, left):
    """PLOT has title, x_name, y_name, points (x, y, spread), log_y, and may
    have base: (y, name)."""
    points = plot["points"]
    ends = [y + sign * spread for _, y, spread in points for sign in (-1, 1)]
    if "base" in plot:
        ends.append(plot["base"][0])
    x = Scale([point[0] for point in points],
              (left + LEFT, left + WIDTH - RIGHT), True)
    y = Scale(ends, (HEIGHT - BOTTOM, TOP), plot["log_y"])
    return [*axes(plot, left, x, y), *curve(points, x, y),
            *base(plot, x, y)]


def axes(plot, left, x, y):
    yield text((x.ends[0] + x.ends[1]) / 2, 22, plot["title"],
               more=' class="title"')
    for mark in x.marks:
        yield line("grid", x.at(mark), y.ends[0], x.at(mark), y.ends[1])
        yield text(x.at(mark), y.ends[0] + 18, power_name(mark))
    for mark in y.marks:
        yield line("grid", x.ends[0], y.at(mark), x.ends[1], y.at(mark))
        yield text(x.ends[0] - 8, y.at(mark) + 4,
                   power_name(mark) if y.logarithmic else f"{mark:.4g}", "end")
    yield text((x.ends[0] + x.ends[1]) / 2, HEIGHT - 12, plot["x_name"])
    middle = (y.ends[0] + y.ends[1]) / 2
    yield text(left + 16, middle, plot["y_name"],
               more=f' transform="rotate(-90 {left + 16} {middle:.1f})"')


def curve(points, x, y):
    places = [(x.at(point[0]), y.at(point[1])) for point in points]
    yield ('<polyline class="line" points="'
           + " ".join(f"{a:.1f},{b:.1f}" for a, b in places) + '"/>')
    for (a, b), (_, value, spread) in zip(places, points):
        if spread:
            yield line("line", a, y.at(value - spread), a,
                       y.at(value + spread))
        yield f'<circle class="point" cx="{a:.1f}" cy="{b:.1f}" r="4"/>'


def base(plot, x, y):
    if "base" in plot:
        value, name = plot["base"]
        yield line("base", x.ends[0], y.at(value), x.ends[1], y.at(value))
        yield text(x.ends[1], y.at(value) - 5, name, "end",
                   ' class="base-name"')


def document(plots, title):
    width = WIDTH * len(plots)
    parts = [part for number, plot in enumerate(plots)
             for part in panel(plot, number * WIDTH)]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width}'
        f' {HEIGHT}" width="{width}" height="{HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{HEIGHT}"/>',
        *parts, "</svg>", ""])
