"""State diagrams in the arrangement of RFC 9293's Figure 5: where states stand and which way known edges go.

Only places are typed in here. Which edges there are, and what is written at them, comes from the relation; an edge
that the arrangement does not know is drawn straight where nothing is in its way, else as a stub that names its target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import dist, log10
from textwrap import wrap

from diagrams.labels import Label
from diagrams.layout.scene import LEADING, LOOKS, SMALL, Box, Line, Point, Scene, Sheet, Text, crosses, text_width
from diagrams.states import ADDED, REMOVED, Edge, StateDiagram

LEFT, MIDDLE, RIGHT = 150.0, 470.0, 790.0
SIDE, WIDTH, TOP = 60.0, 1060.0, 60.0
"""The room beside Figure 5 for stubs, the width of all, and the height of the title."""
TITLE = 105
"""How many characters a line of the title has."""
_BOX, _TALL = (132.0, 40.0), (132.0, 72.0)
AGAIN = "CLOSED again"
"""CLOSED stands twice in Figure 5: at the top, and where connections end."""

PLACES: dict[str, Point] = {
    "CLOSED": (MIDDLE, 20), "LISTEN": (MIDDLE, 150), "SYN-RECEIVED": (LEFT, 290), "SYN-SENT": (RIGHT, 290),
    "ESTABLISHED": (MIDDLE, 430), "FIN-WAIT-1": (LEFT, 570), "CLOSE-WAIT": (RIGHT, 570), "FIN-WAIT-2": (LEFT, 710),
    "CLOSING": (MIDDLE, 710), "LAST-ACK": (RIGHT, 710), "TIME-WAIT": (MIDDLE, 850), AGAIN: (RIGHT, 850),
}  # fmt: skip
"""The centre of each state, below the title."""
TO_AGAIN = ("LAST-ACK", "TIME-WAIT")
"""The states whose edge to CLOSED goes to the one at the bottom."""


RIGHT_OF, LEFT_OF, SPLIT = "start", "end", "split"
"""Where a label stands: right of its line, left of it, or above and below."""


@dataclass(frozen=True)
class Route:
    """The way of an edge: its points, and where its label stands."""

    points: tuple[Point, ...]
    at: Point
    anchor: str = SPLIT


ROUTES: dict[tuple[str, str], Route] = {
    ("CLOSED", "LISTEN"): Route(((450, 40), (450, 130)), (442, 85), LEFT_OF),
    ("LISTEN", "CLOSED"): Route(((490, 130), (490, 40)), (498, 92), RIGHT_OF),
    ("CLOSED", "SYN-SENT"): Route(((536, 12), (720, 12), (815, 110), (815, 254)), (790, 62), RIGHT_OF),
    ("SYN-SENT", "CLOSED"): Route(((765, 254), (765, 160), (640, 28), (536, 28)), (757, 205), LEFT_OF),
    ("LISTEN", "SYN-RECEIVED"): Route(((440, 170), (440, 225), (400, 266), (216, 266)), (430, 205), LEFT_OF),
    ("LISTEN", "SYN-SENT"): Route(((500, 170), (500, 225), (540, 266), (724, 266)), (510, 205), RIGHT_OF),
    ("SYN-SENT", "SYN-RECEIVED"): Route(((724, 290), (216, 290)), (330, 290)),
    ("SYN-RECEIVED", "ESTABLISHED"): Route(((216, 314), (400, 314), (440, 355), (440, 410)), (420, 384), LEFT_OF),
    ("SYN-SENT", "ESTABLISHED"): Route(((724, 314), (540, 314), (500, 355), (500, 410)), (520, 384), RIGHT_OF),
    ("SYN-RECEIVED", "LISTEN"): Route(((130, 254), (130, 190), (170, 150), (404, 150)), (290, 150)),
    ("SYN-RECEIVED", "FIN-WAIT-1"): Route(((150, 326), (150, 550)), (158, 440), RIGHT_OF),
    ("ESTABLISHED", "FIN-WAIT-1"): Route(((440, 450), (440, 515), (400, 560), (216, 560)), (430, 490), LEFT_OF),
    ("ESTABLISHED", "CLOSE-WAIT"): Route(((500, 450), (500, 515), (540, 560), (724, 560)), (510, 490), RIGHT_OF),
    ("FIN-WAIT-1", "FIN-WAIT-2"): Route(((120, 590), (120, 690)), (112, 640), LEFT_OF),
    ("FIN-WAIT-1", "CLOSING"): Route(((216, 580), (430, 580), (470, 625), (470, 690)), (478, 640), RIGHT_OF),
    ("CLOSE-WAIT", "LAST-ACK"): Route(((790, 590), (790, 690)), (782, 640), LEFT_OF),
    ("FIN-WAIT-2", "TIME-WAIT"): Route(((120, 730), (120, 810), (160, 858), (404, 858)), (112, 775), LEFT_OF),
    ("CLOSING", "TIME-WAIT"): Route(((470, 730), (470, 830)), (462, 788), LEFT_OF),
    ("LAST-ACK", "CLOSED"): Route(((790, 730), (790, 830)), (782, 780), LEFT_OF),
    ("TIME-WAIT", "CLOSED"): Route(((536, 850), (724, 850)), (630, 850)),
    ("FIN-WAIT-1", "TIME-WAIT"): Route(
        ((190, 590), (240, 645), (240, 800), (280, 842), (404, 842)), (248, 668), "start"
    ),
    ("SYN-SENT", "CLOSE-WAIT"): Route(((805, 326), (805, 550)), (813, 440), RIGHT_OF),
    ("SYN-RECEIVED", "CLOSED"): Route(((100, 254), (100, 60), (140, 20), (404, 20)), (255, 20)),
    ("LISTEN", "ESTABLISHED"): Route(((470, 170), (470, 410)), (478, 336), RIGHT_OF),
}
"""The ways of Figure 5's edges and of some that it leaves out."""
STUBS: dict[str, tuple[float, float]] = {
    "SYN-RECEIVED": (-1, 0.0), "ESTABLISHED": (1, 0.0), "FIN-WAIT-1": (-1, 0.0), "FIN-WAIT-2": (-1, 0.0),
    "CLOSE-WAIT": (1, 0.0), "CLOSING": (1, 0.0), "SYN-SENT": (1, 0.0), "LAST-ACK": (1, 0.0), "TIME-WAIT": (-1, -12.0),
    "LISTEN": (1, 0.0), "CLOSED": (-1, 0.0),
}  # fmt: skip
"""On which side of a state stubs stand (-1 left, 1 right), and how far above its middle."""
_STUB, _FAR = 24.0, 260.0
"""How long a stub is; how far a straight edge may lead."""


def laid_out(diagram: StateDiagram) -> Scene:
    """Return a state diagram in Figure 5's arrangement; states that it does not have stand in rows below it."""
    sheet, boxes = Sheet(), _boxes(diagram)
    sheet.boxes += boxes.values()
    by_pair: dict[tuple[str, str], list[Edge]] = {}
    for edge in diagram.edges:
        by_pair.setdefault((edge.source, edge.target), []).append(edge)
    stubs: dict[str, float] = {}
    for pair, edges in by_pair.items():
        route = ROUTES.get(pair) or _straight(boxes, pair)
        if route is None:
            _stub(sheet, boxes[pair[0]], edges, stubs)
        else:
            _routed(sheet, route, edges)
    height = max(box.y + box.height / 2 for box in boxes.values()) + 26
    height = _legend(sheet, diagram, height)
    wide = sheet.scene(WIDTH - SIDE, height, diagram.title, _in_words(diagram)).moved(SIDE, 0)
    title = wrap(diagram.title, TITLE)
    below = LEADING * LOOKS["title"].size * (len(title) - 1)
    whole, sheet = wide.moved(0, below), Sheet()
    sheet.write(WIDTH / 2, 24 + below / 2, title, "title")
    return replace(whole, texts=(*whole.texts, *sheet.texts))


def _boxes(diagram: StateDiagram) -> dict[str, Box]:
    found, extra = {}, 0
    for state in diagram.states:
        x, y = PLACES.get(state, (0.0, 0.0))
        if state not in PLACES:
            x, y = (LEFT, MIDDLE, RIGHT)[extra % 3], 940.0 + 70 * (extra // 3)
            extra += 1
        found[state] = _box(diagram, state, state, x, y)
    found[AGAIN] = _box(diagram, "CLOSED", AGAIN, *PLACES[AGAIN])
    return found


def _box(diagram: StateDiagram, state: str, key: str, x: float, y: float) -> Box:
    width, height = _TALL if state in ("SYN-RECEIVED", "SYN-SENT") else _BOX
    marks = diagram.current.get(state, "")
    lines = (state, f"({marks})") if marks else (state,)
    return Box(x, y + TOP, width, height, lines, "lit" if marks else "state", key=f"state {key}")


def _straight(boxes: dict[str, Box], pair: tuple[str, str]) -> Route | None:
    """Return a straight way between two states, or None where another state stands in it."""
    source = boxes[pair[0]]
    for name in (AGAIN, pair[1]) if pair[1] == "CLOSED" and pair[0] in TO_AGAIN else (pair[1],):
        target = boxes[name]
        start, end = _border(source, target), _border(target, source)
        if (
            pair[1] == "CLOSED"
            or dist(start, end) > _FAR
            or any(crosses(start, end, box) for key, box in boxes.items() if key not in (pair[0], name))
        ):
            continue
        at = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        return Route(tuple((x, y - TOP) for x, y in (start, end)), (at[0], at[1] - TOP), "middle")
    return None


def _border(box: Box, other: Box) -> Point:
    """Return where the line from a box's middle to another's leaves it."""
    dx, dy = other.x - box.x, other.y - box.y
    scale = min(
        box.width / 2 / abs(dx) if dx else float("inf"),
        box.height / 2 / abs(dy) if dy else float("inf"),
    )
    return box.x + dx * scale, box.y + dy * scale


def _tip(edge: Edge) -> str:
    taken = "" if edge.times is None else f"\ntaken {edge.times:,} times"
    labels = "\n".join(edge.all_labels)
    rules = "; ".join(" ".join(chain) for chain in edge.rules[:6])
    more = f" and {len(edge.rules) - 6} more" if len(edge.rules) > 6 else ""
    return f"{edge.source} to {edge.target}\n{labels}\nrules: {rules}{more}{taken}"


def _width(edge: Edge) -> float | None:
    """Return how wide an edge is drawn when it was counted how often it was taken."""
    return None if edge.times is None else 1.2 + 1.1 * log10(1 + edge.times)


def _routed(sheet: Sheet, route: Route, edges: list[Edge]) -> None:
    points, edge = tuple((x, y + TOP) for x, y in route.points), edges[-1]
    key = f"edge {edge.source} {edge.target}"
    sheet.lines.append(Line(points, edge.kind, tip=_tip(edge), key=key, width=_width(edge)))
    blocks = [block for each in edges for block in _blocks(each)]
    x, y = route.at[0], route.at[1] + TOP
    if route.anchor == SPLIT and len(blocks) == 1 and len(blocks[0].cause) == 1:
        block = blocks[0]
        sheet.texts.append(Text(x, y - 10, block.cause[0], block.kind))
        sheet.texts.append(Text(x, y + 11, "  ".join(block.done), block.kind))
        return
    anchor = "middle" if route.anchor == SPLIT else route.anchor
    aside = {RIGHT_OF: _ASIDE, LEFT_OF: -_ASIDE}.get(anchor, 0.0) if len(blocks) > 1 else 0.0
    top = y - (sum(block.height + 5 for block in blocks) - 5) / 2 + _LEADING / 2
    for block in blocks:
        _write(sheet, block, (x + aside, top), anchor)
        top += block.height + 5


_LEADING, _ASIDE = 15.0, 20.0
"""The distance of lines in a label; how much further several labels of one edge stand from it."""
_LABEL, _STUB_LABEL = 20, 17
"""How many characters a line of a label has, beside a line and at a stub."""


@dataclass(frozen=True)
class _Block:
    """A label: the lines of its cause, and those of what is done."""

    kind: str
    cause: tuple[str, ...]
    done: tuple[str, ...]

    @property
    def height(self) -> float:
        """How high it is."""
        return _LEADING * (len(self.cause) + len(self.done))


def _blocks(edge: Edge) -> Iterator[_Block]:
    """Yield each label; below the last one, how often the edge was taken."""
    counted = () if edge.times is None else (f"{edge.times:,} x",)
    labels = edge.shown or (Label("", ""),)
    for number, each in enumerate(labels):
        more = counted if number == len(labels) - 1 else ()
        yield _Block(edge.kind, _folded(each.cause, _LABEL), (each.action, *more))


def _folded(cause: str, wide: int) -> tuple[str, ...]:
    """Return a cause in lines: alternatives below each other when they are too wide for one."""
    return (cause,) if len(cause) <= wide else tuple(cause.replace(" or ", "\nor ").split("\n"))


def _write(sheet: Sheet, block: _Block, at: Point, anchor: str) -> None:
    x, top = at
    for number, line in enumerate((*block.cause, *block.done)):
        sheet.texts.append(Text(x, top + _LEADING * number, line, block.kind, anchor))
    width = max(text_width(line) for line in (*block.cause, block.done[0]))
    left, y = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor], top + _LEADING * (len(block.cause) - 0.5)
    sheet.lines.append(Line(((left, y), (left + width, y)), "rail", arrow=False, width=0.8))


def _stub(sheet: Sheet, box: Box, edges: list[Edge], stubs: dict[str, float]) -> None:
    """Draw an edge as a short arrow that names its target; `stubs`: how far below the first the next one stands."""
    edge = edges[-1]
    side, lift = STUBS.get(edge.source, (1, 0.0))
    y = box.y - lift + stubs.get(edge.source, 0.0)
    start, end = box.x + side * box.width / 2, box.x + side * (box.width / 2 + _STUB)
    key = f"edge {edge.source} {edge.target}"
    sheet.lines.append(Line(((start, y), (end, y)), edge.kind, tip=_tip(edge), key=key, width=_width(edge)))
    anchor = "start" if side > 0 else "end"
    x = end + side * 5
    sheet.texts.append(Text(x, y, edge.target, edge.kind, anchor))
    words = [line for each in edge.shown for line in _folded(each.cause, _STUB_LABEL)]
    words += [] if edge.times is None else [f"{edge.times:,} x"]
    for number, line in enumerate(words):
        sheet.texts.append(Text(x, y + 13 * (number + 1), line, "quiet", anchor))
    stubs[edge.source] = stubs.get(edge.source, 0.0) + 13 * len(words) + 18


def _legend(sheet: Sheet, diagram: StateDiagram, top: float) -> float:
    """Draw what the looks of edges mean; return where it ends."""
    x, y = 40.0, top + 8
    for kind, words in diagram.legend:
        width = 50 + text_width(words, SMALL) + 26
        if x + width > WIDTH - SIDE:
            x, y = 40.0, y + 20
        sheet.lines.append(Line(((x, y), (x + 40, y)), kind))
        sheet.texts.append(Text(x + 48, y, words, "quiet", RIGHT_OF))
        x += width
    return y + 18


def _in_words(diagram: StateDiagram) -> str:
    """Return the diagram for those who cannot see it."""
    said = []
    for edge in diagram.edges:
        word = {ADDED: " (added)", REMOVED: " (removed)"}.get(edge.kind, "")
        said.append(f"{edge.source} to {edge.target}: {', '.join(str(each) for each in edge.shown)}{word}.")
    return " ".join(said)
