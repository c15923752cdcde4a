"""From two runs and the frames to what is reported of an incarnation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.conform.context import Context
from checker.conform.endpoint import Entry, Match, ahead
from checker.conform.facts import Tally
from checker.conform.follow import Departure
from checker.conform.machine import MASK, Machine
from checker.conform.nearest import deviation
from checker.conform.result import WORST_FIRST, EndResult, Facts, Frame, Gap, Incarnation, Reset, Side, Verdict
from checker.conform.story import Story, steps_of

Values = tuple[Any, ...]
SIDES: tuple[Side, Side] = ("client", "server")
_NO_CONVICTION = ("the other end was never captured", "sent before the capture began")


@dataclass(frozen=True)
class EndFound:
    """What was found of one end.

    tcb, settled   its TCB as its run stands, and if what is on its way has arrived.
    kept           its whole run, if it is to be reported.
    """

    name: str
    seen: bool
    tcb: Values | None
    settled: Values | None
    story: Story
    departures: Sequence[Departure]
    kept: Sequence[Entry | Match]


def told(
    machine: Machine, found: tuple[EndFound, EndFound], contexts: tuple[Context, Context], tally: Tally,
    frames: Sequence[Frame], client: int, tags: tuple[int, ...], numbers: tuple[int, int], *, middle: bool,
) -> Incarnation:  # fmt: skip
    """Return the incarnation, its client first; numbers: of its conversation, and its own."""
    missing = _missing(found, contexts)
    order = (client, 1 - client)
    ends = [
        _end(machine, found[side], missing[side], convicted=_convicted(found[side], contexts, side)) for side in order
    ]
    verdict = min((end.verdict for end in ends), key=WORST_FIRST.index)
    first = [end.frame for end in ends if end.verdict == verdict and end.frame is not None]
    return Incarnation(
        tags=tags, client=ends[0], server=ends[1], conversation=numbers[0], number=numbers[1],
        first_frame=tally.first[0], last_frame=tally.last[0],
        first_time=tally.first[1], last_time=tally.last[1], segments=tally.total, verdict=verdict,
        frame=min(first) if first else None,
        tolerances=tuple(sorted({name for end in ends for name in end.tolerances})),
        midstream=middle and not sum(tally.syn),
        facts=_facts(found, tally, order),
        frames=tuple(each._replace(sender=SIDES[order.index(SIDES.index(each.sender))]) for each in frames),
        notes=_notes(missing, found),
    )  # fmt: skip


def _missing(found: tuple[EndFound, EndFound], contexts: tuple[Context, Context]) -> tuple[list[Gap], list[Gap]]:
    """Return what each side sent that no frame shows, as both runs need it."""
    missing: tuple[list[Gap], list[Gap]] = ([], [])
    for side, end in enumerate(found):
        for by_other, gap, why in end.story.gaps:
            sender = 1 - side if by_other else side
            if why not in _NO_CONVICTION and _open(gap, contexts[1 - sender], contexts[sender], arrived=by_other):
                missing[sender].append(gap)
    return missing


def _open(gap: Gap, context: Context, sender: Context, *, arrived: bool) -> bool:
    """Return whether the capture lacks what was missing: no frame has shown it since, and it did arrive.

    context   that of the end that heard the sender; `sender` is the sender's own, which heard what is acknowledged.
    """
    if context.middle and gap.what == "SYN":
        return False
    if not arrived and not sender.exact and (sender.acked is None or ahead(sender.acked, gap.seq) <= 0):
        return False  # lost on its way to the capture point, for all that is known
    return not gap.octets or context.uncaptured(gap.seq, (gap.seq + gap.octets) & MASK) is not None


def _convicted(end: EndFound, contexts: tuple[Context, Context], side: int) -> str:
    """Return why the capture is incomplete as far as this end's run goes, or ""."""
    for by_other, gap, why in end.story.gaps:
        sender = 1 - side if by_other else side
        if why not in _NO_CONVICTION and _open(gap, contexts[1 - sender], contexts[sender], arrived=by_other):
            what = f"{gap.octets} octets of text" if gap.what == "text" else f"a {gap.what}"
            whose = "the other end" if by_other else "this end"
            return f"{what} from {whose} ({gap.seq} on) must have been sent before frame {gap.frame}: {why}."
    return ""


def _end(machine: Machine, end: EndFound, missing: list[Gap], *, convicted: str) -> EndResult:
    tcb = end.settled
    verdict: Verdict = "CONFORMS"
    frame, reason = None, ""
    departure = end.departures[0] if end.departures else None
    if departure is not None:
        verdict, frame = ("UNKNOWN" if departure.cut else "DEVIATES"), departure.segment.frame
        reason = "The search for a run was cut short by a bound." if departure.cut else ""
    elif convicted:
        verdict, reason = "CAPTURE INCOMPLETE", convicted
        frame = next((gap.frame for gap in missing), None)
    elif end.story.tolerances:
        verdict = "CONFORMS WITH"
    state = tcb[0] if tcb is not None and end.seen else None
    before = end.tcb[0] if end.tcb is not None and end.seen else None
    return EndResult(
        address=end.name, seen=end.seen, role="unknown" if end.story.role == "none" else end.story.role,  # type: ignore[arg-type]  # ORIGIN's members
        verdict=verdict, frame=frame, state=state,
        possible=tuple(dict.fromkeys(each for each in (state, before) if each is not None)),
        tcb=tcb, tolerances=tuple(sorted(end.story.tolerances)), freedoms=tuple(sorted(end.story.freedoms)),
        steps=steps_of(end.kept), deviation=None if departure is None else deviation(machine, departure),
        missing=tuple(missing), reason=reason,
    )  # fmt: skip


def _facts(found: tuple[EndFound, EndFound], tally: Tally, order: tuple[int, int]) -> Facts:
    resets = []
    for frame, time, side in tally.rst:
        cause, rule = found[side].story.resets.cause.get(frame, ("unexplained", None))
        effect = found[1 - side].story.resets.effect.get(frame)
        resets.append(
            Reset(frame, time, SIDES[order.index(side)], cause, effect == "ends the connection", rule, effect)
        )
    first = tally.closed_first()
    ending = [each for each in resets if each.effective]
    fins = [None if tally.fin[side] is None else tally.fin[side][0] for side in order]  # type: ignore[index]  # just asked
    return Facts(
        opened_by=tuple(SIDES[place] for place, side in enumerate(order) if tally.syn[side]),
        established=all("ESTABLISHED" in each.story.states for each in found if each.seen),
        closed_first=first if first is None or first == "both" else SIDES[order.index(first)],
        fin_frames=(fins[0], fins[1]), resets=tuple(resets), reset_by=ending[0].sender if ending else None,
        conn_state=tally.conn_state(order[0]), completeness=tally.bits,
        octets=(tally.octets[order[0]], tally.octets[order[1]]),
    )  # fmt: skip


def _notes(missing: tuple[list[Gap], list[Gap]], found: tuple[EndFound, EndFound]) -> tuple[str, ...]:
    notes = [
        f"{end.name}: {gap.what} of {gap.octets} from {gap.seq} on was not captured (frame {gap.frame} tells)."
        for end, gaps in zip(found, missing, strict=True)
        for gap in dict.fromkeys(gaps)
    ]
    return tuple(notes)
