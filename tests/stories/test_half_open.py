"""After a crash: a half-open connection is found out by the next SYN (RFC 9293 Figure 9), unless ISNs repeat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import judge, shows
from spec.environment import Faults, IsnPolicy
from spec.properties import PROPERTIES
from spec.scenarios import CRASH, SIMULTANEOUS
from spec.tcp import TCP
from spec.words import FAILS, HOLDS

P_42 = PROPERTIES["P-42"]
IN_VAIN = ("SYN-SENT", "ESTABLISHED")


def crash(policy: str) -> WorldRun:
    return explore_world(TCP, CRASH.with_isn(IsnPolicy(policy)), [], variant="three-way")


def test_with_fresh_isns_every_run_ends_well() -> None:
    run = crash("fresh")
    assert judge(P_42, [run]).word == HOLDS
    assert IN_VAIN not in run.terminal
    assert {("CLOSED", "LISTEN"), ("ESTABLISHED", "LISTEN")} <= set(run.terminal)


def test_with_a_constant_isn_a_restarted_client_and_its_old_peer_answer_each_other_in_vain() -> None:
    run = crash("const")
    judgement = judge(P_42, [run])
    assert (judgement.word, judgement.steps) == (FAILS, 13)
    trace = run.terminal[IN_VAIN]
    replay(trace, TCP)
    assert shows(P_42, trace)
    client, server = (trace.tcb(end, len(trace.steps)) for end in (0, 1))
    assert server["RCV.NXT"] == client["SND.NXT"]


def test_a_half_open_end_is_acceptable_only_where_an_end_may_vanish() -> None:
    assert CRASH.ends_may_vanish
    assert not SIMULTANEOUS.ends_may_vanish
    run = crash("fresh")
    judged = judge(P_42, [replace(run, world=replace(run.world, faults=Faults(retransmissions=1)))])
    assert judged.word == FAILS
    assert "ends in" in judged.reason


@pytest.mark.parametrize("policy", ["fresh", "const"])
def test_a_run_that_a_retransmission_would_help_has_not_ended(policy: str) -> None:
    run = crash(policy)
    assert run.cuts["retransmissions"] > 0
    assert ("SYN-SENT", "LISTEN") not in run.terminal
