"""The worlds in which hazards are looked for: small ones, each with the faults that its hazard needs."""

from __future__ import annotations

from dataclasses import replace

from spec.attackers import BLIND, ON_PATH, Attacker
from spec.environment import (
    Faults,
    IsnPolicy,
    User,
    UserCall,
    World,
    abort,
    active_open,
    close,
    passive_open,
    send,
)
from spec.network import FIFO, Network
from spec.time_wait import TimeWait
from spec.vocabulary import OPEN, SEND

FOR_EVER = TimeWait(None)
CONST = IsnPolicy("const")
CLIENT_CRASHES = Faults(crashes=1, retransmissions=None, crashing=(0,))
SENT_AGAIN = Faults(retransmissions=None)

LISTENER = User((), listens=True)
CLOSES_AFTER = User((close(2, states=("CLOSE-WAIT",)),), listens=True)
TALKS = UserCall(SEND, octets=1, states=("ESTABLISHED",))


def clock(step: int) -> IsnPolicy:
    """Return the ISN policy that advances by `step` between two choices."""
    return IsnPolicy("clock", step)


def isn_of_a(world: World, policy: IsnPolicy) -> World:
    """Return the world with another ISN policy of A."""
    return replace(world, isn=(policy, world.isn[1]))


def isn_of_b(world: World, policy: IsnPolicy) -> World:
    """Return the world with another ISN policy of B."""
    return replace(world, isn=(world.isn[0], policy))


def with_faults(world: World, faults: Faults) -> World:
    """Return the world with other budgets of faults."""
    return replace(world, faults=faults)


def in_order(world: World) -> World:
    """Return the world with a network that keeps order."""
    return replace(world, network=replace(world.network, kind=FIFO))


# --- opening ------------------------------------------------------------------------------------------------------

GHOST = World(
    "ghost",
    "A client opens and gives up; the server has something to say and says it again.",
    (User((active_open(), close())), User((TALKS,), listens=True)),
    Network(capacity=3),
    SENT_AGAIN,
    incarnations=(1, 2),
)
FIGURE_8 = World(
    "figure-8",
    "A client opens, gives up and opens again: both SYNs are in flight.",
    (User((active_open(2), close(states=("SYN-SENT",)))), LISTENER),
    Network(capacity=4),
    incarnations=(2, 2),
)
FIGURE_11 = World(
    "figure-11",
    "Both ends listen; a SYN of an attempt that was given up arrives.",
    (User((active_open(), close(states=("SYN-SENT",)), passive_open())), LISTENER),
    Network(capacity=4),
    SENT_AGAIN,
    incarnations=(1, 1),
)
SIMULTANEOUS = World(
    "both-open",
    "Both users open actively.",
    (User((active_open(),)), User((active_open(),))),
    Network(capacity=6),
)
MIRROR = replace(
    SIMULTANEOUS,
    name="mirror",
    title="Both users open actively, with the same numbers: each end meets its mirror image.",
    isn=(IsnPolicy("given", values=(100,)), IsnPolicy("given", values=(100,))),
)
ONE_OPENS = replace(
    SIMULTANEOUS, name="one-opens", title="A opens to a listener.", users=(User((active_open(),)), LISTENER)
)
ON_THE_SYN = World(
    "on-the-syn",
    "A client's text leaves on its SYN (TFO), and more later; a segment is repeated.",
    (
        User((UserCall(OPEN, active=True, octets=1), send(1), close())),
        User((close(states=("CLOSE-WAIT",)),), listens=True),
    ),
    Network(capacity=3),
    Faults(duplicates=1),
    incarnations=(1, 2),
)
BANNER = World(
    "banner",
    "A client waits for the server to speak first; a segment is lost.",
    (User((active_open(),)), User((TALKS,), listens=True)),
    Network(capacity=3),
    Faults(losses=1, retransmissions=None),
)

# --- one end is gone ----------------------------------------------------------------------------------------------

FIGURE_9 = World(
    "figure-9",
    "The client loses its memory and opens again.",
    (User((active_open(2),)), LISTENER),
    Network(capacity=3),
    CLIENT_CRASHES,
    incarnations=(2, 2),
)
FIGURE_10 = replace(
    FIGURE_9,
    name="figure-10",
    title="The client loses its memory; the server has something to say.",
    users=(User((active_open(),)), User((TALKS,), listens=True)),
    incarnations=(1, 1),
)
SILENCE = replace(
    FIGURE_10,
    name="silence",
    title="The client loses its memory; nobody has anything to say.",
    users=(User((active_open(),)), LISTENER),
)
IMPATIENT = World(
    "impatient",
    "Users lose patience with an idle connection.",
    (User((active_open(),)), User((passive_open(),))),
    Network(capacity=3),
    Faults(user_timeouts=1, retransmissions=None),
)
IDLE = replace(
    IMPATIENT, name="idle", title="A connection on which nothing is sent; a segment is lost.", faults=Faults(losses=1)
)
LAST_WORDS = World(
    "last-words",
    "The client closes first and loses its memory; the server closes then.",
    (User((active_open(), close(states=("ESTABLISHED",)))), User((passive_open(), close(states=("CLOSE-WAIT",))))),
    Network(capacity=3),
    CLIENT_CRASHES,
)

# --- closing ------------------------------------------------------------------------------------------------------

OPEN_CLOSE = World(
    "open-close",
    "One connection without text that both users close; segments are reordered.",
    (User((active_open(), close())), User((passive_open(), close()))),
    Network(capacity=4),
)
OPEN_CLOSE_REPEATED = replace(
    OPEN_CLOSE,
    name="open-close-repeated",
    title="As open-close; a segment is repeated.",
    faults=Faults(duplicates=1),
)
OPEN_CLOSE_AGAIN = replace(
    OPEN_CLOSE,
    name="open-close-again",
    title="As open-close; everything is sent again as often as needed.",
    network=Network(capacity=3),
    faults=SENT_AGAIN,
)
ONE_AFTER_THE_OTHER = replace(
    OPEN_CLOSE,
    name="one-after-the-other",
    title="As open-close, but the server's user closes only after its peer.",
    users=(User((active_open(), close())), User((passive_open(), close(states=("CLOSE-WAIT",))))),
)
STALE_WAIT = World(
    "stale-wait",
    "A client opens, gives up, opens again and closes: the first SYN arrives while it is in TIME-WAIT.",
    (User((active_open(2), close(2))), User((close(1, states=("CLOSE-WAIT",)),), listens=True)),
    Network(capacity=3),
    incarnations=(2, 2),
)
UNREAD = World(
    "unread",
    "The server's user closes and reads nothing.",
    (
        User((active_open(), send(1), close(states=("CLOSE-WAIT",)))),
        User((passive_open(), close(states=("ESTABLISHED",))), reads=False),
    ),
    Network(capacity=3),
)

# --- TIME-WAIT and what follows -----------------------------------------------------------------------------------

AFTER_TIME_WAIT = World(
    "after-time-wait",
    "A client sends, closes and opens again with the same numbers; a segment is repeated, TIME-WAIT has no end.",
    (User((active_open(2), send(1), close(1, states=("ESTABLISHED",)))), CLOSES_AFTER),
    Network(capacity=3),
    Faults(duplicates=1),
    isn=(CONST, IsnPolicy()),
    incarnations=(2, 2),
    time_wait=FOR_EVER,
)
SHORT_WAIT = replace(
    AFTER_TIME_WAIT,
    name="short-wait",
    title="A client sends, closes and opens again with a slow ISN; TIME-WAIT may be short.",
    faults=Faults(),
    isn=(clock(1), IsnPolicy()),
    time_wait=None,
)
AFTER_ABORT = World(
    "after-abort",
    "A client sends, aborts and opens again with the same number; TIME-WAIT has no end.",
    (User((active_open(2), send(1), abort())), LISTENER),
    Network(capacity=3),
    isn=(CONST, IsnPolicy()),
    incarnations=(2, 2),
    time_wait=FOR_EVER,
)
REUSED_WAIT = World(
    "reused-wait",
    "The server sends and closes first; a new SYN finds it in TIME-WAIT, which has no end; its ISN never changes.",
    (
        User((active_open(2), close(1, states=("CLOSE-WAIT",)))),
        User((passive_open(), send(1), close(1, states=("ESTABLISHED",)))),
    ),
    Network(capacity=3),
    Faults(duplicates=1),
    isn=(IsnPolicy(), CONST),
    incarnations=(2, 2),
    time_wait=FOR_EVER,
)
CLOCK_GOES_BACK = World(
    "clock-goes-back",
    "An address whose timestamps go back: the client opens, loses its memory and opens again.",
    (User((active_open(3), close(2, states=("SYN-SENT",)))), LISTENER),
    Network(capacity=2),
    CLIENT_CRASHES,
    incarnations=(3, 3),
)

# --- attackers ----------------------------------------------------------------------------------------------------

BLIND_ATTACK = World(
    "blind-attack",
    "One connection on which the server speaks; somebody off the path forges a segment.",
    (User((active_open(),)), User((passive_open(), TALKS))),
    Network(FIFO, 4),
    attacker=Attacker(BLIND, 1),
)
LUCKY_ATTACK = replace(
    BLIND_ATTACK,
    name="lucky-attack",
    title="As blind-attack, but the numbers are the right ones, guessed or seen.",
    attacker=Attacker(ON_PATH, 1),
)
STORM = replace(
    LUCKY_ATTACK,
    name="storm",
    title="A connection, and a forged segment that the client believes.",
    users=(User((active_open(),)), User((passive_open(),))),
    network=Network(capacity=4),
    attacker=Attacker(ON_PATH, 1, (0,)),
)
SPOOFED = World(
    "spoofed",
    "A SYN in the name of a client that is gone; somebody who knows the server's next ISN answers for it.",
    (User((active_open(), close())), LISTENER),
    Network(capacity=3),
    attacker=Attacker(ON_PATH, 1, (1,)),
    incarnations=(1, 2),
)


def guessing(world: World) -> World:
    """Return the world whose attacker does not know the numbers: it hits the window but not its edge."""
    attacker = world.attacker
    return replace(world, attacker=None if attacker is None else replace(attacker, kind=BLIND))
