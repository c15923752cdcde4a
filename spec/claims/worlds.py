"""Worlds in which claims are judged: few and small, so that all claims are decided together in a minute."""

from __future__ import annotations

from dataclasses import replace

from spec.environment import SAFETY, Faults, User, UserCall, World, active_open, close, passive_open, send
from spec.network import FIFO, Network
from spec.parametric_worlds import last_ack
from spec.scenarios import ABORT, GIVE_UP, OPEN_CLOSE, REOPEN, SIMULTANEOUS, TUTORIAL_WORLD
from spec.time_wait import TimeWait
from spec.vocabulary import OPEN, SEND

TALK = World(
    "talk",
    "One connection with two octets from the client and one from the server; one segment may be repeated.",
    (User((active_open(), send(2), close())), User((passive_open(), send(1), close()))),
    Network(capacity=2),
    Faults(duplicates=1),
)
"""One connection with text both ways."""
ORDERLY = replace(TUTORIAL_WORLD, name="orderly")
"""The textbook's channel: in order, nothing lost, nothing repeated."""
PLAIN = World(
    "plain",
    "One connection without text over a channel that keeps order; the client opens and closes first, then the server.",
    (
        User((active_open(), close(states=("ESTABLISHED",)))),
        User((passive_open(), close(states=("CLOSE-WAIT",)))),
    ),
    Network(FIFO, 4),
)
"""The story that every tutorial tells: three segments to open, four to close."""
LOSSY = replace(
    OPEN_CLOSE,
    name="lossy",
    title="One connection without text; one segment is lost, one repeated, and each end sends one again.",
)
BOTH_OPEN = SIMULTANEOUS
TWICE = replace(REOPEN, users=(User((active_open(2), close(1))), User((close(1),), listens=True)), name="twice")
"""Two connections one after the other."""
FAST_OPEN = World(
    "fast-open",
    "One connection; the client's user OPENs with an octet to send (variant tfo puts it on the SYN).",
    (
        User((UserCall(OPEN, 1, active=True, octets=1), close(states=("ESTABLISHED",)))),
        User((passive_open(), close(states=("CLOSE-WAIT",)))),
    ),
    Network(FIFO, 4),
)
CLOCKED = replace(
    last_ack(TimeWait(2), 0, 1, 2),
    name="clocked",
    title="The client closes first; nothing is lost, segments live 2 ticks, TIME-WAIT lasts 2 MSL, 4 ticks.",
    asks=SAFETY,
)
CLOCKED_LOSSY = replace(
    CLOCKED, name="clocked-lossy", title="As clocked, but any segment may be lost.", faults=Faults(None, 0, 1)
)
HUNG_UP = replace(ABORT, name="hung-up", title="Users abort, and user timeouts strike.")
GIVEN_UP = replace(GIVE_UP, name="given-up", title="Segments are lost until the sender gives up (R2).")
LISTENING = replace(
    PLAIN,
    name="listening",
    title="As plain; the server listens from the start, so that no SYN is refused.",
    users=(PLAIN.users[0], User((close(states=("CLOSE-WAIT",)),), listens=True)),
)
_TALKING = ("ESTABLISHED", "CLOSE-WAIT")
CALM = World(
    "calm",
    "One connection with an octet each way; segments are reordered, and nobody SENDs or CLOSEs before ESTABLISHED.",
    (
        User((active_open(), UserCall(SEND, octets=1, states=_TALKING), close(states=_TALKING))),
        User((passive_open(), UserCall(SEND, octets=1, states=_TALKING), close(states=_TALKING))),
    ),
    Network(capacity=3),
)
CLOCKED_NO_WAIT = replace(
    CLOCKED, name="clocked-no-wait", title="As clocked, but TIME-WAIT ends at once.", time_wait=TimeWait(0)
)
