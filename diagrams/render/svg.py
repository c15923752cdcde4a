"""Scenes as SVG: one self-contained file, the same bytes every time, readable on light and dark backgrounds.

Looks are CSS classes with `prefers-color-scheme`; text has a halo of the background, so that a line may pass behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from math import hypot

from diagrams.layout.scene import LEADING, LOOKS, Box, Line, Look, Point, Scene, Text

FONT = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
XMLNS = "http://www.w3.org/2000/svg"
PAPER = ("#ffffff", "#111111")
HEAD = 9.0
"""How long an arrow's head is."""
ROUNDING = 14.0
"""How far from a corner a line begins to turn."""


def svg(scene: Scene) -> str:
    """Return the scene as an SVG document."""
    used = sorted(
        {*(b.look for b in scene.boxes), *(line.look for line in scene.lines), *(t.look for t in scene.texts)}
    )
    return element(scene, f"<style>{stylesheet(used)}</style>")


def element(scene: Scene, style: str = "") -> str:
    """Return the scene as an SVG element with this style; without one, whatever it stands in has the `stylesheet`."""
    width, height = _number(scene.width), _number(scene.height)
    parts = [
        f'<svg xmlns="{XMLNS}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(scene.title)}</title>",
        *([f"<desc>{escape(scene.description)}</desc>"] if scene.description else []),
        *([style] if style else []),
        f'<rect class="sp-paper" width="{width}" height="{height}"/>',
        *(_box(box) for box in scene.boxes),
        *(_line(line) for line in scene.lines),
        *(_text(text) for text in scene.texts),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def stylesheet(looks: Iterable[str], root: str = "") -> str:
    """Return the CSS of some looks, for light and dark backgrounds; `root` is put before every selector."""
    names = list(looks)
    light = [f"{root}text{{font-family:{FONT};text-anchor:middle}}", *_paper(root, 0)]
    for name in names:
        light += _rules(root, name, LOOKS[name])
    dark = [*_paper(root, 1)]
    for name in names:
        dark += _colours(root, name, LOOKS[name], 1)
    return "\n".join(["", *light, "@media (prefers-color-scheme: dark) {", *dark, "}", ""])


def _paper(root: str, which: int) -> list[str]:
    paper = PAPER[which]
    return [
        f"{root}.sp-paper{{fill:{paper}}}",
        f"{root}text{{paint-order:stroke;stroke:{paper};stroke-width:4px;stroke-linejoin:round}}",
        f"{root}.sp-in{{stroke:none}}",
    ]


def _rules(root: str, name: str, look: Look) -> list[str]:
    weight = ";font-weight:bold" if look.bold else ""
    style = ";font-style:italic" if look.italic else ""
    struck = ";text-decoration:line-through;stroke:none" if look.struck else ""  # a halo would hide the stroke
    dash = f";stroke-dasharray:{look.dash}" if look.dash else ""
    return [
        f"{root}text.sp-{name}{{font-size:{look.size}px{weight}{style}{struck}}}",
        f"{root}path.sp-{name},{root}rect.sp-{name}{{stroke-width:{_number(look.width)}}}",
        f"{root}path.sp-{name}{{fill:none{dash}}}",
        *_colours(root, name, look, 0),
    ]


def _colours(root: str, name: str, look: Look, which: int) -> list[str]:
    colour, fill = (look.light, look.dark)[which], look.fill[which] or "none"
    return [
        f"{root}text.sp-{name},{root}path.sp-head.sp-{name}{{fill:{colour}}}",
        f"{root}path.sp-{name}{{stroke:{colour}}}",
        f"{root}rect.sp-{name}{{stroke:{colour};fill:{fill}}}",
    ]


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _tip(tip: str) -> str:
    return f"<title>{escape(tip)}</title>" if tip else ""


def _key(key: str) -> str:
    return f' data-key="{escape(key)}"' if key else ""


def _box(box: Box) -> str:
    left, top = _number(box.x - box.width / 2), _number(box.y - box.height / 2)
    leading = LOOKS[box.look].size * LEADING
    first = box.y - leading * (len(box.lines) - 1) / 2
    inside = "".join(
        _element(Text(box.x, first + leading * i, line, box.look), " sp-in") for i, line in enumerate(box.lines)
    )
    return (
        f'<g{_key(box.key)}>{_tip(box.tip)}<rect class="sp-{box.look}" x="{left}" y="{top}" '
        f'width="{_number(box.width)}" height="{_number(box.height)}" rx="{_number(box.round)}"/>{inside}</g>'
    )


def _text(text: Text) -> str:
    return f"<g>{_tip(text.tip)}{_element(text)}</g>" if text.tip else _element(text)


def _element(text: Text, more: str = "") -> str:
    baseline = text.y + LOOKS[text.look].size * 0.35
    anchor = "" if text.anchor == "middle" else f' style="text-anchor:{text.anchor}"'
    return (
        f'<text class="sp-{text.look}{more}" x="{_number(text.x)}" y="{_number(baseline)}"{anchor} '
        f'xml:space="preserve">{escape(text.text)}</text>'
    )


def _line(line: Line) -> str:
    width = "" if line.width is None else f' style="stroke-width:{_number(line.width)}"'
    path = f'<path class="sp-{line.look}" d="{_path(line)}"{width}/>'
    head = f'<path class="sp-head sp-{line.look}" style="stroke:none" d="{_head(line)}"/>' if line.arrow else ""
    return f"<g{_key(line.key)}>{_tip(line.tip)}{path}{head}</g>"


def _path(line: Line) -> str:
    points = list(line.points)
    if line.arrow:
        points[-1] = towards(points[-1], points[-2], head_of(line) * 0.8)
    words = [f"M{_at(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        words += [
            f"L{_at(towards(corner, before, ROUNDING))}",
            f"Q{_at(corner)} {_at(towards(corner, after, ROUNDING))}",
        ]
    return " ".join([*words, f"L{_at(points[-1])}"])


def towards(start: Point, end: Point, length: float) -> Point:
    """Return the point so far from `start` towards `end`, at most half the way."""
    distance = hypot(end[0] - start[0], end[1] - start[1])
    part = min(length / distance, 0.5) if distance else 0.0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _head(line: Line) -> str:
    (bx, by), (x, y) = line.points[-2:]
    length, size = hypot(x - bx, y - by) or 1.0, head_of(line)
    dx, dy = (x - bx) / length * size, (y - by) / length * size
    left, right = (x - dx - dy * 0.4, y - dy + dx * 0.4), (x - dx + dy * 0.4, y - dy - dx * 0.4)
    return f"M{_at((x, y))} L{_at(left)} L{_at(right)} Z"


def head_of(line: Line) -> float:
    """Return how long a line's arrow head is: longer for a broad line."""
    return HEAD + 1.6 * max(0.0, (line.width or LOOKS[line.look].width) - 2)


def _at(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"
