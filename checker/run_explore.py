"""The `explore` command: a world walked by hand, at a prompt or by commands piped in."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable

from checker import itf
from checker.delivery import Tell, colour, telling
from checker.exits import EXIT_OK
from checker.explore.graph import Graph, Limits
from checker.flag_words import policy
from checker.output import emit
from checker.report.style import Style
from checker.session import COMMANDS, Opened, Session
from checker.usage import UsageError, known
from checker.walk import Walk
from checker.worlds import world_named
from spec.environment import World
from spec.trace import Trace
from spec.variants import VARIANTS

MOST_STATES = 10**9
"""The largest --max-states."""


def run_explore(flags: argparse.Namespace) -> int:
    """Explore the world that was chosen, then answer commands until `quit` or the end of input; return the exit code.

    Raise UsageError for flags that name nothing. A command that goes wrong is answered in a sentence, no more.
    """
    if not 1 <= flags.max_states <= MOST_STATES:
        raise UsageError(f"--max-states: must be a number from 1 to {MOST_STATES:,}, not {flags.max_states!r}.")
    if flags.html is not None:
        emit(_page(flags))
        return EXIT_OK
    limits = Limits(states=flags.max_states)
    opened = _opened(limits)
    walk = _explored(*_chosen(flags), limits) if flags.load is None else opened(_loaded(flags), None)
    session = Session(walk, opened, Style(colour=colour(flags.color, to_file=False)))
    emit(session.opening())
    if sys.stdin is not None and sys.stdin.isatty():
        _talk(session)
    else:
        _read(session)
    return EXIT_OK


def _page(flags: argparse.Namespace) -> str:
    """Write the world as a page instead of walking it here; return a sentence about it."""
    from checker.run_page import write_world

    if flags.load is not None:
        raise UsageError("--html: shows a world; a saved run is shown by `trace FILE --html OUT`, not by --load.")
    name, world = _chosen(flags)
    return write_world(flags.html, VARIANTS[name], world, flags.max_states)


def _loaded(flags: argparse.Namespace) -> Trace:
    """Return the run to begin with. Raise UsageError when other flags say where it is to be."""
    given = [f"--{name}" for name in ("variant", "scenario", "world", "isn") if getattr(flags, name) is not None]
    if given:
        raise UsageError(f"--load: the run says its variant and its world: leave out {', '.join(given)}.")
    return itf.load(flags.load)


def _chosen(flags: argparse.Namespace) -> tuple[str, World]:
    """Return the variant's name and the world that flags name."""
    name = known("variant", flags.variant or "three-way", list(VARIANTS))
    world = world_named(flags.scenario, flags.world)
    isn = policy(flags.isn, "--isn") if flags.isn is not None else VARIANTS[name].isn
    return name, world if isn is None else world.with_isn(isn)


def _opened(limits: Limits) -> Opened:
    """Return what opens a saved run: in the walk at hand if its world is that one, else in a new one."""

    def opened(trace: Trace, walk: Walk | None) -> Walk:
        if walk is None or (trace.variant, trace.world) != (walk.variant.name, walk.world):
            walk = _explored(trace.variant, trace.world, limits)
        walk.follow(trace)
        return walk

    return opened


def _explored(variant: str, world: World, limits: Limits) -> Walk:
    """Return a walk through a world, explored while a line on a terminal's stderr says how far that is."""
    with telling() as tell:
        progress = None if tell is None else _progress(tell, f"{variant} in {world.name}")
        return Walk(VARIANTS[variant], world, limits=limits, progress=progress)


def _progress(tell: Tell, label: str) -> Callable[[Graph, int], None]:
    return lambda graph, done: tell(f"{label}: {done:,} of {len(graph.states):,} states expanded, depth {graph.depth}")


def _read(session: Session) -> None:
    """Answer the lines of standard input, a blank line before each answer; nobody is prompted."""
    try:
        for line in sys.stdin or ():
            answer = session.answer(line)
            emit(f"\n{answer}" if answer else "")
            if session.left:
                return
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not text ({error.reason}).") from error


def _talk(session: Session) -> None:
    """Prompt for lines and answer them. Ctrl-C gives up a line or an answer; twice at the prompt, it leaves."""
    _complete(session)
    cancelled = False
    while not session.left:
        try:
            line = input(f"{session.walk.position}> ")
        except EOFError:
            emit("\n")
            return
        except KeyboardInterrupt:
            emit("\n" if cancelled else "\n(Ctrl-C again, Ctrl-D or quit leaves)\n")
            if cancelled:
                return
            cancelled = True
            continue
        cancelled = False
        try:
            emit(session.answer(line))
        except KeyboardInterrupt:
            emit("\ninterrupted; nothing was changed.\n")


def _complete(session: Session) -> None:
    """Let the Tab key complete commands, TCP states and properties, where the system can."""
    with contextlib.suppress(ImportError):
        import readline

        words = [*COMMANDS, *session.words()]

        def completion(text: str, number: int) -> str | None:
            found = [f"{word} " for word in words if word.upper().startswith(text.upper())]
            return found[number] if number < len(found) else None

        readline.set_completer_delims(" ")
        readline.set_completer(completion)
        readline.parse_and_bind("tab: complete")
