"""Which RST and which SYN reset a connection: V-4, V-5, V-7 (tw_rst), V-15, V-19."""

from __future__ import annotations

from spec.language import BoolExpr, Relation, all_of, leq, negated
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACK,
    ORIGIN,
    OTHER_STEPS,
    RCV,
    RST,
    RST_FOR_ACK,
    RST_FOR_NO_ACK,
    SEG,
    STATE,
    SYN_IN_WINDOW,
    SYNCHRONIZED,
    State,
    TcpRule,
    has,
    lacks,
)

_RESET_SIGNAL = "connection reset"
_NOT_Y_1 = negated(all_of(STATE == "SYN-RECEIVED", ORIGIN == "passive"))


_IN_WINDOW = (has(RST), leq(RCV.NXT, SEG.SEQ))


def rst_in_window(relation: Relation[State], rst: tuple[BoolExpr, ...] = _IN_WINDOW) -> Relation[State]:
    """Return the relation in which any RST in the window resets (RFC 793, RFC 9293 without RFC 5961)."""
    passive, active = (ORIGIN == "passive", ORIGIN == "active")
    return (
        relation.without("R-1")
        .replace("R-2", when=(*rst, passive))
        .replace("R-3", when=(*rst, active))
        .replace("R-4", when=rst)
        .replace("R-5", when=rst)
    )


def syn_reset(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which a SYN in the window of a synchronized state is answered by a reset.

    An active SYN-RECEIVED is treated like a synchronized state; a passive one is Y-1's.
    """
    states: tuple[State, ...] = ("SYN-RECEIVED", *SYNCHRONIZED)
    title = "A SYN in the window is an error: it is answered by a reset and ends the connection."
    cite = 'RFC 9293 §3.10.7.4, fourth ("For implementations that do not follow RFC 5961")'
    bare = TcpRule(
        id="Y-3",
        title=title,
        cite=cite,
        on=OTHER_STEPS.SYN,
        state=states,
        when=(SYN_IN_WINDOW, _NOT_Y_1, lacks(ACK)),
        send=RST_FOR_NO_ACK,
        goto="CLOSED",
        signal=_RESET_SIGNAL,
    )
    with_ack = TcpRule(
        id="Y-3a",
        title=title,
        cite=cite,
        on=OTHER_STEPS.SYN,
        state=states,
        when=(SYN_IN_WINDOW, _NOT_Y_1, has(ACK)),
        send=RST_FOR_ACK,
        goto="CLOSED",
        signal=_RESET_SIGNAL,
    )
    return relation.without("Y-2", "Y-2a").add(bare, with_ack)


def rfc1337(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which TIME-WAIT ignores RST segments (RFC 1337 §3, F1)."""
    ignored = TcpRule(
        id="R-6",
        title="A RST in TIME-WAIT is ignored.",
        cite="RFC 1337 §3, (F1)",
        on=OTHER_STEPS.RST,
        state=("TIME-WAIT",),
        when=(has(RST), leq(RCV.NXT, SEG.SEQ)),
        note="One that begins left of the window is R-0's.",
    )
    without_time_wait = tuple(state for state in relation.rule("R-1").state if state != "TIME-WAIT")
    return relation.replace("R-1", state=without_time_wait).replace("R-5", state=("CLOSING", "LAST-ACK")).add(ignored)


def silent_closed(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which a connection that does not exist answers nothing."""
    return relation.replace("C-2a", send=()).replace("C-2b", send=())


_UNCHECKED = rst_in_window(TCP, (has(RST),)).without("Q-1", "R-0")

VARIANTS: tuple[Variant, ...] = (
    variant(
        "rst-in-window",
        "Any RST in the window resets: no challenge ACK for RST.",
        "RFC 9293 §3.10.7.4, second, without RFC 5961; RFC 793",
        rst_in_window(TCP),
    ),
    variant(
        "rst-unchecked",
        "Any RST resets, in the window or not: the sequence number of a RST is not looked at.",
        "mutant of RFC 9293 §3.5.3: what validating a RST is for",
        _UNCHECKED,
    ),
    variant(
        "syn-reset",
        "A SYN in the window of a synchronized state is answered by a reset: no challenge ACK for SYN.",
        "RFC 9293 §3.10.7.4, fourth, without RFC 5961; RFC 793",
        syn_reset(TCP),
    ),
    variant(
        "rfc1337",
        "TIME-WAIT ignores RST segments.",
        "RFC 1337 §3, (F1)",
        rfc1337(TCP),
    ),
    variant(
        "abort-to-time-wait",
        "An ABORT that sends a RST enters TIME-WAIT instead of CLOSED.",
        'RFC 9293 §3.5.2 ("The side ... issuing a reset should enter the TIME-WAIT state"); Figure 5, note 3',
        TCP.replace("U-22", goto="TIME-WAIT"),
    ),
    variant(
        "silent-closed",
        "A connection that does not exist answers nothing: a firewall, or a host that is down.",
        "environment of RFC 9293 §3.10.7.1",
        silent_closed(TCP),
    ),
)
