"""CLOSING comes of crossing FINs, not of a lost ACK, as some tutorials have it (RFC 9293 §3.6, case 3)."""

from __future__ import annotations

from dataclasses import replace

from checker.explore.run import explore_world
from spec.environment import Faults, User, close, passive_open
from spec.network import Network
from spec.scenarios import OPEN_CLOSE
from spec.tcp import TCP

ROUGH = replace(OPEN_CLOSE, network=Network(capacity=3), faults=Faults(losses=2, duplicates=1, retransmissions=2))


def test_a_peer_that_closes_only_in_close_wait_never_leads_to_closing() -> None:
    polite = User((passive_open(), close(states=("CLOSE-WAIT",))))
    run = explore_world(TCP, replace(ROUGH, users=(OPEN_CLOSE.users[0], polite)), [])
    assert run.complete
    assert run.states > 10_000
    assert {"FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "LAST-ACK"} <= set(run.reached)
    assert "CLOSING" not in run.reached


def test_a_peer_that_closes_when_it_likes_does() -> None:
    run = explore_world(TCP, replace(ROUGH, faults=Faults()), [])
    assert "CLOSING" in run.reached
    assert ("FIN-WAIT-1", "CLOSING") in run.edges
    assert ("FIN-WAIT-1", "TIME-WAIT") in run.edges
