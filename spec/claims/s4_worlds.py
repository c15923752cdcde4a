"""The worlds of tutorial 4: a connection as the users of sockets make it, and one whose SYN is late."""

from __future__ import annotations

from spec.environment import SOCKETS, Faults, User, UserCall, World, active_open, close
from spec.network import FIFO, Network
from spec.variants.socket_calls import ACCEPT_CALL, BIND, CLOSE_CALL, CONNECT, LISTEN_CALL, SHUTDOWN, SOCKET
from spec.vocabulary import SEND

BY_SOCKETS = World(
    "by-sockets",
    "One connection made by socket calls; the client's user ends by close() or shutdown(), the server sends text.",
    (
        User(
            (
                UserCall(SOCKET),
                UserCall(CONNECT),
                UserCall(SHUTDOWN, states=("ESTABLISHED",)),
                UserCall(CLOSE_CALL, states=("ESTABLISHED",)),
            )
        ),
        User(
            (
                *map(UserCall, (SOCKET, BIND, LISTEN_CALL, ACCEPT_CALL)),
                UserCall(SEND, octets=1, states=("CLOSE-WAIT",)),
                UserCall(CLOSE_CALL, states=("CLOSE-WAIT",)),
            )
        ),
    ),
    Network(FIFO, 4),
    asks=SOCKETS,
)
LATE_SYN = World(
    "late-syn",
    "The client connects once, its SYN is sent twice, and the listener persists: one SYN may arrive after the end.",
    (User((active_open(), close(states=("ESTABLISHED",)))), User((close(states=("CLOSE-WAIT",)),), listens=True)),
    Network(capacity=3),
    Faults(retransmissions=1),
    incarnations=(1, 2),
)
"""The first SYN is delayed, the second one's connection is made and closed, then the first arrives."""
