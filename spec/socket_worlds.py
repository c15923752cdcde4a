"""The world of the socket layer: its calls, in any order. Only relations that know them are explored in it."""

from __future__ import annotations

from spec.attackers import FLOOD, Attacker
from spec.environment import SOCKETS, Faults, User, UserCall, World
from spec.network import FIFO, Network
from spec.variants.socket_calls import ACCEPT_CALL, BIND, CLOSE_CALL, CONNECT, LISTEN_CALL, SHUTDOWN, SOCKET
from spec.vocabulary import SEND

SOCKET_CALLS = World(
    "socket-calls",
    "Users call the socket layer in and out of turn; another client's connection may wait in the accept queue.",
    (
        User(
            (
                *map(UserCall, (SOCKET, CONNECT, LISTEN_CALL, CLOSE_CALL)),
                UserCall(SHUTDOWN, 2),
                *(UserCall(step, states=("SYN-SENT", "ESTABLISHED")) for step in (BIND, CONNECT)),
            )
        ),
        User(
            (
                *map(UserCall, (SOCKET, BIND, LISTEN_CALL, ACCEPT_CALL, CLOSE_CALL)),
                *(UserCall(step, states=("LISTEN",)) for step in (SOCKET, LISTEN_CALL, CONNECT)),
                UserCall(SEND, octets=1, states=("ESTABLISHED", "CLOSE-WAIT")),
            )
        ),
    ),
    Network(FIFO, 2),
    Faults(retransmissions=1),
    attacker=Attacker(FLOOD, 1, (1,)),
    asks=SOCKETS,
)
"""The client may listen too, but never does: its socket is not bound before it connects."""
