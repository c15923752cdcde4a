"""Scenes: pictures as boxes, lines and texts with places, ready to be written as SVG or for Graphviz.

Everything has a look, a name of `LOOKS`, so that colours and dashes are decided in one place, for light and dark
backgrounds. Texts are set in a fixed-width font: their width is known, and nothing overlaps in one renderer alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

Point = tuple[float, float]
SIZE = 12
"""The size of texts, in points; small ones are SMALL."""
SMALL, LARGE = 10, 15
ADVANCE = 0.602
"""How wide a character of the fixed-width font is, for size 1."""
LEADING = 1.25


@dataclass(frozen=True)
class Look:
    """How something is drawn: a colour for light and for dark backgrounds, a line's width and dashes, a text's style.

    fill   the inside of a box ("" none), as a pair of colours too.
    """

    light: str = "#222222"
    dark: str = "#e6e6e6"
    width: float = 1.3
    dash: str = ""
    size: int = SIZE
    bold: bool = False
    italic: bool = False
    struck: bool = False
    fill: tuple[str, str] = ("", "")


_QUIET = ("#6b6b6b", "#a0a0a0")
LOOKS: dict[str, Look] = {
    "plain": Look(),
    "title": Look(size=LARGE, bold=True),
    "quiet": Look(*_QUIET, size=SMALL),
    "strong": Look(bold=True),
    "state": Look(width=1.4, bold=True, fill=("#ffffff", "#1c1c1c")),
    "lit": Look("#0a5c8f", "#7cc4f0", width=3, bold=True, fill=("#dceefa", "#12344a")),
    "drawn": Look(),
    "not-drawn": Look("#0072b2", "#56b4e9", dash="7 4"),
    "unreachable": Look("#9a9a9a", "#777777", dash="2 4"),
    "added": Look("#00805e", "#3ccfa4", width=2.6),
    "removed": Look("#c04a00", "#ff9d5c", width=1.6, dash="2 3", struck=True),
    "rail": Look("#8a8a8a", "#8a8a8a", width=1.2),
    "alive": Look("#0072b2", "#56b4e9", width=4),
    "segment": Look(width=1.5),
    "stale": Look("#b3560a", "#f0a860", width=1.8, dash="8 3"),
    "copy": Look("#7a4f9e", "#c9a3e6", width=1.5, dash="3 3"),
    "forged": Look("#c0204a", "#ff7d9c", width=2, dash="1 3"),
    "lost": Look("#c0204a", "#ff7d9c", width=1.5, bold=True),
    "clock": Look(*_QUIET, width=0.8, dash="1 5", size=SMALL),
    "violation": Look("#c0204a", "#ff7d9c", width=2, bold=True, fill=("#fdeaef", "#43141f")),
    "holds": Look("#00805e", "#3ccfa4", width=2, bold=True, fill=("#e4f5ef", "#0f3328")),
    "parting": Look("#b38600", "#f0d060", width=1, fill=("#fff6d6", "#3d3410")),
    "loop": Look("#7a4f9e", "#c9a3e6", width=2, bold=True),
    "cell": Look("#5a5a5a", "#b0b0b0", width=0.5),
    "good": Look("#00805e", "#3ccfa4", bold=True, fill=("#e4f5ef", "#0f3328"), width=0.8),
    "bad": Look("#c0204a", "#ff7d9c", bold=True, fill=("#fdeaef", "#43141f"), width=0.8),
    "step": Look("#0072b2", "#56b4e9", bold=True, fill=("#eef6fb", "#12344a")),
}
"""Every look. Colours are Okabe and Ito's, darkened where they carry text; dashes tell the same without colour."""


@dataclass(frozen=True)
class Box:
    """A rectangle by its centre, with lines of text inside; `tip` is shown when pointed at, `key` names it in HTML."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...] = ()
    look: str = "state"
    tip: str = ""
    key: str = ""
    round: float = 4


@dataclass(frozen=True)
class Text:
    """One line of text, its middle at height y; `anchor` start, middle or end tells which part of it stands at x."""

    x: float
    y: float
    text: str
    look: str = "plain"
    anchor: str = "middle"
    tip: str = ""

    @property
    def width(self) -> float:
        """How wide it is."""
        return text_width(self.text, LOOKS[self.look].size)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.anchor]


@dataclass(frozen=True)
class Line:
    """A line through points, with an arrow's head at its end or not; `width` stands in for its look's."""

    points: tuple[Point, ...]
    look: str = "plain"
    arrow: bool = True
    tip: str = ""
    key: str = ""
    width: float | None = None


@dataclass(frozen=True)
class Scene:
    """A picture: its size, title (for those who cannot see it too), and what is in it, in the order of drawing."""

    width: float
    height: float
    title: str
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    texts: tuple[Text, ...] = ()
    description: str = ""

    def moved(self, x: float, y: float) -> Scene:
        """Return the scene with everything in it moved; its size grows by as much."""
        return replace(
            self,
            width=self.width + x,
            height=self.height + y,
            boxes=tuple(replace(box, x=box.x + x, y=box.y + y) for box in self.boxes),
            lines=tuple(replace(line, points=tuple((px + x, py + y) for px, py in line.points)) for line in self.lines),
            texts=tuple(replace(text, x=text.x + x, y=text.y + y) for text in self.texts),
        )

    def beside(self, other: Scene) -> Scene:
        """Return both scenes in one; where they stand is not changed."""
        return replace(
            self,
            width=max(self.width, other.width),
            height=max(self.height, other.height),
            boxes=self.boxes + other.boxes,
            lines=self.lines + other.lines,
            texts=self.texts + other.texts,
        )


@dataclass
class Sheet:
    """A scene in the making."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def write(self, x: float, y: float, lines: Sequence[str], look: str = "plain", anchor: str = "middle") -> None:
        """Write lines below each other, the block's middle at height y."""
        leading = LOOKS[look].size * LEADING
        top = y - leading * (len(lines) - 1) / 2
        self.texts += [Text(x, top + leading * i, line, look, anchor) for i, line in enumerate(lines)]

    def scene(self, width: float, height: float, title: str, description: str = "") -> Scene:
        """Return what was drawn, on a sheet of this size."""
        return Scene(width, height, title, tuple(self.boxes), tuple(self.lines), tuple(self.texts), description)


def text_width(text: str, size: float = SIZE) -> float:
    """Return how wide a line of text is."""
    return len(text) * size * ADVANCE


def crosses(start: Point, end: Point, box: Box, margin: float = 6) -> bool:
    """Return whether a straight line passes through a box."""
    (x1, y1), (x2, y2) = start, end
    left, right = box.x - box.width / 2 - margin, box.x + box.width / 2 + margin
    top, bottom = box.y - box.height / 2 - margin, box.y + box.height / 2 + margin
    enter, leave = 0.0, 1.0
    for origin, delta, low, high in ((x1, x2 - x1, left, right), (y1, y2 - y1, top, bottom)):
        if delta == 0:
            if not low <= origin <= high:
                return False
            continue
        first, last = sorted(((low - origin) / delta, (high - origin) / delta))
        enter, leave = max(enter, first), min(leave, last)
    return enter < leave
