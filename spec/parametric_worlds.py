"""Worlds by parameter: the same story with other numbers, for tables and scenarios."""

from __future__ import annotations

from spec.environment import TIME, Faults, IsnPolicy, User, UserCall, World, active_open, close, passive_open, send
from spec.network import Network
from spec.time_wait import TimeWait
from spec.vocabulary import SEND

MSL = 3
"""Ticks: the shortest lifetime at which every reading of TIME-WAIT shows what it leaks."""


def stale_syn(octets: int, duplicates: int) -> World:
    """Return a world for P-01: one client, a listener that sends `octets` octets and is met by old segments."""
    calls = (send(octets), close()) if octets else (close(),)
    return World(
        f"stale-syn-{octets}",
        f"The client connects once, the server sends {octets} octet(s); copies arrive when the server listens again.",
        (User((active_open(), close())), User(calls, listens=True)),
        Network(capacity=3),
        Faults(duplicates=duplicates),
        incarnations=(1, 2),
    )


def last_ack(time_wait: TimeWait | None, losses: int | None, retransmissions: int, lifetime: int = MSL) -> World:
    """Return a world about the end of a connection: the client closes first and passes through TIME-WAIT."""
    return World(
        "last-ack",
        "One connection that the client closes first; segments live MSL ticks.",
        (
            User((active_open(), close(states=("ESTABLISHED",)))),
            User((passive_open(), close(states=("CLOSE-WAIT",)))),
        ),
        Network(capacity=3, lifetime=lifetime),
        Faults(losses=losses, retransmissions=retransmissions),
        time_wait=time_wait,
        asks=TIME,
    )


def restart(isn: IsnPolicy, *, quiet: bool) -> World:
    """Return a world about a restart: the client crashes and opens again, perhaps after the quiet time."""
    sends = UserCall(SEND, 2, octets=1, states=("ESTABLISHED", "CLOSE-WAIT"))
    return World(
        "restart",
        "The client loses its memory and opens again; segments live a tick.",
        (User((active_open(2), sends)), User((), listens=True)),
        Network(capacity=3, lifetime=1),
        Faults(losses=None, crashes=1, crashing=(0,), retransmissions=1),
        isn=(isn, IsnPolicy()),
        incarnations=(2, 2),
        quiet_time=quiet,
    )
