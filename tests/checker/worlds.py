"""Small worlds for tests: clocks, ends that crash and keep quiet, attackers, retransmission without end.

`LENGTHS` has each length and reading of TIME-WAIT, `BESIDE` everything else, by name.
"""

from __future__ import annotations

from dataclasses import replace

from spec.attackers import Attacker
from spec.environment import Faults, User, World, active_open, close, passive_open, send
from spec.language import Event, Step
from spec.network import Network
from spec.tcp import TCP
from spec.time_wait import TimeWait
from spec.vocabulary import TcpRule

CLOSES = User((active_open(), close(states=("ESTABLISHED",))))
ANSWERS = User((passive_open(), close(states=("CLOSE-WAIT",))))
TALKS = User((passive_open(), send(1), close(states=("CLOSE-WAIT",))))
TIMED = World("timed", "", (CLOSES, ANSWERS), Network(capacity=2, lifetime=2), Faults(losses=None, retransmissions=1))
TEXT_TIMED = replace(
    TIMED, users=(CLOSES, TALKS), faults=Faults(losses=0, retransmissions=1), time_wait=TimeWait(1, "any_emission")
)
LENGTHS = {
    "at any moment": TIMED,
    "for ever": replace(TIMED, time_wait=TimeWait(None)),
    **{
        f"{length} MSL, {reading}": replace(TIMED, time_wait=TimeWait(length, reading))
        for length in (0, 1, 2)
        for reading in ("letter", "fin", "any_emission")
    },
}
RESTARTS = World(
    "restarts",
    "",
    (User((active_open(2),)), User((), listens=True)),
    Network(capacity=2, lifetime=2),
    Faults(losses=None, crashes=1),
    incarnations=(2, 2),
    quiet_time=True,
)
FOR_EVER = World("for-ever", "", (CLOSES, ANSWERS), Network(capacity=3), Faults(losses=1, retransmissions=None))
ATTACKED = World(
    "attacked",
    "",
    (User((active_open(), send(1), close())), ANSWERS),
    Network("fifo", 3),
    attacker=Attacker("blind", 1),
)
BESIDE: dict[str, World] = {
    "nothing is lost, by age or otherwise": replace(LENGTHS["2 MSL, fin"], faults=Faults(retransmissions=1)),
    "one loss": replace(LENGTHS["2 MSL, fin"], faults=Faults(losses=1, retransmissions=1)),
    "one loss, one duplicate": replace(TIMED, time_wait=TimeWait(1, "fin"), faults=Faults(losses=1, duplicates=1)),
    "ages, loses on overflow": replace(TIMED, network=Network("bag", 1, "lose", 2), time_wait=TimeWait(1)),
    "an MSL of one tick": replace(TIMED, network=Network(capacity=3, lifetime=1), time_wait=TimeWait(2)),
    "text in the clock": TEXT_TIMED,
    "quiet time": RESTARTS,
    "quiet time, all sent again": replace(RESTARTS, faults=Faults(losses=None, crashes=1, retransmissions=1)),
    "quiet time, one loss": replace(RESTARTS, faults=Faults(losses=1, duplicates=1, crashes=1)),
    "quiet time, nothing lost": replace(RESTARTS, faults=Faults(crashes=1)),
    "no quiet time": replace(RESTARTS, quiet_time=False),
    "only A crashes": replace(RESTARTS, faults=Faults(losses=1, crashes=1, retransmissions=1, crashing=(0,))),
    "only B crashes, twice": replace(RESTARTS, faults=Faults(losses=1, crashes=2, retransmissions=1, crashing=(1,))),
    "sent again for ever": FOR_EVER,
    "sent again for ever, duplicates": replace(FOR_EVER, faults=Faults(duplicates=1, retransmissions=None)),
    "sent again for ever, no budgets": replace(
        FOR_EVER, network=Network(capacity=2), faults=Faults(losses=None, duplicates=None, retransmissions=None)
    ),
    "sent again for ever in order": replace(FOR_EVER, network=Network("fifo", 2)),
    "sent again for ever into a set": replace(FOR_EVER, network=Network("set", 2, "lose")),
    "sent again for ever, text": replace(FOR_EVER, users=(CLOSES, TALKS), faults=Faults(retransmissions=None)),
    "sent again for ever, segments age": replace(
        TIMED, time_wait=TimeWait(1, "any_emission"), faults=Faults(losses=None, retransmissions=None)
    ),
    "gives up": replace(FOR_EVER, faults=Faults(losses=2, retransmissions=1, r2=True)),
    "blind": ATTACKED,
    "blind, twice, at B": replace(ATTACKED, attacker=Attacker("blind", 2, (1,))),
    "on-path, at A": replace(ATTACKED, attacker=Attacker("on-path", 1, (0,))),
    "on-path, twice, at A": replace(ATTACKED, users=(CLOSES, ANSWERS), attacker=Attacker("on-path", 2, (0,))),
    "on-path, TIME-WAIT by the letter": replace(
        TIMED, time_wait=TimeWait(1), faults=Faults(losses=None), attacker=Attacker("on-path", 1, (0,))
    ),
    "blind, TIME-WAIT by FINs": replace(
        TIMED, time_wait=TimeWait(1, "fin"), faults=Faults(losses=None), attacker=Attacker("blind", 1, (0,))
    ),
}

_FLOOD = Event("FLOOD", "attack", "RFC 4987")
FLOODED = TCP.add(
    TcpRule(
        id="X-1",
        title="Somebody's SYN takes the listener's place.",
        cite="RFC 4987",
        on=Step(_FLOOD, _FLOOD.name, _FLOOD.name, _FLOOD.cite),
        state=("LISTEN",),
        goto="CLOSED",
    ),
    steps=(Step(_FLOOD, _FLOOD.name, _FLOOD.name, _FLOOD.cite),),
)
