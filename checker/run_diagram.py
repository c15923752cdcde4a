"""The `diagram` command: draw what is asked, print it or save it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from checker import pictures, show
from checker.delivery import Tell, check_writable, deliver, telling, write_whole
from checker.output import complain
from checker.usage import UsageError, known
from checker.verify import filled
from checker.worlds import world_named
from diagrams import flow, pairs
from diagrams.pictured import Pictured
from diagrams.render import FORMATS, CannotShow, form_of, render
from diagrams.render.graphviz import REMEDY, NoGraphviz
from diagrams.sequence import ABSOLUTE, RELATIVE
from diagrams.states import difference, state_diagram
from spec.matrices import MATRICES
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.variants.variant import Variant
from spec.vocabulary import STATES

KINDS = {
    "states": "the state diagram as in Figure 5 (--against: what differs; --reached: what happens in a scenario)",
    "ladder": "a run as a message sequence: of a saved trace (FILE), or the shortest that breaks --property",
    "pairs": "the pairs of states, of A and of B, that are reached in a world",
    "flow": "how an arriving segment is processed (--state: in that state alone)",
    "matrix": "a table of verdicts by name, such as time-wait-drained",
}


def run_diagram(flags: argparse.Namespace) -> int:
    """Draw what the flags ask and print or save it; return the exit code."""
    form = chosen_form(flags.format, flags.output)
    if flags.output is not None:
        check_writable(flags.output)
    with telling() as tell:
        picture = _picture(flags, tell)
    save(picture, form, flags.output)
    return 0


def chosen_form(named: str | None, output: Path | None) -> str:
    """Return the format asked for by name or by a file's suffix. Raise UsageError for one that does not exist."""
    if named is not None:
        return known("format", named, list(FORMATS))
    form = None if output is None else form_of(output.name)
    if output is not None and form is None:
        raise UsageError(f"-o {output}: its suffix names no format; give --format: {', '.join(FORMATS)}.")
    return form or "text"


def save(picture: Pictured, form: str, output: Path | None) -> None:
    """Print a picture, or write it to a file whole. Raise UsageError where it cannot be shown so, or drawn here."""
    try:
        data = render(picture, form)
    except CannotShow as error:
        raise UsageError(f"--format: {error}.") from error
    except NoGraphviz as error:
        _instead(picture, form, output)
        raise UsageError(f"{form} needs Graphviz: {REMEDY}.") from error
    if output is not None:
        write_whole(output, data)
    elif form in ("png", "pdf"):
        sys.stdout.buffer.write(data)
    else:
        deliver(None, data.decode())


def _instead(picture: Pictured, form: str, output: Path | None) -> None:
    """Write the DOT that a drawing would be made of beside where it should go, and say how to finish the job."""
    if output is None:
        return
    dot = output.with_suffix(".dot")
    write_whole(dot, render(picture, "dot"))
    engine = "dot" if isinstance(picture, pairs.PairGraph) else "neato"
    complain(f"wrote {dot} instead; once Graphviz is there: {engine} -T{form} {dot} -o {output}")


def _picture(flags: argparse.Namespace, tell: Tell | None) -> Pictured:
    variant = VARIANTS[known("variant", flags.variant, list(VARIANTS))]
    match flags.kind:
        case "states":
            return _states(variant, flags)
        case "ladder":
            trace = _trace(variant, flags)
            return pictures.run(trace, numbers=RELATIVE if flags.relative else ABSOLUTE)
        case "pairs":
            return _pairs(variant, flags)
        case "flow":
            states = [known("state", name.upper(), list(STATES)) for name in flags.state or ()]
            return flow.segment_arrives(variant.relation, states)
        case _:
            return _matrix(flags, tell)


def _states(variant: Variant, flags: argparse.Namespace) -> Pictured:
    if flags.against is not None:
        old = VARIANTS[known("variant", flags.against, list(VARIANTS))]
        return difference(old.relation, variant.relation)
    if flags.reached is None and flags.world is None:
        return state_diagram(variant.relation)
    worlds = [world_named(None, flags.world)] if flags.world is not None else SCENARIOS[_scenario(flags.reached)].worlds
    return pictures.reached(variant, [world for world in worlds if world.network.lifetime is None or flags.world])


def _scenario(name: str) -> str:
    return known("scenario", name, list(SCENARIOS))


def _trace(variant: Variant, flags: argparse.Namespace) -> Trace:
    """Return the run to be drawn: a saved one, or the shortest that breaks a property."""
    if flags.file is not None:
        return show.replayed(flags.file)[0]
    if flags.property is None:
        raise UsageError("diagram ladder: name a saved trace, or a property with --property whose run is to be drawn.")
    name = known("property", flags.property.upper(), list(PROPERTIES))
    return pictures.breaking(variant, name, _scenario(flags.scenario))


def _pairs(variant: Variant, flags: argparse.Namespace) -> Pictured:
    world = world_named(None, flags.world)
    graph = pictures.pair_graph(variant, world)
    if len(graph.edges) > pairs.READABLE and not flags.all:
        raise UsageError(
            f"world {world.name} has {len(graph.edges)} changes between {len(graph.nodes)} pairs of states, more than "
            f"the {pairs.READABLE} that can be read on a page; choose a smaller --world, or --all to draw them all."
        )
    return graph


def _matrix(flags: argparse.Namespace, tell: Tell | None) -> Pictured:
    matrices = {**MATRICES["deep"], **MATRICES["standard"]}
    wanted = str(flags.file or "")
    if not wanted:
        raise UsageError(f"diagram matrix: name a table: {', '.join(matrices)}.")
    matrix = matrices[known("table", wanted, list(matrices))]
    return pictures.grid(filled(matrix, progress=None if tell is None else lambda label, *_: tell(label)))
