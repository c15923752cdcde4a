"""Two runs of one schedule side by side: the same rows, what differs marked, what is shown said below each."""

from __future__ import annotations

from dataclasses import replace

from diagrams.layout.ladder import heights, laid_out
from diagrams.layout.scene import Line, Scene, Text
from diagrams.sequence import SideBySide

TITLE, BETWEEN = 44.0, 30.0
"""The height of the title, and the room between the ladders."""


def beside(pair: SideBySide) -> Scene:
    """Return both runs in one picture."""
    rows = heights(pair.left, pair.right)
    first, second = (laid_out(ladder, rows) for ladder in (pair.left, pair.right))
    whole = first.moved(0, TITLE).beside(second.moved(first.width + BETWEEN, TITLE))
    middle = first.width + BETWEEN / 2
    line = Line(((middle, TITLE + 8), (middle, whole.height - 8)), "rail", arrow=False)
    texts = (Text(whole.width / 2, 22, pair.title, "title"), Text(whole.width / 2, 42, pair.subtitle, "quiet"))
    return replace(
        whole,
        title=pair.title,
        description=f"Left: {first.description} Right: {second.description}",
        texts=(*whole.texts, *texts),
        lines=(*whole.lines, line),
    )
