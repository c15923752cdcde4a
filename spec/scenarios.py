"""Scenarios by name: worlds small enough to be explored completely, and what each is for.

`tutorial` is the textbook's channel. `quick` takes a second a variant, `standard` a few, `deep` minutes.
"""

from __future__ import annotations

from dataclasses import replace

from spec.attackers import BLIND, FLOOD, Attacker
from spec.environment import (
    ATTACK,
    CLOSING,
    FLOODED,
    HALF_OPEN,
    KNOWING,
    OPENING,
    WRAPPING,
    Faults,
    Scenario,
    User,
    UserCall,
    World,
    abort,
    active_open,
    close,
    passive_open,
    receive,
    send,
)
from spec.network import FIFO, Network
from spec.parametric_worlds import last_ack
from spec.socket_worlds import SOCKET_CALLS
from spec.time_wait import TimeWait
from spec.vocabulary import OPEN, SEND

_CLIENT = User((active_open(), close()))
_SERVER = User((passive_open(), close()))
_LISTENER = User((close(2),), listens=True)

TUTORIAL_WORLD = World(
    "textbook",
    "One connection with text both ways over a channel that loses, repeats and reorders nothing.",
    (User((active_open(), send(1), close())), User((passive_open(), send(1), close()))),
    Network(FIFO, 4),
)

OPEN_CLOSE = World(
    "open-close",
    "One connection without text; segments are lost, repeated, reordered and sent again.",
    (_CLIENT, _SERVER),
    Network(capacity=3),
    Faults(losses=1, duplicates=1, retransmissions=1),
)
TEXT = World(
    "text",
    "One connection with text both ways; segments are repeated and reordered.",
    (User((active_open(), send(2), close())), User((passive_open(), send(1), close()))),
    Network(capacity=3),
    Faults(duplicates=1),
)
REOPEN = World(
    "reopen",
    "The client opens twice, the listener persists: segments of the first connection meet the second.",
    (User((active_open(2), close(2))), _LISTENER),
    Network(capacity=3),
    Faults(duplicates=1),
    incarnations=(2, 2),
)
REPLAY = World(
    "replay",
    "The client connects once and sends text; two copies of its segments arrive when the server listens again.",
    (User((active_open(), send(1), close())), User((close(),), listens=True)),
    Network(capacity=3),
    Faults(duplicates=2),
    incarnations=(1, 2),
)
SIMULTANEOUS = World(
    "simultaneous-open",
    "Both users open actively; segments are repeated and reordered.",
    (User((active_open(), close())), User((active_open(), close()))),
    Network(capacity=3),
    Faults(duplicates=1, retransmissions=1),
)
ABORT = World(
    "abort",
    "Users abort and user timeouts strike.",
    (User((active_open(), close(), abort())), User((passive_open(), close(), abort()))),
    Network(capacity=3),
    Faults(user_timeouts=1, retransmissions=1),
)
CRASH = World(
    "crash",
    "An end loses its memory and starts again.",
    (User((active_open(2),)), User((), listens=True)),
    Network(capacity=3),
    Faults(crashes=1, retransmissions=1),
    incarnations=(2, 2),
)
EARLY_CALLS = World(
    "early-calls",
    "Users call out of turn: SEND and OPEN while listening, SEND and CLOSE before ESTABLISHED, twice.",
    (
        User((active_open(), send(1), close(2))),
        User(
            (
                passive_open(),
                UserCall(OPEN, 1, active=True, remote=False),
                UserCall(SEND, 1, octets=1, remote=False),
                UserCall(OPEN, 1, active=True),
                send(1),
            )
        ),
    ),
    Network(capacity=3),
)
GIVE_UP = World(
    "give-up",
    "Segments are lost until the sender gives up (R2).",
    (User((active_open(), send(1), close())), _SERVER),
    Network(capacity=2),
    Faults(losses=2, retransmissions=1, r2=True),
)
SLOW_READER = World(
    "slow-reader",
    "The server's user reads late, so that its window closes and opens again.",
    (User((active_open(), send(2), send(1), close())), User((passive_open(), receive(2), close()), reads=False)),
    Network(capacity=2),
    Faults(retransmissions=1),
    window=2,
)
LATE_READER = replace(
    SLOW_READER,
    name="late-reader",
    title="The server's user reads only after the client has closed.",
    users=(User((active_open(), send(1), close())), User((passive_open(), receive(2), close()), reads=False)),
    window=4,
)
WRAP = World(
    "wrap",
    "Eighteen octets are numbered with four bits, and a copy of a segment may stay in flight all the while.",
    (
        User((active_open(), UserCall(SEND, 6, octets=3, states=("ESTABLISHED",)))),
        User((), listens=True),
    ),
    Network(capacity=2),
    Faults(duplicates=1),
    seq_bits=4,
    window=3,
    asks=WRAPPING,
)

UNCERTAIN = World(
    "uncertain",
    "The client may give up any attempt to connect; segments are lost, repeated and reordered.",
    (User((active_open(2), close(2))), User((close(),), listens=True)),
    Network(capacity=2),
    Faults(losses=1, duplicates=1),
    incarnations=(2, 2),
    asks=KNOWING,
)


_TALKS = UserCall(SEND, octets=1, states=("ESTABLISHED", "CLOSE-WAIT"))
_FOR_EVER = Faults(retransmissions=None)

LAST_ACK = replace(
    last_ack(TimeWait(2, "any_emission"), 0, 1, 2),
    title="One connection that the client closes first; segments arrive within 2 ticks, TIME-WAIT lasts 4.",
)
LIVE_OPEN = World(
    "live-open",
    "Both users want a connection; a segment is lost, one repeated; everything is sent again as often as needed.",
    (User((active_open(),)), User((passive_open(),))),
    Network(capacity=3),
    Faults(losses=1, duplicates=1, retransmissions=None),
    asks=OPENING,
)
LIVE_SIMULTANEOUS = replace(
    LIVE_OPEN,
    name="live-simultaneous",
    title="Both users open actively.",
    users=(User((active_open(),)), User((active_open(),))),
    network=Network(capacity=4),
    faults=Faults(duplicates=1, retransmissions=None),
)
LIVE_REOPEN = World(
    "live-reopen",
    "The client opens twice, the listener persists; everything is sent again as often as needed.",
    (User((active_open(2), close(2))), User((close(1, states=("CLOSE-WAIT",)),), listens=True)),
    Network(capacity=3),
    _FOR_EVER,
    incarnations=(2, 2),
    asks=OPENING,
)
LIVE_CLOSE = World(
    "live-close",
    "One connection that both users may close; a segment is repeated.",
    (_CLIENT, _SERVER),
    Network(capacity=3),
    Faults(duplicates=1, retransmissions=None),
    asks=CLOSING,
)
LIVE_TIME_WAIT = replace(
    LIVE_CLOSE,
    name="live-time-wait",
    title="As live-close, TIME-WAIT measured by the clock by which segments age.",
    network=Network(capacity=2, lifetime=2),
    time_wait=TimeWait(2),
)
LIVE_HALF_OPEN = World(
    "live-half-open",
    "The client loses its memory and opens again; the server has something to say.",
    (User((active_open(2),)), User((_TALKS,), listens=True)),
    Network(capacity=3),
    Faults(crashes=1, retransmissions=None, crashing=(0,)),
    incarnations=(2, 2),
    asks=HALF_OPEN,
)
UNDER_ATTACK = World(
    "under-attack",
    "One connection with text, and an attacker off the path who lands a segment in the window.",
    (User((active_open(), send(1), close())), User((passive_open(), send(1), close()))),
    Network(FIFO, 4),
    attacker=Attacker(BLIND, 1),
    asks=ATTACK,
)
FLOODED_LISTENER = World(
    "flooded-listener",
    "A client connects to a listener that somebody floods with other connections for ever.",
    (User((active_open(),)), User((), listens=True)),
    Network(capacity=3),
    _FOR_EVER,
    incarnations=(1, 2),
    attacker=Attacker(FLOOD, None, (1,)),
    asks=FLOODED,
)
LIVE_CRASHES = replace(
    LIVE_HALF_OPEN,
    name="live-crashes",
    title="Either end may lose its memory, and both have something to say.",
    users=(User((active_open(2), _TALKS)), User((_TALKS,), listens=True)),
    faults=Faults(crashes=1, retransmissions=None),
)
LIVE = (LIVE_OPEN, LIVE_SIMULTANEOUS, LIVE_REOPEN, LIVE_CLOSE, LIVE_TIME_WAIT, LIVE_HALF_OPEN)
BEYOND = (LAST_ACK, *LIVE, UNCERTAIN, UNDER_ATTACK, FLOODED_LISTENER, SOCKET_CALLS)
"""Worlds for properties of time, progress, attacks and socket calls; safety is judged in the others."""

QUICK = (
    replace(
        OPEN_CLOSE,
        title="One connection without text; segments are repeated and reordered.",
        faults=Faults(duplicates=1),
    ),
    replace(
        TEXT,
        title="One connection with text both ways; segments are reordered.",
        users=(User((active_open(), send(1), close())), User((passive_open(), send(1), close()))),
        faults=Faults(),
    ),
    replace(REOPEN, users=(User((active_open(2), close(1))), User((close(1),), listens=True))),
    replace(REPLAY, users=(User((active_open(), send(1), close())), User((), listens=True))),
    replace(
        SIMULTANEOUS,
        title="Both users open actively; segments are reordered and sent again.",
        faults=Faults(retransmissions=1),
    ),
    CRASH,
    *(world for world in BEYOND if world is not LIVE_REOPEN),
)
STANDARD = (
    OPEN_CLOSE, TEXT, REOPEN, REPLAY, SIMULTANEOUS, ABORT, CRASH, EARLY_CALLS, GIVE_UP, SLOW_READER, LATE_READER,
    *BEYOND,
)  # fmt: skip
EARLY_CLOSE = replace(
    REPLAY,
    name="early-close",
    title="As replay, and the server's user may CLOSE before the connection is established.",
    network=Network(capacity=4),
    users=(User((active_open(), send(1), close())), _LISTENER),
)
DEEP = (
    replace(OPEN_CLOSE, network=Network(capacity=4), faults=Faults(losses=2, duplicates=2, retransmissions=2)),
    replace(TEXT, network=Network(capacity=4)),
    replace(REOPEN, network=Network(capacity=4), faults=Faults(duplicates=2), incarnations=(2, 3)),
    EARLY_CLOSE,
    replace(SIMULTANEOUS, network=Network(capacity=5)),
    ABORT,
    replace(CRASH, faults=Faults(duplicates=1, crashes=1, retransmissions=1)),
    EARLY_CALLS,
    GIVE_UP,
    SLOW_READER,
    LATE_READER,
    *BEYOND,
    replace(LIVE_REOPEN, name="live-reopen-4", network=Network(capacity=4)),
    LIVE_CRASHES,
)

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("tutorial", "The textbook's channel: in order, nothing lost, nothing repeated.", (TUTORIAL_WORLD,)),
        Scenario("quick", "Small worlds: a second a variant.", QUICK),
        Scenario("standard", "The default: a few seconds a variant.", STANDARD, covers=True),
        Scenario("deep", "Larger worlds: minutes a variant.", DEEP, covers=True),
    )
}
