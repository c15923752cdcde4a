"""State diagrams made small: boxes keep their size and order, lines still end at them."""

from __future__ import annotations

from diagrams.layout import figure5
from diagrams.layout.scene import Box, Line, Scene
from diagrams.layout.small import small
from diagrams.states import state_diagram
from spec.variants import VARIANTS

WHOLE = figure5.laid_out(state_diagram(VARIANTS["three-way"].relation))
SMALL = small(WHOLE)


def test_boxes_keep_their_size_and_their_order() -> None:
    assert [(b.key, b.width, b.height) for b in SMALL.boxes] == [(b.key, b.width, b.height) for b in WHOLE.boxes]
    for axis in ("x", "y"):
        places = [(getattr(b, axis), getattr(s, axis)) for b, s in zip(WHOLE.boxes, SMALL.boxes, strict=True)]
        assert [new for _, new in sorted(places)] == sorted(new for _, new in places)
    assert SMALL.width < 0.7 * WHOLE.width
    assert SMALL.height < 0.7 * WHOLE.height


def test_edges_are_all_there_and_begin_at_their_states() -> None:
    keys = [line.key for line in WHOLE.lines if line.key]
    assert [line.key for line in SMALL.lines] == keys
    boxes = {box.key: box for box in SMALL.boxes}
    for line in SMALL.lines:
        x, y = line.points[0]
        box = boxes[f"state {line.key.split()[1]}"]
        assert abs(x - box.x) <= box.width / 2 + 1
        assert abs(y - box.y) <= box.height / 2 + 1


def test_nothing_sticks_out() -> None:
    for x, y in (point for line in SMALL.lines for point in line.points):
        assert 0 < x < SMALL.width
        assert 0 < y < SMALL.height


def test_what_is_written_and_lines_without_a_key_are_left_out() -> None:
    scene = Scene(
        300, 100, "two", (Box(50, 50, 40, 40), Box(250, 50, 40, 40)),
        (Line(((70, 50), (230, 50)), key="edge"), Line(((0, 90), (40, 90)))),
    )  # fmt: skip
    shrunk = small(scene)
    assert shrunk.texts == ()
    (line,) = shrunk.lines
    (left, _), (right, _) = line.points
    assert 0 < right - left < 160
    first, second = shrunk.boxes
    assert (left, right) == (first.x + 20, second.x - 20)
