"""Flow charts laid out: the checks down a spine, the rules of each beside it, ending there or going on."""

from __future__ import annotations

from diagrams.flow import Branch, Check, Flow
from diagrams.layout.scene import LOOKS, Box, Line, Scene, Sheet, Text, text_width

SPINE, WIDE, MARGIN = 150.0, 250.0, 16.0
LINE, SPACE, TOP = 17.0, 22.0, 52.0
RULES = SPINE + WIDE / 2 + 40
"""Where rules begin."""
ENDS, GOES_ON = "■", "↓"
"""What is written behind a rule."""


def laid_out(flow: Flow) -> Scene:
    """Return a flow chart as a scene."""
    sheet, y = Sheet(), TOP
    for states, checks in flow.groups:
        sheet.texts.append(Text(MARGIN, y, states, "strong", "start"))
        y = _group(sheet, checks, y + SPACE) + SPACE
    wide = max(text.left + text.width for text in sheet.texts) + MARGIN
    sheet.texts.append(Text(wide / 2, 22, flow.title, "title"))
    sheet.texts.append(Text(RULES, TOP - 8, f"{ENDS} processing ends   {GOES_ON} it goes on", "quiet", "start"))
    every = [check for _, group in flow.groups for check in group]
    said = " ".join(f"{check.title}: {', '.join(branch.id for branch in check.branches)}." for check in every)
    return sheet.scene(wide, y, flow.title, said)


def _group(sheet: Sheet, checks: tuple[Check, ...], y: float) -> float:
    before: float | None = None
    for check in checks:
        height = max(46.0, LINE * len(check.branches) + 12)
        middle = y + height / 2
        lines = (check.title, check.name.partition(" ")[2] or check.name)
        sheet.boxes.append(Box(SPINE, middle, WIDE, 40, lines, "step", tip=check.cite))
        if before is not None:
            sheet.lines.append(Line(((SPINE, before), (SPINE, middle - 20)), "drawn"))
        before = middle + 20
        top = middle - LINE * (len(check.branches) - 1) / 2
        for number, branch in enumerate(check.branches):
            _branch(sheet, branch, (SPINE + WIDE / 2, middle), top + LINE * number)
        y += height + SPACE
    return y


def _branch(sheet: Sheet, branch: Branch, start: tuple[float, float], y: float) -> None:
    sheet.lines.append(Line((start, (start[0] + 16, y), (RULES - 6, y)), "rail", arrow=False))
    sheet.texts.append(Text(RULES, y, branch.id, "strong", "start"))
    x = RULES + 58
    sheet.texts.append(Text(x, y, branch.title, "quiet", "start"))
    x += text_width(branch.title, LOOKS["quiet"].size) + 12
    look = "alive" if "enter" in branch.does else "plain"
    end = {"": ENDS, "next": GOES_ON}.get(branch.onwards, f"{GOES_ON} {branch.onwards}")
    sheet.texts.append(Text(x, y, f"{branch.does}  {end}".strip(), look, "start"))
