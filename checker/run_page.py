"""Pages to walk through: a world that is explored, or a saved run that is replayed, as one HTML file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from checker import pictures, show
from checker.delivery import telling, write_whole
from checker.page import page_of
from checker.report import text as report
from diagrams.render.html import page
from diagrams.sequence import Verdict
from diagrams.walkable import from_trace
from spec.environment import World
from spec.language.beside import Property
from spec.trace import Trace
from spec.variants import VARIANTS, Variant


def write_world(path: Path, variant: Variant, world: World, most: int) -> str:
    """Write the page of a world, explored while a line on a terminal's stderr tells how far that is; say what it is."""
    with telling() as tell:
        label = f"{variant.name} in {world.name}"
        walk = page_of(
            variant,
            world,
            most=most,
            progress=None if tell is None else lambda graph, _: tell(f"{label}: {len(graph.states):,} states"),
        )
    return _write(path, page(walk), walk.subtitle.removeprefix(world.title).strip())


def write_trace(path: Path, source: Path) -> str:
    """Write the page of a saved run and say what it is. Raise TraceFileError when it does not replay."""
    trace, about = show.replayed(source)
    ladder = pictures.run(trace)
    if about is not None:
        ladder = replace(ladder, title=f"{about.id} {about.name}: {ladder.title}")
    walk = from_trace(trace, VARIANTS[trace.variant].relation, ladder)
    if about is not None and ladder.verdict is not None:
        walk = replace(walk, verdict=replace(ladder.verdict, lines=_told(ladder.verdict, trace, about)))
    return _write(path, page(walk, ladder), f"A run of {len(trace.steps)} steps, replayed.")


def _told(verdict: Verdict, trace: Trace, about: Property) -> tuple[str, ...]:
    """Return what a run shows, and why."""
    always = about.parts and about.parts[trace.part].kind == "always"
    return (verdict.lines[0], about.sentence, *(report.why(trace, about, trace.part) if always else ()))


def _write(path: Path, text: str, what: str) -> str:
    write_whole(path, text)
    return f"{path}: {what} {len(text.encode()) / 1e6:.1f} million bytes; open it in a browser.\n"
