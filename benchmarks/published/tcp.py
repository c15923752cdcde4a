"""The life of a TCP connection as the diagram draws it: the model MCtcp of the TLA+ Examples.

Source: TLA+ Examples, specifications/tcp/tcp.tla, MCtcp.tla and MCtcp.cfg (M. A. Kuppe, after Figure 5 of
RFC 9293). Segments are bare words without numbers, a queue carries them to each end, and an end takes the
head of its queue only when the diagram has an arrow for it. Three arrows need a word:

    Note 2   in FIN-WAIT-1 a FIN followed by the acknowledgment of our FIN is taken in one step. The message
             that stands for both has the second's kind in NEXT, which is "none" in a message on its own.
    Note 3   while there is a TCB an end may send RST and go to TIME-WAIT, from any state; and a RST may take
             it to LISTEN or to CLOSED, from any state, two ways besides that of SYN-RECEIVED.
    LAST-ACK leads to CLOSED with the TCB still there.

It starts just after one end opened actively and the other passively. OPENs and SENDs happen no more: TLC is
told so by an action constraint. A constraint on states bars two equal segments in a row. The steps that they
bar count as generated: 652 of the second kind and 2464 of the first, without which the figure would be 3858.
"""

from __future__ import annotations

from itertools import pairwise

from benchmarks.plain_machine import SEGMENT, Habits, PlainMachine
from benchmarks.published.counting import Counts, as_tlc_counts
from benchmarks.published.queues import Queues
from checker.explore.kernel import explore
from spec.language import SEG as SEG_OWNER
from spec.language import BoolExpr, Event, Message, Relation, Rule, Step, Variable, bool_var, enum, enum_var
from spec.language.expressions import lift
from spec.vocabulary import STATE, STATES, State

PUBLISHED = Counts(distinct=1182, generated=6322, depth=14)
"""manifest.json of specifications/tcp, MCtcp.cfg."""

ArrowRule = Rule[State]

TCB = bool_var("TCB")
VARIABLES = (
    Variable(STATE, "CLOSED", "The connection's state."),
    Variable(TCB, initial=False, meaning="There is a transmission control block."),
)

KINDS = enum("kind", "none", "SYN", "SYN,ACK", "ACK", "RST", "FIN", "ACK of FIN")
KIND = enum_var("KIND", KINDS, SEG_OWNER)
NEXT = enum_var("NEXT", KINDS, SEG_OWNER)


def _send(kind: str) -> tuple[Message, ...]:
    return (Message({"KIND": lift(kind, KINDS), "NEXT": lift("none", KINDS)}),)


def _received(kind: str, following: str = "none") -> tuple[BoolExpr, ...]:
    return (KIND.isin((kind,)), NEXT.isin((following,)))


def _step(name: str, kind: str) -> Step:
    return Step(Event(name, kind, "tcp.tla"), name, name, "tcp.tla")


ACTIVE_OPEN = _step("ACTIVE OPEN", "call")
PASSIVE_OPEN = _step("PASSIVE OPEN", "call")
SEND = _step("SEND", "call")
CLOSE = _step("CLOSE", "call")
TIME_WAIT_TIMEOUT = _step("TIME-WAIT TIMEOUT", "timeout")
RESET = _step("RESET", "internal")
ARRIVES = _step("SEGMENT ARRIVES", SEGMENT)
RESET_TO_LISTEN = _step("RST ARRIVES, TO LISTEN", SEGMENT)
RESET_TO_CLOSED = _step("RST ARRIVES, TO CLOSED", SEGMENT)
STEPS = (
    ACTIVE_OPEN, PASSIVE_OPEN, SEND, CLOSE, TIME_WAIT_TIMEOUT, RESET,
    ARRIVES, RESET_TO_LISTEN, RESET_TO_CLOSED,
)  # fmt: skip

USER_RULES = (
    ArrowRule(
        id="active-open",
        title="An active OPEN makes a TCB and sends SYN.",
        cite="tcp.tla, ACTIVE_OPEN",
        on=ACTIVE_OPEN,
        state=("CLOSED",),
        then=(TCB.becomes(value=True),),
        send=_send("SYN"),
        goto="SYN-SENT",
    ),
    ArrowRule(
        id="passive-open",
        title="A passive OPEN makes a TCB.",
        cite="tcp.tla, PASSIVE_OPEN",
        on=PASSIVE_OPEN,
        state=("CLOSED",),
        then=(TCB.becomes(value=True),),
        goto="LISTEN",
    ),
    ArrowRule(
        id="send",
        title="A SEND in LISTEN sends SYN.",
        cite="tcp.tla, SEND",
        on=SEND,
        state=("LISTEN",),
        send=_send("SYN"),
        goto="SYN-SENT",
    ),
    ArrowRule(
        id="close.early",
        title="A CLOSE in LISTEN or SYN-SENT deletes the TCB.",
        cite="tcp.tla, CLOSE_LISTEN and CLOSE_SYN_SENT",
        on=CLOSE,
        state=("LISTEN", "SYN-SENT"),
        then=(TCB.becomes(value=False),),
        goto="CLOSED",
    ),
    ArrowRule(
        id="close.open",
        title="A CLOSE in SYN-RECEIVED or ESTABLISHED sends FIN.",
        cite="tcp.tla, CLOSE_SYN_RECEIVED and CLOSE_ESTABLISHED",
        on=CLOSE,
        state=("SYN-RECEIVED", "ESTABLISHED"),
        send=_send("FIN"),
        goto="FIN-WAIT-1",
    ),
    ArrowRule(
        id="close.close-wait",
        title="A CLOSE in CLOSE-WAIT sends FIN.",
        cite="tcp.tla, CLOSE_CLOSE_WAIT",
        on=CLOSE,
        state=("CLOSE-WAIT",),
        send=_send("FIN"),
        goto="LAST-ACK",
    ),
    ArrowRule(
        id="time-wait",
        title="TIME-WAIT ends and the TCB is deleted.",
        cite="tcp.tla, TimeWait",
        on=TIME_WAIT_TIMEOUT,
        state=("TIME-WAIT",),
        when=(TCB,),
        then=(TCB.becomes(value=False),),
        goto="CLOSED",
    ),
)


def _arrow(state: State, kind: str, goto: State, answer: str | None = None) -> Rule[State]:
    return ArrowRule(
        id=f"{state.lower()}.{kind.lower()}",
        title=f"{kind} in {state} leads to {goto}.",
        cite="tcp.tla, System",
        on=ARRIVES,
        state=(state,),
        when=_received(kind),
        send=() if answer is None else _send(answer),
        goto=goto,
    )


ARROWS = (
    _arrow("SYN-SENT", "SYN", "SYN-RECEIVED", "SYN,ACK"),
    _arrow("SYN-SENT", "SYN,ACK", "ESTABLISHED", "ACK"),
    _arrow("SYN-RECEIVED", "RST", "LISTEN"),
    _arrow("SYN-RECEIVED", "ACK", "ESTABLISHED"),
    _arrow("LISTEN", "SYN", "SYN-RECEIVED", "SYN,ACK"),
    _arrow("ESTABLISHED", "FIN", "CLOSE-WAIT", "ACK of FIN"),
    _arrow("FIN-WAIT-1", "FIN", "CLOSING", "ACK of FIN"),
    _arrow("FIN-WAIT-1", "ACK of FIN", "FIN-WAIT-2"),
    _arrow("FIN-WAIT-2", "FIN", "TIME-WAIT", "ACK of FIN"),
    _arrow("CLOSING", "ACK of FIN", "TIME-WAIT"),
    _arrow("LAST-ACK", "ACK of FIN", "CLOSED"),
)

NOTE_RULES = (
    ArrowRule(
        id="note-2",
        title="FIN and the acknowledgment of our FIN together lead from FIN-WAIT-1 to TIME-WAIT.",
        cite="tcp.tla, Note2; RFC 9293, Figure 5, note 2",
        on=ARRIVES,
        state=("FIN-WAIT-1",),
        when=_received("FIN", "ACK of FIN"),
        send=_send("ACK of FIN"),
        goto="TIME-WAIT",
    ),
    ArrowRule(
        id="note-3.send",
        title="RST may be sent from any state with a TCB, which leads to TIME-WAIT.",
        cite="tcp.tla, Note3; RFC 9293, Figure 5, note 3",
        on=RESET,
        state=STATES,
        when=(TCB,),
        send=_send("RST"),
        goto="TIME-WAIT",
    ),
    ArrowRule(
        id="note-3.to-listen",
        title="RST may lead from any state to LISTEN.",
        cite="tcp.tla, Note3; RFC 9293, Figure 5, note 3",
        on=RESET_TO_LISTEN,
        state=STATES,
        when=_received("RST"),
        goto="LISTEN",
    ),
    ArrowRule(
        id="note-3.to-closed",
        title="RST may lead from any state to CLOSED.",
        cite="tcp.tla, Note3; RFC 9293, Figure 5, note 3",
        on=RESET_TO_CLOSED,
        state=STATES,
        when=_received("RST"),
        goto="CLOSED",
    ),
)

FIGURE_5: Relation[State] = Relation(
    name="mc-tcp",
    title="Figure 5 of RFC 9293 without sequence numbers.",
    variables=VARIABLES,
    message={"KIND": KINDS, "NEXT": KINDS},
    steps=STEPS,
    rules=(*USER_RULES, *ARROWS, *NOTE_RULES),
    forget={},
)


def counts() -> Counts:
    """Return what our kernel finds, counted as TLC counts."""
    barred = frozenset(step.event.name for step in (ACTIVE_OPEN, PASSIVE_OPEN, SEND))
    machine = PlainMachine(FIGURE_5, 1, ({}, {}), habits=Habits(barred=barred, patient=True))
    opened, listening = {"STATE": "SYN-SENT", "TCB": True}, {"STATE": "LISTEN", "TCB": True}
    syn = ("SYN", "none")
    starts = [
        machine.start(opened, listening, machine.segment(1, syn)),
        machine.start(listening, opened, machine.segment(0, syn)),
    ]

    def together(first: int, second: int) -> int:
        kinds = (machine.segments[first][0], machine.segments[second][0])
        return machine.segment(machine.destination[first], kinds)

    network = Queues(machine.destination, lambda queue: all(a != b for a, b in pairwise(queue)), together)
    return as_tlc_counts(explore(machine, network, starts=starts), len(starts))
