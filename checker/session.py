"""What the commands of `explore` do and answer: a line in, a text out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from checker import itf, show
from checker.delivery import write_whole
from checker.explore.choices import Used
from checker.output import wrapped
from checker.replay import replay
from checker.report import steps
from checker.report.style import Style
from checker.report.text import why
from checker.usage import UsageError
from checker.walk import Option, Walk
from spec.environment import ENDS
from spec.language import nearest
from spec.properties import PROPERTIES
from spec.trace import Trace
from spec.vocabulary import STATES

Opened = Callable[[Trace, Walk | None], Walk]
"""Opens a saved run, given the walk at hand: returns that one or a new one, at the run's end."""

COMMANDS = {
    "look": ("look", "the present state and the steps that are enabled in it (a number takes one)"),
    "all": ("all", "likewise, with the steps that change nothing and those that bounds cut off"),
    "why": ("why N", "what step N would do, rule by rule; why ID explains a rule or a property"),
    "undo": ("undo [N]", "go back a step, or N"),
    "redo": ("redo [N]", "go forward again"),
    "jump": ("jump N", "go to step N of this run; 0 is its beginning"),
    "restart": ("restart", "begin a new run"),
    "goto": ("goto STATE [STATE]", "the shortest way until an end is in a state, or A and B are; - is any"),
    "break": ("break PROPERTY", "the shortest way to where a property breaks"),
    "ladder": ("ladder [-v]", "the run so far as a ladder; with -v all that changed"),
    "tcb": ("tcb [all]", "both TCBs: what is not as at the beginning, or all"),
    "world": ("world", "what bounds this world"),
    "save": ("save FILE", "write the run so far, replayed, as ITF; `trace FILE` shows it"),
    "load": ("load FILE", "go to the end of a saved run, in its own world"),
    "help": ("help", "this list"),
    "quit": ("quit", "leave; so do Ctrl-D and the end of input"),
}
"""Every command: how it is written, what it does."""


class Session:
    """A walk and the commands that move it; `left` once it is over."""

    def __init__(self, walk: Walk, opened: Opened, style: Style) -> None:
        self.walk, self.opened, self.style = walk, opened, style
        self.left = False

    def opening(self) -> str:
        """Return what is said first: which world this is, how much of it is known, the first state."""
        return "\n".join([*self._world_lines(), "A number takes a step, help lists the commands.", "", self._look()])

    def words(self) -> list[str]:
        """Return the names that commands take."""
        return [*STATES, *PROPERTIES, *(rule.id for rule in self.walk.variant.relation.rules)]

    def answer(self, line: str) -> str:
        """Carry out one line and return the answer, "" for a blank line or one that begins with #.

        What is wrong is answered in a sentence and changes nothing. Raise ReplayError when a run of the explorer's is
        none of the rules': that is an internal error.
        """
        line = line.expandtabs().strip()
        if not line or line.startswith("#"):
            return ""
        try:
            return self._answer(_split(line))
        except UsageError as error:
            return self.style.bad(str(error)) + "\n"

    def _answer(self, words: Sequence[str]) -> str:
        word, *rest = words
        if re.fullmatch(r"[0-9]{1,9}", word):
            _arguments("N", rest, 0)
            self.walk.take(int(word))
            return self._look()
        name = _command(word)
        if name in ("goto", "break", "ladder", "save", "load", "why"):
            return str(getattr(self, f"_{name}")(rest))
        if name in ("undo", "redo", "jump"):
            return self._move(name, rest)
        _arguments(COMMANDS[name][0], rest, 1 if name == "tcb" else 0)
        return self._plain(name, rest)

    def _plain(self, name: str, rest: Sequence[str]) -> str:
        """Answer the commands without arguments."""
        match name:
            case "tcb":
                return self._tcb(rest)
            case "world":
                return "\n".join([*self._world_lines(), *self._bounds()]) + "\n"
            case "help":
                return "".join(f"  {usage:<20}{text}\n" for usage, text in COMMANDS.values())
            case "quit":
                self.left = True
                return ""
            case "restart":
                self.walk.restart()
        return self._look(every=name == "all")

    # --- the present state ------------------------------------------------------------------------------------

    def _look(self, *, every: bool = False) -> str:
        walk = self.walk
        here = ", ".join(f"{ENDS[end]} {walk.states[end]}{_waits(walk.used(end))}" for end in (0, 1))
        count = f"Step {walk.position}" + (f" of {walk.length}" if walk.length > walk.position else "")
        lines = [self.style.head(f"{count}: {here}")]
        lines += [f"  in flight {line}" for line in steps.flying(walk.trace())]
        broken = dict.fromkeys(f"{found.about.id} {found.about.name}" for found in walk.broken())
        lines += [self.style.bad(wrapped(f"  broken: {', '.join(broken)}", rest="    "))] if broken else []
        if not walk.expanded:
            return "\n".join([*lines, f"  What can happen here is not known: {walk.stopped}. undo leads back.", ""])
        return "\n".join([*lines, *self._options(every=every), ""])

    def _options(self, *, every: bool) -> list[str]:
        options, cut = self.walk.enabled(), self.walk.cut_off()
        shown = [o for o in options if every or o.changes]
        lines = steps.table([_row(str(n), option) for n, option in enumerate(shown, 1)])
        if not any(option.changes for option in options):
            lines.append("  Nothing changes any more: the run ends here" + (" within these bounds." if cut else "."))
        if every and cut:
            return [*lines, "  Bounds cut off:", *steps.table([_cut(option) for option in cut])]
        hidden = [_unshown(len(shown), len(options))] if len(options) > len(shown) else []
        hidden += [f"{_steps(len(cut))} that bounds cut off"] if cut else []
        return [*lines, f"  (`all` adds {'; '.join(hidden)})"] if hidden else lines

    def _tcb(self, rest: Sequence[str]) -> str:
        if rest and rest[0] != "all":
            raise UsageError(f"tcb takes nothing or all, not {rest[0]!r}.")
        trace = self.walk.trace()
        tcbs = [trace.tcb(end, len(trace.steps)) for end in (0, 1)]
        initial = [self.walk.initial_tcb(end) for end in (0, 1)]
        shown = [n for n in tcbs[0] if rest or n == "STATE" or any(tcbs[end][n] != initial[end][n] for end in (0, 1))]
        lines = [f"  {name:<16}{tcbs[0][name]!s:<14}{tcbs[1][name]}" for name in shown]
        return "\n".join([self.style.head(f"  {'':<16}{'A':<14}B"), *lines, ""])

    def _world_lines(self) -> list[str]:
        walk = self.walk
        graph, edges = walk.graph, walk.graph.transitions
        known_part = f"{len(graph.states):,} states, {edges:,} steps between them, depth {graph.depth}"
        lines = [self.style.head(wrapped(f"{walk.variant.name} in world {walk.world.name}: {walk.world.title}"))]
        if walk.stopped is None:
            return [*lines, f"{known_part}: all there is within its bounds."]
        missing = f"{known_part}; stopped: {walk.stopped}. What {walk.unexpanded:,} of the states lead to is not known."
        return [*lines, self.style.soft(wrapped(missing))]

    def _bounds(self) -> list[str]:
        return [wrapped(f"  {name:<18}{text}", rest=" " * 20) for name, text in self.walk.world.bounds().items()]

    # --- moving -----------------------------------------------------------------------------------------------

    def _move(self, name: str, rest: Sequence[str]) -> str:
        _arguments(COMMANDS[name][0], rest, 1, 1 if name == "jump" else 0)
        if rest and not re.fullmatch(r"[0-9]{1,9}", rest[0]):
            raise UsageError(f"{name} takes a number of steps, not {rest[0]!r}.")
        getattr(self.walk, name)(int(rest[0]) if rest else 1)
        return self._look()

    def _goto(self, rest: Sequence[str]) -> str:
        _arguments(COMMANDS["goto"][0], rest, 2, 1)
        wanted = [None if word == "-" else _named("state", word, STATES) for word in rest]
        taken = self.walk.goto(*wanted[:1], *wanted[1:])
        if taken is None:
            return self._none(f"No continuation from here leads to {' '.join(state or '-' for state in wanted)}")
        return "It is so here.\n" if not taken else self._taken(taken) + self._look()

    def _break(self, rest: Sequence[str]) -> str:
        _arguments(COMMANDS["break"][0], rest, 1, 1)
        prop = PROPERTIES[_named("property", rest[0], PROPERTIES)]
        found = self.walk.until_broken(prop)
        if found is None:
            return self._none(f"No continuation from here breaks {prop.id} {prop.name}")
        taken, broken = found
        told = why(self.walk.trace(), prop, broken.part)
        before = self._taken(taken) if taken else "It is broken here.\n"
        return before + "\n".join([self.style.bad(f"{prop.id} {prop.name} is broken:"), *told, "", self._look()])

    def _none(self, sentence: str) -> str:
        walk = self.walk
        if walk.stopped is None:
            return f"{sentence} in this world.\n"
        unknown = f"what {walk.unexpanded:,} of them lead to is not known ({walk.stopped})"
        return f"{sentence} among the states explored; {unknown}.\n"

    def _taken(self, number: int) -> str:
        """Return the last steps of the run, a line each."""
        run = self.walk.trace()
        last = len(run.steps)
        rows = [steps.row(f"{at}.", run, at) for at in range(last - number + 1, last + 1)]
        return "\n".join([f"{_steps(number)}:", *steps.table(rows), "", ""])

    # --- telling ----------------------------------------------------------------------------------------------

    def _ladder(self, rest: Sequence[str]) -> str:
        if list(rest) not in ([], ["-v"]):
            raise UsageError(f"ladder takes nothing or -v, not {' '.join(rest)!r}.")
        return f"{steps.ladder(self.walk.trace(), verbose=bool(rest))}\n"

    def _why(self, rest: Sequence[str]) -> str:
        _arguments(COMMANDS["why"][0], rest, 1, 1)
        if not rest[0].isdecimal():
            return show.explain(rest[0], self.walk.variant.name)
        option = self.walk.option(int(rest[0]))
        lines = steps.table([_row(rest[0], option)])
        return "\n".join([*lines, *steps.unfolded(option.run, self.walk.variant.relation)]) + "\n"

    # --- files ------------------------------------------------------------------------------------------------

    def _save(self, rest: Sequence[str]) -> str:
        _arguments(COMMANDS["save"][0], rest, 1, 1)
        trace = self.walk.trace()
        prop = PROPERTIES.get(trace.property)
        replay(trace, self.walk.variant.relation, None if prop is None else prop.parts[trace.part])
        write_whole(Path(rest[0]), itf.dumps(trace))
        about = "" if prop is None else f", which breaks {prop.id},"
        return f"{rest[0]}: the run of {_steps(len(trace.steps))}{about} replayed and saved.\n"

    def _load(self, rest: Sequence[str]) -> str:
        _arguments(COMMANDS["load"][0], rest, 1, 1)
        before = self.walk
        self.walk = self.opened(itf.load(Path(rest[0])), self.walk)
        return "\n".join([*([] if self.walk is before else [*self._world_lines(), ""]), self._look()])


def _split(line: str) -> list[str]:
    """Return the words of a line; quotes hold one together."""
    if not line.isprintable():
        raise UsageError("a command has printable characters only.")
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{line}: {str(error).lower()}.") from error


def _command(word: str) -> str:
    """Return the command that a word names, or that alone begins so."""
    if word in COMMANDS:
        return word
    begun = [name for name in COMMANDS if name.startswith(word.lower())]
    if len(begun) == 1:
        return begun[0]
    hint = f" It may be {' or '.join(begun)}." if begun else nearest(word, COMMANDS)
    raise UsageError(f"command {word!r} does not exist.{hint} help lists all.")


def _arguments(usage: str, rest: Sequence[str], most: int, least: int = 0) -> None:
    if not least <= len(rest) <= most:
        raise UsageError(f"it is written: {usage}")


def _named(kind: str, word: str, names: Iterable[str]) -> str:
    """Return the name that a word is, in any case. Raise UsageError with the nearest one when it is none."""
    found = next((name for name in names if name.upper() == word.upper()), None)
    if found is None:
        raise UsageError(f"{kind} {word!r} does not exist.{nearest(word, names)}")
    return found


def _unshown(shown: int, number: int) -> str:
    """Return the numbers of the steps after the first `shown`."""
    one = number == shown + 1
    return f"step {number}, which changes nothing" if one else f"steps {shown + 1} to {number}, which change nothing"


def _steps(number: int) -> str:
    return "1 step" if number == 1 else f"{number} steps"


def _row(number: str, option: Option) -> steps.Row:
    return steps.row(number, option.run, len(option.run.steps), option.event)


def _cut(option: Option) -> steps.Row:
    """Return the row of a step that is cut off, with the bound that does it."""
    return replace(_row("-", option), change="", rules="", effects=f"bound: {option.cut_by}")


def _waits(used: Used) -> str:
    """Return how long an end's TIME-WAIT or its silence still lasts, where a clock says."""
    told = [f"{used.wait} ticks to wait"] if used.wait else []
    told += [f"silent for {used.quiet} ticks"] if used.quiet else []
    return f" ({', '.join(told)})" if told else ""
