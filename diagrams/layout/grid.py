"""Tables laid out: as wide as their words."""

from __future__ import annotations

from dataclasses import replace
from textwrap import wrap

from diagrams.grid import Grid
from diagrams.layout.scene import ADVANCE, LEADING, LOOKS, Box, Scene, Sheet, Text, text_width

ROW, SPACE, TOP, MARGIN = 26.0, 22.0, 70.0, 16.0
NARROWEST = 560.0
"""However few columns there are, the title needs this much."""


def laid_out(grid: Grid) -> Scene:
    """Return a table as a scene."""
    sheet = Sheet()
    first = max(text_width(text) for text in (grid.head, *(label for label, _ in grid.rows))) + SPACE
    widths = [
        max(text_width(column), *(text_width(cells[i].text) for _, cells in grid.rows)) + SPACE
        for i, column in enumerate(grid.columns)
    ]
    lefts = [MARGIN + first + sum(widths[:i]) for i in range(len(widths))]
    sheet.texts.append(Text(MARGIN, TOP - 16, grid.head, "quiet", "start"))
    for left, width, column in zip(lefts, widths, grid.columns, strict=True):
        sheet.texts.append(Text(left + width / 2, TOP - 16, column, "strong"))
    for number, (label, cells) in enumerate(grid.rows):
        y = TOP + ROW * (number + 0.5)
        sheet.texts.append(Text(MARGIN, y, label, "plain", "start"))
        for left, width, cell in zip(lefts, widths, cells, strict=True):
            sheet.boxes.append(Box(left + width / 2, y, width, ROW, (cell.text,), cell.mood or "cell", round=0))
    wide = MARGIN * 2 + first + sum(widths)
    said = "; ".join(
        f"{label}: {', '.join(f'{c} {cell.text}' for c, cell in zip(grid.columns, cells, strict=True))}"
        for label, cells in grid.rows
    )
    wide = max(wide, NARROWEST)
    title = wrap(grid.title, int(wide / (LOOKS["strong"].size * ADVANCE)) - 4)
    below = LEADING * LOOKS["strong"].size * (len(title) - 1)
    scene = sheet.scene(wide, TOP + ROW * len(grid.rows) + MARGIN, grid.title, said).moved(0, below)
    sheet = Sheet()
    sheet.write(wide / 2, 22 + below / 2, title, "strong")
    return replace(scene, width=wide, texts=(*scene.texts, *sheet.texts))
