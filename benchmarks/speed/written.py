"""What was measured, as lines for a terminal and as tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

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
