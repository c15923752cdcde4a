"""Calls of the socket layer over the RFC's user calls (V-24): when accept() and connect() return.

An event stands for the return, which may happen at any moment from when it is possible. Ids K-, and L-3g.
"""

from __future__ import annotations

from spec.language import Event, Relation, Step, Variable, bool_var, lt, negated
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import ISS, LISTEN_STEPS, ORIGIN, SND, SYN, SYNCHRONIZED, State, TcpRule, has

ACCEPTED = bool_var("ACCEPTED")
CONNECT_RETURNED = bool_var("CONNECT.RETURNED")
ACCEPT_WAITS = bool_var("ACCEPT.WAITS")
_CITE = "the socket calls over RFC 9293 §3.9.1.1"


def _call(name: str) -> Step:
    event = Event(name, "internal", _CITE)
    return Step(event, name, name, _CITE)


ACCEPT = _call("ACCEPT")
CONNECT_RETURNS = _call("CONNECT RETURNS")
ACCEPT_CALLED = _call("ACCEPT CALLED")

_SYN_ACKED = lt(ISS, SND.UNA)
_VARIABLES = (
    Variable(ACCEPTED, False, "accept() has returned this connection."),
    Variable(CONNECT_RETURNED, False, "connect() has returned for this connection."),
)


def sockets(relation: Relation[State]) -> Relation[State]:
    """Return the relation with the returns of accept() and connect(); no other rule changes."""
    accept = TcpRule(
        id="K-1",
        title="accept() returns a connection from a passive OPEN that is ESTABLISHED or later, once.",
        cite=_CITE,
        on=ACCEPT,
        state=SYNCHRONIZED,
        when=(ORIGIN == "passive", _SYN_ACKED, negated(ACCEPTED)),
        then=(ACCEPTED.becomes(True),),
        signal="accept returns",
        note="After a CLOSE in SYN-RECEIVED only when our SYN is acknowledged.",
    )
    connect = TcpRule(
        id="K-2",
        title="connect() returns when its connection is ESTABLISHED or later, once.",
        cite=_CITE,
        on=CONNECT_RETURNS,
        state=SYNCHRONIZED,
        when=(ORIGIN == "active", _SYN_ACKED, negated(CONNECT_RETURNED)),
        then=(CONNECT_RETURNED.becomes(True),),
        signal="connect returns",
        note="Success only: that connect() fails is what the error signals of SYN-SENT and SYN-RECEIVED say.",
    )
    names = tuple(variable.name for variable in _VARIABLES)
    return relation.add(
        accept,
        connect,
        variables=_VARIABLES,
        steps=(ACCEPT, CONNECT_RETURNS),
        forget={"CLOSED": names, "LISTEN": names},
    )


def accept_gate(relation: Relation[State]) -> Relation[State]:
    """Return the relation whose listener answers a SYN only while a call of accept() waits."""
    waits = Variable(ACCEPT_WAITS, False, "The user has called accept().")
    called = TcpRule(
        id="K-3",
        title="The user of a listener calls accept().",
        cite=_CITE,
        on=ACCEPT_CALLED,
        state=("LISTEN",),
        when=(negated(ACCEPT_WAITS),),
        then=(ACCEPT_WAITS.becomes(True),),
    )
    dropped = TcpRule(
        id="L-3g",
        title="A SYN in LISTEN is dropped unless a call of accept() waits.",
        cite="mutant of RFC 9293 §3.10.7.2, third",
        on=LISTEN_STEPS.SYN,
        state=("LISTEN",),
        when=(has(SYN), negated(ACCEPT_WAITS)),
    )
    patched = sockets(relation).add(
        called, dropped, variables=(waits,), steps=(ACCEPT_CALLED,), forget={"CLOSED": (waits.name,)}
    )
    return patched.replace("L-3", when=(*relation.rule("L-3").when, ACCEPT_WAITS))


VARIANTS: tuple[Variant, ...] = (
    variant(
        "sockets",
        "With the returns of accept() and connect(); nothing else differs.",
        "socket calls mapped to the user calls of RFC 9293 §3.9.1",
        sockets(TCP),
    ),
    variant(
        "accept-gate",
        "The server answers a SYN only after its user has called accept(), as some tutorials have it.",
        "mutant of RFC 9293 §3.10.7.2, third",
        accept_gate(TCP),
    ),
)
