"""Worlds that tutorials 2 and 3 need beside those that all claims share."""

from __future__ import annotations

from dataclasses import replace

from spec.claims.worlds import PLAIN, TALK
from spec.environment import SAFETY, Faults, IsnPolicy, World
from spec.network import Network
from spec.parametric_worlds import last_ack, restart
from spec.scenarios import CRASH, REPLAY, UNCERTAIN
from spec.time_wait import TimeWait

RESENT = replace(
    TALK,
    name="resent",
    title="One connection with text both ways; each end may send one segment again.",
    faults=Faults(retransmissions=1),
)
"""Text and FINs are sent again."""
ONE_SIDED = replace(
    PLAIN,
    name="one-sided",
    title="As plain, but one segment is lost, one repeated, each end sends one again, and nothing keeps order.",
    network=Network(capacity=3),
    faults=Faults(losses=1, duplicates=1, retransmissions=1),
)
"""The client closes first, whatever the network does."""
OVERTAKING = replace(
    PLAIN,
    name="overtaking",
    title="As plain, but segments overtake each other.",
    network=Network(capacity=3),
)
"""Nothing is lost or repeated, but order is not kept."""
CRASHING = CRASH
DOUBTFUL = replace(UNCERTAIN, name="doubtful", asks=SAFETY)
"""The client may give up, and segments are lost: what an end can know of the other."""
_CONST = IsnPolicy("const")
RESTARTED = restart(IsnPolicy(), quiet=False)
"""The client loses its memory and opens again; its initial sequence number is fresh."""
FORGETFUL = replace(restart(_CONST, quiet=False), name="forgetful")
"""As RESTARTED, but the client takes the same initial sequence number again."""
GUARDED = replace(
    REPLAY,
    name="guarded",
    title="As replay, and the client's TIME-WAIT never ends; the listener's initial sequence numbers are fresh.",
    time_wait=TimeWait(None),
)
UNFRESH = replace(
    GUARDED,
    name="unfresh",
    title="As replay, and the client's TIME-WAIT never ends; the listener takes the same number again.",
    isn=(_CONST, _CONST),
)
"""TIME-WAIT for ever, with fresh numbers and without."""


def ending(msls: int, losses: int | None = 0) -> World:
    """Return a world about the end of a connection, with a clock: TIME-WAIT lasts so many MSL."""
    world = last_ack(TimeWait(msls, "any_emission"), losses, 1)
    return replace(world, name=f"ending-{msls}{'' if losses == 0 else '-lossy'}", asks=SAFETY)


NO_WAIT, TWO_MSL = ending(0), ending(2)
NO_WAIT_LOSSY, TWO_MSL_LOSSY = ending(0, None), ending(2, None)
"""Without TIME-WAIT and with one of 2 MSL; lossy: any number of segments is lost."""


def numbered(name: str, title: str, client: int, server: int) -> World:
    """Return the plain world with these initial sequence numbers."""
    return replace(
        PLAIN, name=name, title=title, isn=(IsnPolicy("given", values=(client,)), IsnPolicy("given", values=(server,)))
    )


NUMBERED = numbered("numbered", "As plain, with initial sequence numbers 1521 and 3562.", 1521, 3562)
TOP = numbered("top", "As plain, with initial sequence numbers of 2^32 - 1.", 2**32 - 1, 2**32 - 1)
