"""Playing scripts: whether a figure is a run of a variant's relation, and where the relation does something else.

A script is played line by line on a set of possible situations (checker/inferring.py). What comes out is a run that
has been replayed, with every move that the figure does not show marked, or the line that no run shows and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from checker.inferring import AFTERWARDS, Inference, Stop, searched
from checker.replay import ReplayError, replay
from checker.situation import PENDING, Board, Situation
from spec.language import Relation, Rule, show
from spec.script import Row, Script
from spec.trace import DELIVER, Trace
from spec.variants.variant import Variant

ATTEMPTS = 8
"""At most so often a script is played again with one more old duplicate or copy in the network."""
ENDS = ("TCP Peer A", "TCP Peer B")
INFERRED = "inferred"
"""What is said of a step that the script does not show."""


@dataclass(frozen=True)
class Played:
    """What came of a script in a variant.

    line      the number of the line that no run shows, as the figure numbers it; None when it was accepted;
    label     that line's label ("5.1"), row its place in the file; rule: the id of the rule that decides there, if any;
    why       a sentence on what the relation does there instead, "" when accepted; guard: when that rule fires;
    trace     the run as far as it goes, with what the relation does at the line that is refused; replayed;
    remarks   of each step: which line shows it, or INFERRED;
    instead   of a refused figure: a shortest run, replayed, that goes on from there to the states in which the figure
              ends, and its remarks; None when there is none in bounds.
    """

    script: Script
    variant: str
    accepted: bool
    line: int | None
    why: str
    rule: str | None
    trace: Trace | None
    remarks: tuple[str, ...] = ()
    label: str = ""
    row: int | None = None
    title: str = ""
    cite: str = ""
    guard: str = ""
    instead: Trace | None = None
    instead_remarks: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps the run has."""
        return 0 if self.trace is None else len(self.trace.steps)

    @property
    def inferred(self) -> tuple[int, ...]:
        """The numbers (from 1) of the steps that the script does not show."""
        return tuple(number for number, remark in enumerate(self.remarks, 1) if remark == INFERRED)


def play(script: Script, variant: Variant) -> Played:
    """Play a script by a variant's relation at 32 bits.

    Raise ReplayError when a run that was found is none, which would be a mistake here.
    """
    player = _Player(script, variant)
    olds: list[Row] = []
    copies: set[int] = set()
    best: tuple[int, Stop] | None = None
    for _ in range(ATTEMPTS):
        found, place, stop = player.attempt(olds, copies)
        if stop is None:
            return player.accepted(found)
        if best is None or (place, stop.reached) > (best[0], best[1].reached):
            best = (place, stop)
        if not player.amended(place, stop, olds, copies):
            break
    place, stop = best if best is not None else (0, Stop(player.board.start(), "event", 0))
    return player.refused(place, stop)


class _Player:
    def __init__(self, script: Script, variant: Variant) -> None:
        self.script, self.variant = script, variant
        self.relation: Relation[Any] = variant.relation
        self.board = Board(variant.relation, script)

    def attempt(self, olds: list[Row], copies: set[int]) -> tuple[list[Situation], int, Stop | None]:
        """Play all lines; return the situations at the end, or the place of the line that stops it, and why."""
        inference = Inference(self.board, self.script, frozenset(copies))
        situations = [self.board.start()]
        for old in olds:
            situations = inference.earlier(situations, old) or situations
        self.board.offer = inference.numbers()
        for place in range(len(self.script.rows)):
            situations, stop = inference.line(situations, place)
            if stop is not None:
                return [], place, stop
        return situations, len(self.script.rows), None

    def amended(self, place: int, stop: Stop, olds: list[Row], copies: set[int]) -> bool:
        """Provide a segment that arrives out of nowhere: a copy of what arrived before, else an old duplicate."""
        row = self.script.rows[place]
        if stop.kind != "arrives" or row.segment is None or row in olds:
            return False
        twins = [
            done.row
            for done in stop.situation.done
            if done.row is not None and done.move.kind == DELIVER and not done.inferred and done.row not in copies
            and done.move.end != row.sender and self.board.fits(done.segment or (), row.segment)
        ]  # fmt: skip
        if twins:
            copies.add(twins[-1])
        else:
            olds.append(row)
        return True

    def accepted(self, found: list[Situation]) -> Played:
        """Return what came of a script that was played to its end: with the fewest inferred steps."""
        end = min(found, key=lambda now: now.inferred)
        return Played(self.script, self.variant.name, True, None, "", None, self.run(end), self.remarks(end))

    def refused(self, place: int, stop: Stop) -> Played:
        """Return what came of a script that a line stops."""
        row, now = self.script.rows[place], stop.situation
        rule = self.deciding(stop)
        pending = self.pending(stop)
        before = "; last there: " if stop.kind in ("departs", "arrives") and not pending else ": "
        told = "." if rule is None else f"{before}{rule.id}, {rule.title} [{rule.cite}]"
        why = f"{_sentence(stop, row)}{pending}{told}"
        played = Played(
            self.script, self.variant.name, False, row.number, why, None, self.run(now), self.remarks(now),
            row.label, row.where,
        )  # fmt: skip
        if rule is not None:
            guard = self.guard(rule, stop)
            played = replace(played, rule=rule.id, title=rule.title, cite=rule.cite, guard=guard)
        instead = self.instead(now)
        if instead is None:
            return played
        return replace(played, instead=self.run(instead), instead_remarks=self.remarks(instead, len(now.done)))

    def deciding(self, stop: Stop) -> Rule[Any] | None:
        """Return the rule that decides: that sends something else, changes the state, or else ends the processing."""
        now, end = stop.situation, stop.end
        waiting = [each for each in now.flying if each.sender == end and each.place == PENDING]
        if stop.kind == "event":
            return None
        chain = waiting[-1].by if stop.kind == "departs" and waiting else now.chains[end]
        known = {rule.id: rule for rule in self.relation.rules}
        fired = [known[name] for name in chain if name in known]
        telling = [rule for rule in fired if (rule.send if stop.kind == "departs" else rule.goto)]
        return telling[-1] if telling else fired[-1] if fired else None

    def pending(self, stop: Stop) -> str:
        """Return what an end sends instead of what it should."""
        waiting = [each for each in stop.situation.flying if each.sender == stop.end and each.place == PENDING]
        if stop.kind != "departs" or not waiting:
            return ""
        return f", but {self.written(waiting[-1].fields)}"

    def written(self, fields: tuple[Any, ...]) -> str:
        """Return a segment in the figures' notation."""
        value = {name: fields[i] for name, i in self.board.fields.items()}
        bits = sorted(
            (n.removesuffix(" bit") for n, on in value.items() if n.endswith(" bit") and on), key="ACK".__eq__
        )
        parts = [f"<SEQ={value['SEQ']}>", f"<ACK={value['ACK']}>" if "ACK" in bits else ""]
        parts += [f"<DATA={value['DATA']}>" if value["DATA"] else "", f"<CTL={','.join(bits)}>"]
        return "".join(parts)

    def guard(self, rule: Rule[Any], stop: Stop) -> str:
        """Return a rule's conditions and the values that they read."""
        tcb, segment = stop.situation.before[stop.end], stop.situation.arrived[stop.end]
        values: dict[str, Any] = {}
        for expression in (each for condition in rule.when for each in condition.walk() if each.op == "var"):
            owner, name = expression.payload
            if owner == "TCB" and tcb is not None:
                values[name] = tcb[self.board.index[name]]
            elif owner == "SEG" and segment is not None and not name.endswith(" bit"):
                values[f"SEG.{name}"] = segment[self.board.fields[name]]
        conditions = " and ".join(show(condition) for condition in rule.when)
        read = ", ".join(f"{name}={value}" for name, value in values.items())
        return "; ".join(filter(None, [conditions, read]))

    def instead(self, now: Situation) -> Situation | None:
        """Return the nearest situation with the states in which the figure ends: by arrivals alone, else with calls."""
        wanted = self.script.last_states()
        inference = Inference(self.board, self.script, frozenset())

        def there(one: Situation) -> bool:
            return all(wanted[end] in (None, one.state(end)) for end in (0, 1))

        found = searched([now], there, partial(inference.onwards, calls=False), AFTERWARDS)
        found = found or searched([now], there, partial(inference.onwards, calls=True), AFTERWARDS)
        return found[0] if found else None

    def run(self, now: Situation) -> Trace:
        """Return the run up to a situation, replayed."""
        trace = self.board.trace(now, self.variant.name)
        replay(trace, self.relation)
        for end in (0, 1):
            if tuple(trace.tcb(end, len(trace.steps)).values()) != now.tcbs[end]:
                raise ReplayError(f"the run of {self.script.id or self.script.title} is not the one that was played.")
        return trace

    def remarks(self, now: Situation, continued: int | None = None) -> tuple[str, ...]:
        """Return of each step which line shows it; those after `continued` follow the refusal."""
        found = []
        for number, done in enumerate(now.done):
            shown = done.row is not None and not done.inferred
            label = self.script.rows[done.row].label if done.row is not None else ""
            later = continued is not None and number >= continued
            found.append("instead" if later else f"line {label}" if shown else INFERRED)
        return tuple(found)


def _sentence(stop: Stop, row: Row) -> str:
    """Return what does not happen as the line shows it."""
    who, state = ENDS[stop.end], stop.situation.state(stop.end)
    if stop.kind == "states":
        before = stop.situation.before[stop.end]
        verb = "stays in" if before is not None and before[0] == state else "enters" if before is not None else "is in"
        told = f"{who} {verb} {state}, where the figure has {row.states[stop.end]}"
        nearby = "" if row.segment is not None else ", and a few moves that it does not show do not lead there"
        return f"{told}{nearby}"
    if stop.kind == "numbers":
        return f"{who} is in {state} and has other numbers than send and receive say"
    if stop.kind == "event":
        return f"{who} makes no {stop.event} in {state}"
    text = row.segment.text if row.segment is not None else "nothing"
    if stop.kind == "departs":
        return f"{who}, in {state}, does not send {text}"
    return f"{text} does not arrive: {who} has sent no such segment that is still in the network"
