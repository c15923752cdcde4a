"""Why nothing sends a segment: the rules that come nearest, what stops each, and the smallest change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.concrete import compiled, source
from checker.conform.follow import Departure
from checker.conform.machine import (
    ACK_BIT,
    ARRIVES,
    BITS,
    DATA,
    NO_ISN,
    PLAIN_CALL,
    SEQ,
    SYN_BIT,
    WND,
    Machine,
    Own,
    call_of,
)
from checker.conform.result import Deviation, NearMiss
from spec.freedoms import LETTER
from spec.language import BoolExpr, Rule, show

Values = tuple[Any, ...]
SHOWN = 4
"""So many near misses are told."""
_NAMES = ("SEQ", "ACK", "DATA", "WND", "SYN", "ACK bit", "FIN", "RST")


def deviation(machine: Machine, departure: Departure) -> Deviation:
    """Return where an end deviated, with the nearest rules."""
    tcb = departure.before.tcb or machine.reader.initial
    state = "unknown" if departure.before.tcb is None else str(tcb[0])
    fields, frame = departure.segment.fields, departure.segment.frame
    if departure.unanswered is not None:
        entry = departure.unanswered
        answer = " and ".join(shown(sent) for sent in entry.sent)
        sentence = f"In {entry.before[0]} the segment of frame {frame} is answered by {answer}; no answer was seen."
        unseen = NearMiss(entry.chain[-1], entry.event, "the answer was not seen", answer)
        return Deviation(frame, sentence, entry.before[0], entry.before, fields, (unseen,))
    sentence = f"Nothing that an end in {state} does sends {shown(fields)}."
    if departure.before.tcb is None:
        sentence = f"No end begins with {shown(fields)}, whatever state it is in."
    misses = sorted(_misses(machine, tcb, departure), key=lambda each: (each[0], each[1].rule))
    near = tuple({each.rule: each for _, each in reversed(misses)}.values())[::-1][:SHOWN]
    return Deviation(frame, sentence, state, tcb, fields, near)


def shown(fields: Values) -> str:
    """Return a segment in the RFC's notation."""
    bits = [name for name, place in (("SYN", 4), ("FIN", 6), ("RST", 7), ("ACK", 5)) if fields[place]]
    parts = [f"SEQ={fields[SEQ]}", *([f"ACK={fields[1]}"] if fields[ACK_BIT] else [])]
    parts += [f"DATA={fields[DATA]}"] if fields[DATA] else []
    return "".join(f"<{part}>" for part in [*parts, f"CTL={','.join(bits)}"])


def _misses(machine: Machine, tcb: Values, departure: Departure) -> Iterator[tuple[int, NearMiss]]:
    """Yield near misses with how far each is off."""
    fields = departure.segment.fields
    for own in machine.own:
        call = call_of(fields, own.choice, active=own.active)
        done = machine.run(tcb, own.event, None, call)
        if done is not None and len(done[2]) == 1:
            yield _differing(done[1][-1], own.event, done[2][0], fields)
    for _, entry, which in departure.before.owed:
        yield _differing(entry.chain[-1], entry.event, entry.sent[which], fields)
    for arrived in departure.before.pending:
        done = machine.run(tcb, ARRIVES, arrived.fields, PLAIN_CALL)
        if done is not None and len(done[2]) == 1 and NO_ISN not in done[2][0]:
            yield _differing(done[1][-1], ARRIVES, done[2][0], fields)
    for rule in machine.relation.rules:
        for own in machine.own:
            if any(step.event.name == own.event for step in rule.steps) and _alike(rule, fields):
                yield from _failing(machine, rule, own, tcb, fields)


def _differing(rule: str, event: str, sent: Values, fields: Values) -> tuple[int, NearMiss]:
    """Return the near miss of a rule that sends another segment."""
    places = [place for place in range(len(fields)) if place != WND and sent[place] != fields[place]]
    words = [_instead(place, sent[place], fields[place]) for place in places]
    weight = sum(3 if place >= SYN_BIT else 1 for place in places)
    change = ", ".join(words) if len(places) <= 2 else None
    return weight, NearMiss(rule, event, f"it would send {shown(sent)}", "", change)


def _instead(place: int, sent: Any, seen: Any) -> str:
    if place >= SYN_BIT:
        return f"{'with' if sent else 'without'} the {_NAMES[place].removesuffix(' bit')} bit"
    return f"{_NAMES[place]}={sent} instead of {seen}"


def _alike(rule: Rule[Any], fields: Values) -> bool:
    """Return whether a rule sends a segment with these control bits."""
    bits = [f"{bit} bit" for bit in ("SYN", "ACK", "FIN", "RST")]
    return any(
        [message.fields[bit].payload for bit in bits] == list(fields[SYN_BIT:])
        and (message.fields["DATA"].op != "const") == (fields[DATA] > 0)
        for message in rule.send
    )


def _failing(
    machine: Machine, rule: Rule[Any], own: Own, tcb: Values, fields: Values
) -> Iterator[tuple[int, NearMiss]]:
    """Yield the first condition of a rule that does not hold; that it is in another state is one."""
    call = call_of(fields, own.choice, active=own.active)
    failing = [when for when in rule.when if not _holds(machine, when, tcb, call)]
    asked = [each for each in failing if "CHOICE" in show(each)]
    if asked or (own.choice != LETTER and not any("CHOICE" in show(each) for each in rule.when)):
        return
    if tcb[0] not in rule.state:
        states = " or ".join(rule.state)
        yield 4 + 2 * len(failing), NearMiss(rule.id, own.event, f"the state is {states}", f"STATE = {tcb[0]}")
    elif failing:
        yield 2 * len(failing), NearMiss(rule.id, own.event, show(failing[0]), _numbers(machine, failing[0], tcb, call))


def _holds(machine: Machine, condition: BoolExpr, tcb: Values, call: Values) -> bool:
    text = source(condition, machine.reader.scope)
    return bool(compiled("t, s, c", text, BITS)(tcb, None, call))


def _numbers(machine: Machine, condition: BoolExpr, tcb: Values, call: Values) -> str:
    """Return the variables of a condition with their values."""
    names = dict.fromkeys(part.payload for part in condition.walk() if part.op == "var")
    values = []
    for owner, name in names:
        record = tcb if owner == "TCB" else call
        values.append(f"{name} = {record[machine.reader.fields[owner][name]]}")
    return ", ".join(values)
