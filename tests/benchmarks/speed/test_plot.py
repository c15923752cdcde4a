from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.speed.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axis, Curve, label, plot

SVG = "{http://www.w3.org/2000/svg}"
POINTS = st.lists(st.tuples(st.integers(1, 10**9), st.floats(1e-3, 1e6), st.floats(1e-3, 1e6)), min_size=1, max_size=8)


@given(POINTS)
def test_every_point_lies_inside_the_axes(points: list[tuple[int, float, float]]) -> None:
    across, one, other = zip(*points, strict=True)
    text = plot("cost", "states", across, Curve("s", "blue", one), Curve("MiB", "red", other))
    circles = list(ET.fromstring(text).iter(f"{SVG}circle"))  # noqa: S314  # our own
    assert len(circles) == 2 * len(points)
    for circle in circles:
        assert LEFT - 0.1 <= float(circle.attrib["cx"]) <= WIDTH - RIGHT + 0.1
        assert TOP - 0.1 <= float(circle.attrib["cy"]) <= HEIGHT - BOTTOM + 0.1


@given(st.lists(st.floats(1e-6, 1e9), min_size=1))
def test_an_axis_begins_and_ends_at_powers_of_ten_round_its_values(values: list[float]) -> None:
    axis = Axis.over(values, 0, 100)
    assert axis.low < axis.high
    assert all(-1e-6 <= axis.at(value) <= 100 + 1e-6 for value in values)
    assert len(axis.ticks) == axis.high - axis.low + 1


def test_powers_of_ten_are_written_out() -> None:
    assert [label(value) for value in (0.01, 1.0, 1e6)] == ["0.01", "1", "1,000,000"]


def test_words_are_escaped() -> None:
    text = plot("a < b", "x & y", [1, 10], Curve("s", "blue", (1, 2)), Curve("m", "red", (1, 2)))
    assert "a &lt; b" in text
    assert "x &amp; y" in text
