"""One captured frame explained: the rules that fired for it, each condition with its values; or what comes nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from checker.concrete import ConcreteReader, Values, compiled, source
from checker.conform.machine import ACK as ACK_AT
from checker.conform.machine import ACK_BIT, BITS, BUFFER, DATA, FIN_BIT, RST_BIT, SYN_BIT, Machine
from checker.conform.machine import SEQ as SEQ_AT
from checker.conform.result import Deviation, EndResult, Frame, Step
from checker.output import wrapped
from checker.report.capture_segments import Numbers, bases, told
from checker.report.capture_words import SIDES, Shown, other
from spec.freedoms import CONFORM_CALL_FIELDS, GRANTED
from spec.language import SEQ, BoolExpr, Rule, show
from spec.tolerances import TOLERATED
from spec.vocabulary import State

Asked = tuple[str, Values, tuple[str, ...]]
"""A rule that fired ("" for none), the TCB that its conditions read, and all rules that were asked there."""


class _Watched(ConcreteReader):
    """The concrete reader, which remembers what it asked."""

    def watch(self, step: Step) -> list[Asked]:
        """Return what each check of an event asks, in order."""
        self.asked: list[Asked] = []
        self.run(step.before, step.event, step.arrived, step.call)
        return self.asked

    def _pick(self, rules: Any, tcb: Values, segment: Values | None, call: Values) -> Any:
        picked = super()._pick(rules, tcb, segment, call)
        if rules:
            self.asked.append(("" if picked is None else picked.id, tcb, tuple(rule.id for rule in rules)))
        return picked


@cache
def _watched(machine: Machine) -> _Watched:
    return _Watched(machine.relation, BITS, CONFORM_CALL_FIELDS, {"RCV.WND": BUFFER})


def explained(shown: Shown, frame: int, machine: Machine, *, verbose: bool = False) -> str:
    """Return what happened at a frame of a connection whose steps and frames were kept.

    verbose   also why the other rules of the same step did not fire.
    """
    return "\n".join(_Explainer(shown, machine, verbose=verbose).lines(frame)) + "\n"


class _Explainer:
    def __init__(self, shown: Shown, machine: Machine, *, verbose: bool) -> None:
        self.shown, self.found, self.machine, self.verbose = shown, shown.found, machine, verbose
        self.reader = _watched(machine)
        self.rules: dict[str, Rule[State]] = {rule.id: rule for rule in machine.relation.rules}
        names = tuple(machine.relation.message)
        self.raw, self.relative = Numbers(names, None), Numbers(names, bases(shown.found))

    def lines(self, number: int) -> Iterator[str]:
        """Yield the explanation of a frame."""
        frame = next(each for each in self.found.frames if each.frame == number)
        sender = SIDES.index(frame.sender)
        addresses = [end.address for end in self.found.ends]
        way = f"{frame.sender} {addresses[sender]} to {other(frame.sender)} {addresses[1 - sender]}"
        yield f"frame {number}, connection {self.shown.label}, at {self.shown.clock(frame.time)}: {way}"
        yield f"  {self.raw.text(frame.fields, sender)}, window {frame.fields[3]:,}"
        relative = self.relative.text(frame.fields, sender)
        yield f"  {relative} from each ISN on"
        yield ""
        yield from self._sender(frame, sender)
        yield ""
        yield from self._receiver(frame, 1 - sender)

    # --- who sends it -------------------------------------------------------------------------------------------

    def _sender(self, frame: Frame, end: int) -> Iterator[str]:
        result = self.found.ends[end]
        step = next((step for step in result.steps if any(sent.frame == frame.frame for sent in step.sent)), None)
        if step is not None:
            cause = f"frame {step.arrived_frame}" if step.arrived_frame is not None else "a segment never captured"
            why = f"in answer to {cause}" if step.arrived is not None else "of its own"
            yield f"The {SIDES[end]} sends it {why}:"
            yield from self._step(step)
        elif result.deviation is not None and result.deviation.frame == frame.frame:
            yield f"The {SIDES[end]} DEVIATES: {result.deviation.sentence}"
            yield from self._deviation(result.deviation)
            yield from self._injected(frame)
        else:
            yield self._untold(result, SIDES[end], "sends")
            yield from self._injected(frame)

    def _untold(self, end: EndResult, side: str, verb: str) -> str:
        """Return why nothing is said of an end at a frame."""
        if end.deviation is not None:
            return f"Nothing says why the {side} {verb} it: its run breaks off at frame {end.deviation.frame}."
        return f"No rule says why the {side} {verb} it: the capture shows too little of it before."

    def _deviation(self, deviation: Deviation) -> Iterator[str]:
        names = list(self.machine.index)
        values = ", ".join(f"{name}={value}" for name, value in zip(names, deviation.tcb, strict=True))
        yield wrapped(f"its TCB before: {values}", first="  ", rest="    ")
        yield "  What comes nearest:"
        for near in deviation.near:
            rule = self.rules.get(near.rule)
            title = f"{rule.title} [{rule.cite}]" if rule is not None else ""
            yield wrapped(f"{near.rule:<6} {near.event}: {title}", first="    ", rest=" " * 11)
            numbers = f" ({near.numbers})" if near.numbers else ""
            words = near.condition if near.condition.startswith(("it ", "the ")) else f"needs {near.condition}"
            yield wrapped(f"{words}{numbers}", first=" " * 11, rest=" " * 13)
        yield wrapped(self._smallest(deviation), first="  ", rest="    ")

    def _smallest(self, deviation: Deviation) -> str:
        """Return the smallest change that conforms: of one field, then of two. Each was tried on the rules."""
        for count in (1, 2):
            for changes in combinations(self._changes(deviation), count):
                places = dict(changes)
                if len(places) == count:
                    fields = tuple(places.get(place, value) for place, value in enumerate(deviation.segment))
                    found = next(iter(self.machine.explain(deviation.tcb, fields)), None)
                    if found is not None and found[0].choice not in self.machine.tolerances:
                        text = self.raw.text(fields, 0)
                        return f"The smallest change that conforms: {text}, by {found[1][1][-1]} ({found[0].event})."
        near = next((near for near in deviation.near if near.change), None)
        if near is not None:
            return f"The smallest change that conforms: {near.change}, by {near.rule} ({near.event})."
        return "No change of one field or two makes it a segment that the end may send in this state."

    def _changes(self, deviation: Deviation) -> list[tuple[int, Any]]:
        """Return what may stand in a field instead: the other control bit, no text, the TCB's own numbers."""
        segment, tcb = deviation.segment, deviation.tcb
        numbers = dict.fromkeys(
            value for variable, value in zip(self.machine.relation.variables, tcb, strict=True) if variable.sort is SEQ
        )
        bits = [(place, not segment[place]) for place in (SYN_BIT, ACK_BIT, FIN_BIT, RST_BIT)]
        told = [(place, number) for place in (SEQ_AT, ACK_AT) for number in numbers if number != segment[place]]
        return [*told, *([(DATA, 0)] if segment[DATA] else []), *bits]

    def _injected(self, frame: Frame) -> Iterator[str]:
        """Yield what the IP header says of who sent a RST that no run sends."""
        others = [each for each in self.found.frames if each.sender == frame.sender and each.frame != frame.frame]
        if not frame.fields[RST_BIT] or not others:
            return
        lives = sorted({each.ttl for each in others})
        same = frame.ttl in lives
        seen = f"{lives[0]}" if len(lives) == 1 else f"{lives[0]} to {lives[-1]}"
        told = "as the others have" if same else f"the others have {seen}: it took another way, or another host sent it"
        yield f"  Its TTL is {frame.ttl}, {told}." + ("" if frame.ip_id < 0 else f" Its IP ID is {frame.ip_id}.")

    # --- where it arrives ---------------------------------------------------------------------------------------

    def _receiver(self, frame: Frame, end: int) -> Iterator[str]:
        result, side = self.found.ends[end], SIDES[end]
        steps = [step for step in result.steps if step.arrived_frame == frame.frame]
        for number, step in enumerate(steps):
            again = " again, the gap before it being filled" if number else ""
            yield f"At the {side}, in {step.before[0]}, it arrives{again}:"
            yield from self._step(step)
        if result.deviation is not None and result.deviation.frame == frame.frame:
            yield f"The {side} DEVIATES: {result.deviation.sentence}"
        if not steps:
            yield f"Nothing was seen of the {side}." if not result.seen else self._untold(result, side, "takes")

    # --- steps and rules ----------------------------------------------------------------------------------------

    def _step(self, step: Step) -> Iterator[str]:
        yield f"  {told(step, self.machine.relation)}"
        sentences = {each.name: f"{each.sentence} [{each.cite}]" for each in (*GRANTED, *TOLERATED.values())}
        if step.choice in sentences:
            yield wrapped(f"{step.choice}: {sentences[step.choice]}", first="  ", rest="    ")
        for rule, tcb, asked in self.reader.watch(step):
            if rule:
                yield from self._rule(self.rules[rule], tcb, step)
            if self.verbose:
                yield from self._not_fired([name for name in asked if name != rule], tcb, step)
        sends = [self.raw.text(sent.fields, 0) + _captured(sent.frame) for sent in step.sent]
        yield from (f"    sends {text}" for text in sends)
        entered = step.after[0] != step.before[0]
        yield f"    {'enters' if entered else 'stays in'} {step.after[0]}{self._changed(step)}"

    def _changed(self, step: Step) -> str:
        pairs = zip(list(self.machine.index)[1:], step.before[1:], step.after[1:], strict=True)
        changed = [f"{name} = {new}" for name, old, new in pairs if old != new]
        return f"; {', '.join(changed)}" if changed else ""

    def _rule(self, rule: Rule[State], tcb: Values, step: Step) -> Iterator[str]:
        yield wrapped(f"{rule.id:<6} {rule.title} [{rule.cite}]", first="    ", rest=" " * 11)
        for condition in (each for each in rule.when if not _of_choice(each)):
            yield wrapped(f"{_shown(condition)}{self._values(condition, tcb, step)}", first=" " * 11, rest=" " * 13)

    def _not_fired(self, names: Sequence[str], tcb: Values, step: Step) -> Iterator[str]:
        """Yield the rules that were asked and did not fire, with the first condition of each that fails."""
        for name in names:
            rule = self.rules[name]
            failing = next((each for each in rule.when if not self._holds(each, tcb, step)), None)
            if failing is not None and not _of_choice(failing):
                text = f"not {name}, {rule.title[0].lower()}{rule.title[1:-1]}: {show(failing)} is false"
                yield wrapped(f"{text}{self._values(failing, tcb, step)}", first="    ", rest=" " * 11)

    def _holds(self, condition: BoolExpr, tcb: Values, step: Step) -> bool:
        text = source(condition, self.machine.reader.scope)
        return bool(compiled("t, s, c", text, BITS)(tcb, step.arrived, step.call))

    def _values(self, condition: BoolExpr, tcb: Values, step: Step) -> str:
        """Return the values that a condition reads, in parentheses."""
        records = {"TCB": tcb, "SEG": step.arrived or (), "CALL": step.call}
        read: dict[str, Any] = {}
        for owner, name in (part.payload for part in condition.walk() if part.op == "var"):
            if owner == "SEG" and name.endswith(" bit"):
                read["SEG.CTL"] = _controls(step.arrived or ())
            elif name != "CHOICE":
                spelled = f"SEG.{name}" if owner == "SEG" else name
                read[spelled] = records[owner][self.machine.reader.fields[owner][name]]
        return f"  ({', '.join(f'{name} = {value}' for name, value in read.items())})" if read else ""


def _shown(condition: BoolExpr) -> str:
    """Return a condition, a named one with its meaning."""
    if condition.op == "named":
        return f"{condition.payload}: {show(condition.args[0])}"
    return show(condition)


def _of_choice(condition: BoolExpr) -> bool:
    """Return whether a condition asks only which freedom is made use of, which is told beside the rules."""
    return {part.payload[1] for part in condition.walk() if part.op == "var"} <= {"CHOICE"} and bool(condition.args)


def _controls(fields: Values) -> str:
    bits = [name for name, on in zip(("SYN", "ACK", "FIN", "RST"), fields[4:], strict=False) if on]
    return ",".join(sorted(bits, key=lambda bit: bit == "ACK")) or "none"


def _captured(frame: int | None) -> str:
    return " (not captured)" if frame is None else f" (frame {frame})"
