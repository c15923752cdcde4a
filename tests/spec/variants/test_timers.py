"""Timers that give up: what they send, when they can fire, and what becomes of the peer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import explore_world
from spec.environment import Faults, User, active_open, passive_open
from spec.network import Network
from spec.scenarios import CRASH, OPEN_CLOSE
from spec.variants import VARIANTS
from spec.vocabulary import STATES
from tests.spec.variants.peers import Peer, connected

PROBE, ANSWER = "<SEQ=100><ACK=301><CTL=ACK>", "<SEQ=301><ACK=101><CTL=ACK>"
KEEP_ALIVE = {"keep-alive": 2, "keep-alive-1": 1}

# --- FIN-WAIT-2 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_only_fin_wait_2_is_left_by_its_timer(state: str) -> None:
    end = connected("fin-wait-2-timeout", state)
    assert end.can("FIN-WAIT-2 TIMEOUT") is (state == "FIN-WAIT-2")


def test_it_is_left_without_a_word_to_the_peer() -> None:
    end = connected("fin-wait-2-timeout", "FIN-WAIT-2")
    assert end.do("FIN-WAIT-2 TIMEOUT") == []
    assert (end.state, end["RCV.NXT"]) == ("CLOSED", 0)


@pytest.mark.parametrize(("variant", "waits"), [("three-way", True), ("fin-wait-2-timeout", False)])
def test_a_peer_that_never_closes_is_not_waited_for(variant: str, *, waits: bool) -> None:
    world = replace(OPEN_CLOSE, users=(OPEN_CLOSE.users[0], User((passive_open(),))), faults=Faults())
    run = explore_world(VARIANTS[variant].relation, world, [])
    assert run.complete
    assert (("FIN-WAIT-2", "CLOSE-WAIT") in run.terminal) is waits
    assert (("CLOSED", "CLOSE-WAIT") in run.terminal) is not waits


# --- keep-alives --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", KEEP_ALIVE)
def test_an_idle_peer_is_probed_and_given_up(variant: str) -> None:
    end = connected(variant)
    for _ in range(KEEP_ALIVE[variant]):
        assert end.do("KEEP-ALIVE TIMEOUT") == [PROBE]
        assert end.state == "ESTABLISHED"
    assert end.do("KEEP-ALIVE TIMEOUT") == []
    assert end.state == "CLOSED"


def test_a_probe_is_answered_and_takes_nothing() -> None:
    peer = connected("three-way", ISS=300, IRS=100, SND_UNA=301, SND_NXT=301, RCV_NXT=101)
    before = peer.tcb
    assert peer.get(PROBE) == [ANSWER]
    assert peer.tcb == before


def test_a_lost_answer_does_not_matter_if_the_next_one_arrives() -> None:
    end = connected("keep-alive")
    end.do("KEEP-ALIVE TIMEOUT")  # its answer is lost
    end.do("KEEP-ALIVE TIMEOUT")
    assert end.get(ANSWER) == []
    assert end["KEEP.PROBES"] == 0
    assert end.do("KEEP-ALIVE TIMEOUT") == [PROBE]
    assert end.state == "ESTABLISHED"


def test_with_one_probe_it_does() -> None:
    end = connected("keep-alive-1")
    end.do("KEEP-ALIVE TIMEOUT")  # its answer is lost
    end.do("KEEP-ALIVE TIMEOUT")
    assert end.state == "CLOSED"
    assert end.get(ANSWER) == ["<SEQ=101><CTL=RST>"]  # "MUST NOT interpret failure to respond to any specific probe"


@pytest.mark.parametrize(
    ("segment", "counts"),
    [
        ("<SEQ=301><ACK=101><DATA=1><CTL=ACK>", True),
        ("<SEQ=301><ACK=101><CTL=FIN,ACK>", True),
        ("<SEQ=303><ACK=101><DATA=1><CTL=ACK>", True),
        ("<SEQ=300><ACK=101><CTL=ACK>", False),
        ("<SEQ=305><ACK=101><CTL=ACK>", False),
    ],
)
def test_any_acceptable_segment_is_a_sign_of_life(segment: str, *, counts: bool) -> None:
    end = connected("keep-alive")
    end.do("KEEP-ALIVE TIMEOUT")
    end.get(segment)
    assert end["KEEP.PROBES"] == (0 if counts else 1)


def test_so_is_a_segment_that_a_closed_window_keeps_out() -> None:
    end = connected("keep-alive", RCV_WND=0, RCV_USER=4)
    end.do("KEEP-ALIVE TIMEOUT")
    end.get("<SEQ=301><ACK=101><DATA=1><CTL=ACK>")
    assert end["KEEP.PROBES"] == 0


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("field", "value"), [("SND_NXT", 103), ("SND_QUEUED", 1), ("SND_QUEUED", 0)])
def test_only_an_idle_connection_is_probed(state: str, field: str, value: int) -> None:
    end = connected("keep-alive", state, **{field: value})
    idle = state in ("ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT") and (field, value) == ("SND_QUEUED", 0)
    assert end.can("KEEP-ALIVE TIMEOUT") is idle


def test_a_new_connection_starts_to_count_anew() -> None:
    end = connected("keep-alive")
    end.do("KEEP-ALIVE TIMEOUT")
    end.do("ABORT")
    assert end["KEEP.PROBES"] == 0


HALF_OPEN = ("LISTEN", "ESTABLISHED"), ("ESTABLISHED", "LISTEN"), ("ESTABLISHED", "CLOSED"), ("CLOSED", "ESTABLISHED")


def test_keep_alives_find_out_a_half_open_connection_that_nobody_uses() -> None:
    without, with_probes = (
        explore_world(VARIANTS[name].relation, CRASH, [], variant=name) for name in ("three-way", "keep-alive")
    )
    assert set(HALF_OPEN) & set(without.terminal)
    assert not set(HALF_OPEN) & set(with_probes.terminal)


def steps_to_half_open(variant: str) -> int:
    """Return the length of the shortest run that closes one end of a live connection and not the other."""
    quiet = replace(
        OPEN_CLOSE,
        users=(User((active_open(),)), User((passive_open(),))),
        network=Network(capacity=3),
        faults=Faults(losses=1),
    )
    run = explore_world(VARIANTS[variant].relation, quiet, [])
    return len(run.edges["ESTABLISHED", "CLOSED"].steps)


def test_the_fewer_probes_the_sooner_a_live_connection_is_closed() -> None:
    """Before the second probe the first has left the network: a step more, besides the probe itself."""
    assert steps_to_half_open("keep-alive") == steps_to_half_open("keep-alive-1") + 2


# --- a reset on giving up -----------------------------------------------------------------------------------------

RESETS = {"user-timeout-reset": "USER TIMEOUT", "r2-reset": "R2 REACHED"}
TOLD_BY_ABORT = ("SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT")


@pytest.mark.parametrize("variant", RESETS)
@pytest.mark.parametrize("state", STATES)
def test_giving_up_tells_the_peer_where_an_abort_does(variant: str, state: str) -> None:
    given = {} if state in ("CLOSED", "LISTEN") else {"SND_UNA": 100, "SND_NXT": 103}
    end, plain = connected(variant, state, **given), connected("three-way", state, **given)
    event = RESETS[variant]
    assert end.can(event) is plain.can(event)
    if not end.can(event):
        return
    told = ["<SEQ=103><CTL=RST>"] if state in TOLD_BY_ABORT else []
    assert (end.do(event), plain.do(event)) == (told, [])
    assert (end.state, end.told) == (plain.state, plain.told)


def test_the_peer_of_a_connection_given_up_is_reset() -> None:
    end, peer = connected("user-timeout-reset"), Peer("three-way", STATE="ESTABLISHED", RCV_NXT=101, SND_NXT=301)
    (reset,) = end.do("USER TIMEOUT")
    peer.get(reset)
    assert (peer.state, peer.told) == ("CLOSED", ["connection reset"])


def test_a_peer_that_lacks_text_challenges_the_reset_and_believes_the_answer() -> None:
    end = connected("r2-reset", SND_NXT=103)
    peer = Peer("three-way", STATE="ESTABLISHED", RCV_NXT=101, SND_UNA=301, SND_NXT=301)
    (reset,) = end.do("R2 REACHED")
    (challenge,) = peer.get(reset)
    assert (challenge, peer.state) == ("<SEQ=301><ACK=101><CTL=ACK>", "ESTABLISHED")
    (answer,) = end.get(challenge)
    peer.get(answer)
    assert peer.state == "CLOSED"
