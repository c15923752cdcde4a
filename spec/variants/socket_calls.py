"""The calls of the socket layer, in order and out of order: socket, bind, listen, accept, connect, shutdown, close.

A patch on variant sockets. One end has one socket: the listening one, until accept() has returned the connection.
listen() is a passive OPEN, connect() an active one, shutdown() a CLOSE, and close() a CLOSE after which nothing is
read. The RFC's own calls stay: an OPEN is all the calls that lead to it in one. Ids K-4 to K-13, A-1q.
"""

from __future__ import annotations

from dataclasses import replace

from spec.language import (
    CONTINUE,
    BoolExpr,
    Event,
    Relation,
    Rule,
    Step,
    Variable,
    all_of,
    any_of,
    bool_var,
    enum,
    enum_var,
    named,
    negated,
)
from spec.tcp import TCP
from spec.variants.readings import half_duplex_close
from spec.variants.sockets import ACCEPT, ACCEPTED, sockets
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    CLOSE,
    CLOSE_QUEUED,
    NEW_ACK,
    NEW_TEXT,
    NO_CONNECTION,
    ORIGIN,
    OTHER,
    OTHER_STEPS,
    STATE,
    STATES,
    State,
    TcpRule,
)

DESCRIPTOR = enum_var("DESCRIPTOR", enum("descriptor", "none", "unbound", "bound"))
OTHER_WAITS = bool_var("OTHER.WAITS")
_POSIX = "POSIX.1-2017, "


def _event(name: str, kind: str, cite: str) -> Step:
    event = Event(name, kind, cite)
    return Step(event, name, name, cite)


def _checked(name: str) -> tuple[Step, Step]:
    """Return the steps of a call that is checked before it is passed on to TCP."""
    event = Event(name, "call", f"{_POSIX}{name}")
    return Step(event, f"{name}: check", name, event.cite), Step(event, name, name, event.cite)


SOCKET, BIND, LISTEN_CALL, CONNECT, ACCEPT_CALL = (
    _event(name, "call", f"{_POSIX}{name}") for name in ("socket()", "bind()", "listen()", "connect()", "accept()")
)
SHUTDOWN_CHECK, SHUTDOWN = _checked("shutdown()")
CLOSE_CHECK, CLOSE_CALL = _checked("close()")
OTHER_CONNECTION = _event("OTHER CONNECTION", "attack", "Linux listen(2), the queue of established sockets")
STEPS = (
    SOCKET, BIND, LISTEN_CALL, CONNECT, ACCEPT_CALL, SHUTDOWN_CHECK, SHUTDOWN, CLOSE_CHECK, CLOSE_CALL,
    OTHER_CONNECTION,
)  # fmt: skip

_VARIABLES = (
    Variable(DESCRIPTOR, "none", "What the user holds: no socket, one without an address, or one with an address."),
    Variable(OTHER_WAITS, False, "Another client's connection waits in the accept queue, which has room for one."),
)
NO_SOCKET: BoolExpr = DESCRIPTOR == "none"
HAS_SOCKET: BoolExpr = DESCRIPTOR != "none"
_NOT_RETURNED = all_of(STATE.isin(OTHER), ORIGIN == "passive", negated(ACCEPTED))
LISTENING: BoolExpr = named("the socket listens", all_of(HAS_SOCKET, any_of(STATE == "LISTEN", _NOT_RETURNED)))
"""Until accept() has returned the connection, the user holds the socket that listens."""
CONNECTION: BoolExpr = named(
    "the socket is a connection's", all_of(HAS_SOCKET, negated(STATE.isin(NO_CONNECTION)), negated(_NOT_RETURNED))
)
_EXISTING = STATES[1:]
_SYNCHRONIZING: tuple[State, ...] = ("SYN-SENT", "SYN-RECEIVED")
_OPEN: tuple[State, ...] = ("ESTABLISHED", "CLOSE-WAIT")
_SHUT: tuple[State, ...] = ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT")
_SYN_SENT_OR_OPEN: tuple[State, ...] = (*_SYNCHRONIZING, *_OPEN)


def _refused(
    rule_id: str, on: Step | tuple[Step, ...], state: tuple[State, ...], when: BoolExpr, error: str, why: str
) -> TcpRule:
    """Return the rule by which a call out of order is refused; it changes nothing and sends nothing."""
    names = [step.event.name for step in (on if isinstance(on, tuple) else (on,))]
    return TcpRule(
        id=rule_id,
        title=f"{', '.join(names)}: {why}",
        cite=f"{_POSIX}{names[0]}, {error}",
        on=on,
        state=state,
        when=(when,),
        signal=f"error: {error}",
    )


REFUSALS: tuple[TcpRule, ...] = (
    _refused(
        "K-4e",
        (BIND, LISTEN_CALL, CONNECT, ACCEPT_CALL, SHUTDOWN_CHECK, CLOSE_CHECK),
        STATES,
        NO_SOCKET,
        "EBADF",
        "there is no socket.",
    ),
    _refused(
        "K-5e",
        BIND,
        STATES,
        any_of(DESCRIPTOR == "bound", all_of(HAS_SOCKET, STATE != "CLOSED")),
        "EINVAL",
        "the socket has an address already.",
    ),
    _refused("K-6e", LISTEN_CALL, ("CLOSED",), DESCRIPTOR == "unbound", "EDESTADDRREQ", "bind() comes first."),
    _refused("K-6i", LISTEN_CALL, _EXISTING, CONNECTION, "EINVAL", "the socket is connected already."),
    _refused("K-7l", CONNECT, _EXISTING, LISTENING, "EOPNOTSUPP", "a socket that listens cannot be connected."),
    _refused("K-7e", CONNECT, _SYNCHRONIZING, CONNECTION, "EALREADY", "connecting is under way."),
    _refused("K-7i", CONNECT, STATES[4:], CONNECTION, "EISCONN", "the socket is connected already."),
    _refused(
        "K-8e",
        ACCEPT_CALL,
        STATES,
        all_of(HAS_SOCKET, negated(LISTENING)),
        "EINVAL",
        "the socket does not listen.",
    ),
    _refused(
        "K-9e",
        SHUTDOWN_CHECK,
        STATES,
        all_of(HAS_SOCKET, any_of(negated(CONNECTION), STATE.isin(_SYNCHRONIZING))),
        "ENOTCONN",
        "the socket is not connected.",
    ),
)
"""What each call out of order is answered by. One socket an end: see K-4m."""


def _opening(relation: Relation[State]) -> tuple[TcpRule, ...]:
    """Return the calls up to listen() and connect(), the last two copied from OPEN."""
    passive, active = relation.rule("U-1"), relation.rule("U-2")
    return (
        TcpRule(
            id="K-4",
            title="socket() creates a socket without an address; there is no TCB.",
            cite=f"{_POSIX}socket()",
            on=SOCKET,
            state=("CLOSED",),
            when=(NO_SOCKET,),
            then=(DESCRIPTOR.becomes("unbound"),),
        ),
        TcpRule(
            id="K-4m",
            title="A second socket() is refused.",
            cite=f"{_POSIX}socket(), EMFILE",
            on=SOCKET,
            state=STATES,
            when=(any_of(HAS_SOCKET, STATE != "CLOSED"),),
            signal="error: EMFILE",
            note="An end has one socket here; an operating system has many.",
        ),
        TcpRule(
            id="K-5",
            title="bind() gives the socket an address.",
            cite=f"{_POSIX}bind()",
            on=BIND,
            state=("CLOSED",),
            when=(DESCRIPTOR == "unbound",),
            then=(DESCRIPTOR.becomes("bound"),),
        ),
        replace(
            passive,
            id="K-6",
            title="listen() is a passive OPEN.",
            cite=f"{_POSIX}listen(); {passive.cite}",
            on=LISTEN_CALL,
            when=(DESCRIPTOR == "bound",),
            note="POSIX lets a protocol refuse to listen without an address, as here (K-6e); Linux picks an address.",
        ),
        TcpRule(
            id="K-6r",
            title="listen() on a socket that listens changes nothing.",
            cite=f"{_POSIX}listen()",
            on=LISTEN_CALL,
            state=_EXISTING,
            when=(LISTENING,),
            note="It may change the backlog, which is 1 here.",
        ),
        replace(
            active,
            id="K-7",
            title="connect() is an active OPEN; it gives the socket an address if it has none.",
            cite=f"{_POSIX}connect(); {active.cite}",
            on=CONNECT,
            when=(HAS_SOCKET,),
            then=(*active.then, DESCRIPTOR.becomes("bound")),
        ),
    )


def _accepting() -> tuple[TcpRule, ...]:
    return (
        TcpRule(
            id="K-8",
            title="accept() waits on a socket that listens.",
            cite=f"{_POSIX}accept()",
            on=ACCEPT_CALL,
            state=_EXISTING,
            when=(LISTENING,),
            note="When it returns is K-1's and K-12's business; that it is called has no effect on TCP.",
        ),
        TcpRule(
            id="K-12",
            title="accept() returns another client's connection that was completed before.",
            cite="Linux listen(2): a queue of completely established sockets waiting to be accepted",
            on=ACCEPT,
            state=_EXISTING,
            when=(LISTENING, OTHER_WAITS),
            then=(OTHER_WAITS.becomes(False),),
            signal="accept returns another connection",
        ),
        TcpRule(
            id="K-13",
            title="Another client's connection is completed and waits in the accept queue.",
            cite="Linux listen(2): a queue of completely established sockets waiting to be accepted",
            on=OTHER_CONNECTION,
            state=("LISTEN", "SYN-RECEIVED"),
            when=(LISTENING, negated(OTHER_WAITS)),
            then=(OTHER_WAITS.becomes(True),),
        ),
        TcpRule(
            id="A-1q",
            title="The ACK of our SYN is dropped while the accept queue is full: the connection stays as it is.",
            cite="Linux tcp(7), tcp_abort_on_overflow = 0; net/ipv4/tcp_ipv4.c, tcp_v4_syn_recv_sock()",
            on=OTHER_STEPS.ACK_SYN_RECEIVED,
            state=("SYN-RECEIVED",),
            when=(NEW_ACK, LISTENING, OTHER_WAITS),
            note="The client is ESTABLISHED already; our SYN,ACK, sent again, brings the ACK again. RFC 9293 knows no "
            "accept queue.",
        ),
    )


def _closing(relation: Relation[State]) -> tuple[TcpRule, ...]:
    abort = relation.rule("U-22")
    return (
        TcpRule(
            id="K-9",
            title="A second shutdown() changes nothing.",
            cite="Linux net/ipv4/af_inet.c, inet_shutdown()",
            on=SHUTDOWN_CHECK,
            state=(*_OPEN, *_SHUT),
            when=(CONNECTION, any_of(negated(STATE.isin(_OPEN)), CLOSE_QUEUED)),
        ),
        TcpRule(
            id="K-10",
            title="close() gives the socket up; what CLOSE does follows.",
            cite=f"{_POSIX}close(); RFC 9293 §3.6.1, MAY-1",
            on=CLOSE_CHECK,
            state=_SYN_SENT_OR_OPEN,
            when=(CONNECTION, negated(CLOSE_QUEUED)),
            then=(DESCRIPTOR.becomes("none"),),
            flow=CONTINUE,
        ),
        TcpRule(
            id="K-10s",
            title="close() after shutdown() gives the socket up; the FIN is not sent twice.",
            cite=f"{_POSIX}close(); RFC 9293 §3.10.4 (a second FIN is not emitted)",
            on=CLOSE_CHECK,
            state=(*_SYN_SENT_OR_OPEN, *_SHUT),
            when=(CONNECTION, any_of(negated(STATE.isin(_SYN_SENT_OR_OPEN)), CLOSE_QUEUED)),
            then=(DESCRIPTOR.becomes("none"),),
        ),
        TcpRule(
            id="K-10u",
            title="close() of a socket without a connection leaves nothing.",
            cite=f"{_POSIX}close()",
            on=CLOSE_CHECK,
            state=("CLOSED", "LISTEN"),
            when=(HAS_SOCKET,),
            goto="CLOSED",
        ),
        TcpRule(
            id="K-11",
            title="close() of the listening socket aborts a connection that accept() has not returned.",
            cite="Linux net/ipv4/inet_connection_sock.c, inet_csk_listen_stop(); RFC 9293 §3.10.5",
            on=CLOSE_CHECK,
            state=OTHER,
            when=(LISTENING,),
            send=abort.send,
            goto="CLOSED",
            note="RFC 9293 has no such case: there an OPEN is for one connection. Its user is told of no connection.",
        ),
    )


def _late_text(relation: Relation[State]) -> TcpRule:
    """Return D-3 of half-duplex-close for what arrives after close(), wherever text is taken otherwise."""
    late: Rule[State] = half_duplex_close(relation).rule("D-3")
    return replace(
        late,
        title="Text that arrives after close() is lost, and a reset says so.",
        state=relation.rule("D-1").state,
        when=(NEW_TEXT, NO_SOCKET),
    )


def socket_calls(relation: Relation[State]) -> Relation[State]:
    """Return the relation with the socket calls on top of the RFC's user calls, and an accept queue of one."""
    names = tuple(each.name for each in _VARIABLES)
    rules = (*_opening(relation), *_accepting(), *_closing(relation), *REFUSALS, _late_text(relation))
    patched = sockets(relation).add(*rules, variables=_VARIABLES, steps=STEPS, forget={"CLOSED": names})
    for rule_id in ("U-1", "U-2"):  # an OPEN is socket(), bind() and listen(), or socket() and connect(), in one
        patched = patched.replace(rule_id, then=(*relation.rule(rule_id).then, DESCRIPTOR.becomes("bound")))
    for rule_id in ("U-14", "U-15", "U-16"):
        patched = patched.replace(rule_id, on=(CLOSE, CLOSE_CALL))
    for rule_id in ("U-17", "U-17q", "U-18", "U-18q"):
        patched = patched.replace(rule_id, on=(CLOSE, SHUTDOWN, CLOSE_CALL))
    for rule_id in ("D-1", "D-1f", "D-1b", "D-1bf"):
        patched = patched.replace(rule_id, when=(*relation.rule(rule_id).when, HAS_SOCKET))
    full = all_of(LISTENING, OTHER_WAITS)
    for rule_id in ("A-1", "K-1"):
        patched = patched.replace(rule_id, when=(*patched.rule(rule_id).when, negated(full)))
    return patched.replace("K-2", when=(*patched.rule("K-2").when, HAS_SOCKET))


VARIANTS: tuple[Variant, ...] = (
    variant(
        "socket-calls",
        "With the calls of the socket layer, refused out of order, and an accept queue with room for one.",
        "POSIX.1-2017 (socket to close) over the user calls of RFC 9293 §3.9.1; Linux's accept queue",
        socket_calls(TCP),
    ),
)
