"""Layouts: nothing stands in the way of anything, in any state diagram, ladder, comparison, flow chart or table."""

from __future__ import annotations

import pytest

from checker import pictures
from checker.compare import compared
from checker.run_compare import has_run
from diagrams.flow import segment_arrives
from diagrams.grid import Cell, Grid
from diagrams.layout import scene_of
from diagrams.layout.figure5 import AGAIN, PLACES, ROUTES, TO_AGAIN
from diagrams.layout.scene import Box, Line, Scene, crosses
from diagrams.sequence import RELATIVE
from diagrams.states import StateDiagram, difference, state_diagram
from spec.properties.figure5 import DRAWN
from spec.variants import VARIANTS
from spec.vocabulary import STATES
from tests.diagrams.overlaps import overlaps
from tests.diagrams.runs import VARIANTS_DRAWN, failing

BASE = VARIANTS["three-way"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_overlaps_in_a_state_diagram(variant: str) -> None:
    relation = VARIANTS[variant].relation
    assert overlaps(scene_of(state_diagram(relation))) == []
    assert overlaps(scene_of(difference(BASE.relation, relation))) == []


def test_nothing_overlaps_in_a_diagram_with_counts() -> None:
    taken = dict.fromkeys(ROUTES, 1234567)
    assert overlaps(scene_of(state_diagram(BASE.relation, taken=taken))) == []


def test_the_arrangement_is_that_of_figure_5() -> None:
    assert set(PLACES) == {*STATES, AGAIN}
    assert set(DRAWN) <= set(ROUTES)
    assert PLACES["CLOSED"][1] < PLACES["LISTEN"][1] < PLACES["SYN-SENT"][1] < PLACES["ESTABLISHED"][1]
    assert PLACES["SYN-RECEIVED"][0] < PLACES["LISTEN"][0] < PLACES["SYN-SENT"][0]


def scene_boxes(scene: Scene) -> dict[str, Box]:
    return {box.key.removeprefix("state "): box for box in scene.boxes}


def test_known_edges_lead_from_state_to_state_and_through_no_other() -> None:
    scene = scene_of(state_diagram(BASE.relation))
    boxes = scene_boxes(scene)
    lines = [line for line in scene.lines if line.key.startswith("edge ")]
    assert len(lines) == 29
    for line in lines:
        _, source, target = line.key.split(" ")
        name = AGAIN if target == "CLOSED" and source in TO_AGAIN else target
        assert at_border(boxes[source], line.points[0])
        stub = (source, target) not in ROUTES
        assert stub or at_border(boxes[name], line.points[-1]), line.key
        assert not [key for key, box in boxes.items() if key not in (source, name) and through(line, box)]


def at_border(box: Box, point: tuple[float, float]) -> bool:
    dx, dy = abs(point[0] - box.x) - box.width / 2, abs(point[1] - box.y) - box.height / 2
    return max(dx, dy) == pytest.approx(0, abs=0.5)


def through(line: Line, box: Box) -> bool:
    return any(crosses(a, b, box, 0) for a, b in zip(line.points, line.points[1:], strict=False))


def test_a_state_that_figure_5_lacks_stands_below_it() -> None:
    diagram = StateDiagram("one more", (*STATES, "COOKIE-WAIT"), ())
    boxes = scene_boxes(scene_of(diagram))
    assert boxes["COOKIE-WAIT"].y > boxes["TIME-WAIT"].y
    assert overlaps(scene_of(diagram)) == []


@pytest.mark.parametrize("variant", VARIANTS_DRAWN)
def test_nothing_overlaps_in_ladders_and_comparisons(variant: str) -> None:
    drawn = 0
    for verdict in failing(variant):
        trace = verdict.judgement.trace
        assert trace is not None
        for picture in (pictures.run(trace), pictures.run(trace, numbers=RELATIVE)):
            assert overlaps(scene_of(picture)) == [], verdict.about.id
            drawn += 1
        if has_run(verdict) and variant != BASE.name:
            pair = pictures.side_by_side(compared(verdict.about, verdict.judgement.part, trace, BASE))
            assert overlaps(scene_of(pair)) == [], verdict.about.id
    assert drawn >= 2


@pytest.mark.parametrize("variant", ["three-way", "hold", "syn-cookies"])
def test_nothing_overlaps_in_a_flow_chart(variant: str) -> None:
    relation = VARIANTS[variant].relation
    assert overlaps(scene_of(segment_arrives(relation))) == []
    for state in relation.states:
        assert overlaps(scene_of(segment_arrives(relation, [state]))) == []


def test_nothing_overlaps_in_a_table() -> None:
    rows = tuple((f"row {n}", (Cell("holds", "good"), Cell("fails after very many steps", "bad"))) for n in range(5))
    assert overlaps(scene_of(Grid("A long title " * 12, "rows", ("one", "another column"), rows))) == []
