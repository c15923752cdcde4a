"""Timers that give up: on a peer that never closes (V-16), on an idle one (V-17), or with a reset (V-18)."""

from __future__ import annotations

from spec.language import CONTINUE, Event, Relation, Step, Variable, nat_var
from spec.tcp import TCP
from spec.timeouts import OUTSTANDING
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACCEPTABLE,
    ACK,
    OTHER,
    OTHER_STEPS,
    RCV,
    SND,
    State,
    TcpRule,
    segment,
)


def _timeout(name: str, cite: str, kind: str = "timeout") -> Step:
    event = Event(name, kind, cite)
    return Step(event, name, name, cite)


FIN_WAIT_2_TIMEOUT = _timeout("FIN-WAIT-2 TIMEOUT", "Linux, tcp_fin_timeout")
KEEP_ALIVE_TIMEOUT = _timeout("KEEP-ALIVE TIMEOUT", "RFC 9293 §3.8.4", "idle")


def fin_wait_2_timeout(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which FIN-WAIT-2 does not wait for ever."""
    return relation.add(
        TcpRule(
            id="T-6",
            title="A peer that does not close is waited for no longer: the TCB is deleted.",
            cite="not in RFC 9293; Linux, tcp_fin_timeout",
            on=FIN_WAIT_2_TIMEOUT,
            state=("FIN-WAIT-2",),
            goto="CLOSED",
            note="The peer is not told. Linux starts this timer when no user holds the connection any more.",
        ),
        steps=(FIN_WAIT_2_TIMEOUT,),
    )


_IDLE: tuple[State, ...] = ("ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT")
"""The states in which a connection may be idle for long: nothing of ours is left to acknowledge."""
_NOTHING_TO_SEND = (OUTSTANDING == 0, SND.QUEUED == 0)


def keep_alive(relation: Relation[State], probes: int) -> Relation[State]:
    """Return the relation in which an idle peer is probed, and given up after so many probes without an answer."""
    unanswered = nat_var("KEEP.PROBES")
    count = Variable(unanswered, 0, "Keep-alive probes sent since the last acceptable segment (§3.8.4).")
    probe = TcpRule(
        id="T-5",
        title="An idle connection is probed.",
        cite="RFC 9293 §3.8.4, MAY-5, MUST-26 and SHLD-12",
        on=KEEP_ALIVE_TIMEOUT,
        state=_IDLE,
        when=(*_NOTHING_TO_SEND, unanswered < probes),
        then=(unanswered.becomes(unanswered + 1),),
        send=segment(SEQ=SND.NXT - 1, ACK=RCV.NXT, CTL=ACK),
    )
    give_up = TcpRule(
        id="T-5e",
        title="A peer that has answered none of the probes is taken for dead: the connection is closed.",
        cite="RFC 9293 §3.8.4, MUST-29",
        on=KEEP_ALIVE_TIMEOUT,
        state=_IDLE,
        when=(*_NOTHING_TO_SEND, unanswered == probes),
        goto="CLOSED",
        note="How many probes is not said, but for more than one; nor how the user is told. Like any timer this one "
        "fires at any moment, also while an answer is on its way.",
    )
    alive = TcpRule(
        id="Q-8",
        title="An acceptable segment shows that the peer is alive.",
        cite="RFC 9293 §3.8.4, MUST-26",
        on=OTHER_STEPS.SEQUENCE,
        state=OTHER,
        when=(ACCEPTABLE, unanswered > 0),
        then=(unanswered.becomes(0),),
        flow=CONTINUE,
    )
    forget = {"CLOSED": (count.name,), "LISTEN": (count.name,)}
    probed = relation.add(probe, give_up, alive, variables=(count,), steps=(KEEP_ALIVE_TIMEOUT,), forget=forget)
    return probed.replace("Q-5", then=(*relation.rule("Q-5").then, unanswered.becomes(0)))


def _with_reset(relation: Relation[State], rule_id: str, reset_id: str, title: str) -> Relation[State]:
    """Return the relation in which a timeout that deletes the TCB sends a reset where an ABORT does."""
    silent, abort = relation.rule(rule_id), relation.rule("U-22")
    return relation.replace(rule_id, state=tuple(state for state in silent.state if state not in abort.state)).add(
        TcpRule(
            id=reset_id,
            title=title,
            cite=f"{silent.cite}; §3.10.5, SYN-RECEIVED to CLOSE-WAIT",
            on=silent.on,
            state=tuple(state for state in silent.state if state in abort.state),
            when=silent.when,
            send=abort.send,
            goto="CLOSED",
            signal=silent.signal,
            note=silent.note,
        )
    )


VARIANTS: tuple[Variant, ...] = (
    variant(
        "fin-wait-2-timeout",
        "FIN-WAIT-2 ends by a timeout if the peer does not close.",
        "not in RFC 9293; Linux, tcp_fin_timeout",
        fin_wait_2_timeout(TCP),
    ),
    variant(
        "keep-alive",
        "An idle connection is probed; when two probes have had no answer it is closed.",
        "RFC 9293 §3.8.4, MAY-5",
        keep_alive(TCP, 2),
    ),
    variant(
        "keep-alive-1",
        "As keep-alive, but a single probe without an answer is enough.",
        "against RFC 9293 §3.8.4, MUST-29",
        keep_alive(TCP, 1),
    ),
    variant(
        "user-timeout-reset",
        "A user timeout sends a reset in the states in which an ABORT does.",
        "RFC 9293 §3.10.8, USER TIMEOUT, which sends none; §3.10.5",
        _with_reset(TCP, "T-1", "T-1r", "A user timeout aborts the connection with a reset."),
    ),
    variant(
        "r2-reset",
        "Giving up after R2 retransmissions sends a reset in the states in which an ABORT does.",
        "RFC 9293 §3.8.3, which asks for none; §3.10.5",
        _with_reset(TCP, "T-3", "T-3r", "After R2 retransmissions the connection is closed with a reset."),
    ),
)
