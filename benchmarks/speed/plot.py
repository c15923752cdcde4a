"""Two curves over a common axis of states, all axes logarithmic, as SVG that needs no style of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 64, 64, 36, 48
INK, GRID = "#333333", "#dddddd"


@dataclass(frozen=True)
class Curve:
    """One curve: what it shows, with its unit, its colour, and a value greater than 0 for each abscissa."""

    says: str
    colour: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from one power of ten to another, and between which pixels it lies."""

    low: int
    high: int
    begin: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], begin: float, end: float) -> Axis:
        """Return the shortest axis that has room for the values."""
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        return cls(low, max(high, low + 1), begin, end)

    def at(self, value: float) -> float:
        """Return where a value lies, in pixels."""
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten on it."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def label(value: float) -> str:
    """Return a power of ten in words."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def plot(title: str, across: str, abscissae: Sequence[float], one: Curve, other: Curve) -> str:
    """Return the picture: one curve measured at the left, the other at the right."""
    x = Axis.over(abscissae, LEFT, WIDTH - RIGHT)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tick in x.ticks:
        lines += [_line(x.at(tick), TOP, x.at(tick), HEIGHT - BOTTOM, GRID)]
        lines += [_text(x.at(tick), HEIGHT - BOTTOM + 16, label(tick), "middle", INK)]
    lines.append(_text(WIDTH / 2, HEIGHT - 10, across, "middle", INK))
    for curve, edge, anchor, aside in ((one, LEFT, "end", -6), (other, WIDTH - RIGHT, "start", 6)):
        y = Axis.over(curve.values, HEIGHT - BOTTOM, TOP)
        if curve is one:
            lines += [_line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), GRID) for tick in y.ticks]
        lines += [_text(edge + aside, y.at(tick) + 4, label(tick), anchor, curve.colour) for tick in y.ticks]
        lines.append(_text(edge, TOP - 14, curve.says, "start" if curve is one else "end", curve.colour))
        spots = [(x.at(value), y.at(height)) for value, height in zip(abscissae, curve.values, strict=True)]
        path = " ".join(f"{across_:.1f},{up:.1f}" for across_, up in spots)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{curve.colour}" stroke-width="2"/>')
        lines += [f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3" fill="{curve.colour}"/>' for cx, cy in spots]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str) -> str:
    return f'<text font-size="11" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
