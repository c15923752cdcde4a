"""One captured frame explained: the rules that fired for it, each condition with its values; or what comes nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checker.concrete import ConcreteReader, Values, compiled, source
from checker.conform.machine import BITS, BUFFER, RST_BIT, Machine
from checker.conform.result import Deviation, EndResult, Frame, Step
from checker.output import wrapped
from checker.report.capture_segments import Numbers, bases, told
from checker.report.capture_words import SIDES, Shown, other
from spec.freedoms import CONFORM_CALL_FIELDS, GRANTED
from spec.language import BoolExpr, Rule, show
from spec.tolerances import TOLERATED
from spec.vocabulary import State

Fired = tuple[str, Values, tuple[str, ...]]
"""A rule that fired, the TCB that its conditions read, and the rules that were asked beside it."""


class _Watched(ConcreteReader):
    """The concrete reader, which remembers what fired."""

    def watch(self, step: Step) -> list[Fired]:
        """Return the rules that a step fires, in order."""
        self.fired: list[Fired] = []
        self.run(step.before, step.event, step.arrived, step.call)
        return self.fired

    def _pick(self, rules: Any, tcb: Values, segment: Values | None, call: Values) -> Any:
        picked = super()._pick(rules, tcb, segment, call)
        if picked is not None:
            self.fired.append((picked.id, tcb, tuple(rule.id for rule in rules)))
        return picked


def explained(shown: Shown, frame: int, machine: Machine, *, verbose: bool = False) -> str:
    """Return what happened at a frame of a connection whose steps and frames were kept.

    verbose   also why the other rules of the same step did not fire.
    """
    return "\n".join(_Explainer(shown, machine, verbose=verbose).lines(frame)) + "\n"


class _Explainer:
    def __init__(self, shown: Shown, machine: Machine, *, verbose: bool) -> None:
        self.shown, self.found, self.machine, self.verbose = shown, shown.found, machine, verbose
        self.reader = _Watched(machine.relation, BITS, CONFORM_CALL_FIELDS, {"RCV.WND": BUFFER})
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
        change = next((near for near in deviation.near if near.change), None)
        if change is None:
            yield "  No change of one or two fields of this segment makes it one that the end may send now."
        else:
            yield f"  The smallest change that conforms: {change.change} ({change.rule})."

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
            yield from self._rule(self.rules[rule], tcb, step)
            yield from self._not_fired(asked, rule, tcb, step) if self.verbose else ()
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
        for condition in rule.when:
            yield wrapped(f"{_shown(condition)}{self._values(condition, tcb, step)}", first=" " * 11, rest=" " * 13)

    def _not_fired(self, asked: Sequence[str], fired: str, tcb: Values, step: Step) -> Iterator[str]:
        """Yield the other rules that were asked, with the first condition of each that fails."""
        for name in asked:
            failing = [each for each in self.rules[name].when if not self._holds(each, tcb, step)]
            if name != fired and failing:
                text = f"not {name}: {_shown(failing[0])} fails{self._values(failing[0], tcb, step)}"
                yield wrapped(text, first=" " * 11, rest=" " * 13)

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


def _controls(fields: Values) -> str:
    bits = [name for name, on in zip(("SYN", "ACK", "FIN", "RST"), fields[4:], strict=False) if on]
    return ",".join(sorted(bits, key=lambda bit: bit == "ACK")) or "none"


def _captured(frame: int | None) -> str:
    return " (not captured)" if frame is None else f" (frame {frame})"
