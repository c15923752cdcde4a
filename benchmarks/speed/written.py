"""What was measured, as lines for a terminal and as tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.speed.growth import Point
from benchmarks.speed.rows import MEMORY, Compared, Row

HEAD = (
    "what",
    "the peer at its best",
    "theirs",
    "ours",
    "theirs / ours (least-most)",
    "must",
    "aim",
    "",
)
APART = ("what", "counts, everybody's", "the peer's building", "our tables", "MiB, theirs", "MiB, ours")
GROWN = (
    "capacity, losses, duplicates, retransmissions", "states", "transitions", "depth", "exploring", "tables", "MiB",
    "bytes a state", "microseconds a state",
)  # fmt: skip


def title(row: Row) -> str:
    """Return a row's question in words."""
    model = "the real relation, scenario standard" if row.capacity is None else f"K={row.capacity}"
    cold = ", cold" if row.cold else ", repeated" if row.kind.startswith("whole") else ""
    return f"{row.kind}{cold}, {model}"


def _figures(compared: Compared) -> tuple[str, str]:
    theirs, ours = compared.ratios.medians
    unit = "MiB" if compared.row.kind == MEMORY else "s"
    digits = 0 if compared.row.kind == MEMORY else 3
    return f"{theirs:.{digits}f} {unit}", f"{ours:.{digits}f} {unit}"


def reached(compared: Compared) -> str:
    """Return what the ratio reaches, in a word."""
    ratio, row = compared.ratios.median, compared.row
    return "aim" if ratio >= row.aim else "must" if ratio >= row.must else "below"


def line(compared: Compared) -> str:
    """Return a row as a line for a terminal."""
    theirs, ours = _figures(compared)
    row = compared.row
    wanted = f"must {row.must:g}, aim {row.aim:g}: {reached(compared)}"
    return f"{title(row)}: {compared.rival} {theirs}, ours {ours}: {compared.ratios} ({wanted})"


def table(done: Sequence[Compared]) -> str:
    """Return everything in Markdown: the ratios, and what stands apart from them."""
    ratios, apart = [HEAD], [APART]
    for one in done:
        row = one.row
        wanted = (f"{row.must:g}", f"{row.aim:g}", reached(one))
        ratios.append((title(row), one.rival, *_figures(one), str(one.ratios), *wanted))
        memory = (f"{one.memory[0]:.0f}", f"{one.memory[1]:.0f}")
        apart.append((title(row), one.counts, f"{one.building:.2f} s", f"{one.tabling:.3f} s", *memory))
    return f"{rows(ratios)}\n{rows(apart)}"


def rows(lines: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, the first line its head."""
    marked = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in marked)


def _cells(point: Point) -> tuple[str, ...]:
    many = f"{point.states:,}{' (limit)' if point.stopped else ''}"
    counts = (", ".join(map(str, point.bounds)), many, f"{point.transitions:,}", str(point.depth))
    each = 1e6 * point.seconds / point.states
    seconds = (f"{point.exploring:.2f} s", f"{point.tabling:.2f} s")
    return *counts, *seconds, f"{point.mebibytes:,.0f}", f"{point.bytes_per_state:,.0f}", f"{each:.2f}"


def point_line(point: Point) -> str:
    """Return one exploration as a line for a terminal."""
    return ", ".join(f"{name} {cell}" for name, cell in zip(GROWN, _cells(point), strict=True))


def curve(found: Sequence[Point]) -> str:
    """Return how cost grows as a table in Markdown."""
    return "\n" + rows([GROWN, *map(_cells, found)])
