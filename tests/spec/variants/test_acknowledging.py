"""What is acknowledged when, and which segments and ACKs are acceptable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import explore_world
from spec.environment import Faults, User, active_open
from spec.network import FIFO, Network
from spec.scenarios import LATE_READER, SIMULTANEOUS, TUTORIAL_WORLD
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.variants.acknowledging import seqcheck_gont
from spec.variants.readings import bsd_resync
from tests.spec.variants.peers import Peer, connected

TEXT = "<SEQ=301><ACK=101><DATA=1><CTL=ACK>"
TIMER = "DELAYED ACK TIMEOUT"

# --- delayed acknowledgments --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"])
@pytest.mark.parametrize("reads", [True, False])
def test_the_ack_of_text_waits_for_the_timer(state: str, *, reads: bool) -> None:
    end = connected("delayed-ack", state, RECEIVE_QUEUED=reads)
    assert not end.can(TIMER)
    assert end.get(TEXT) == []
    assert end["RCV.NXT"] == 302
    assert end.do(TIMER) == [f"<SEQ={end['SND.NXT']}><ACK=302><CTL=ACK>"]
    assert not end.can(TIMER)


def test_one_ack_does_for_several_segments_of_text() -> None:
    end = connected("delayed-ack")
    end.get(TEXT)
    assert end.get("<SEQ=302><ACK=101><DATA=2><CTL=ACK>") == []
    assert end.do(TIMER) == ["<SEQ=101><ACK=304><CTL=ACK>"]


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        ("SEND", "<SEQ=101><ACK=302><DATA=1><CTL=ACK>"),
        ("CLOSE", "<SEQ=101><ACK=302><CTL=FIN,ACK>"),
        ("<SEQ=302><ACK=101><CTL=FIN,ACK>", "<SEQ=101><ACK=303><CTL=ACK>"),
        ("<SEQ=301><ACK=101><DATA=1><CTL=ACK>", "<SEQ=101><ACK=302><CTL=ACK>"),
    ],
)
def test_a_segment_with_an_ack_takes_it_along(event: str, sent: str) -> None:
    end = connected("delayed-ack")
    end.get(TEXT)
    assert (end.get(event) if event.startswith("<") else end.do(event, octets=1)) == [sent]
    assert not end.can(TIMER)


def test_a_connection_that_is_gone_owes_no_ack() -> None:
    end = connected("delayed-ack")
    end.get(TEXT)
    end.do("ABORT")
    assert not end.can(TIMER)


def test_the_ack_of_a_fin_may_wait_for_our_fin() -> None:
    fin = "<SEQ=301><ACK=101><CTL=FIN,ACK>"
    end = connected("merge-fin")
    assert end.get(fin) == []
    assert end.do("CLOSE") == ["<SEQ=101><ACK=302><CTL=FIN,ACK>"]
    assert not end.can(TIMER)
    end = connected("merge-fin")
    end.get(fin)
    assert end.do(TIMER) == ["<SEQ=101><ACK=302><CTL=ACK>"]


@pytest.mark.parametrize("variant", ["delayed-ack", "merge-fin"])
def test_no_run_ends_with_an_ack_owed(variant: str) -> None:
    run = explore_world(VARIANTS[variant].relation, TUTORIAL_WORLD, [])
    assert run.complete
    assert run.fired["T-7"] > 0
    for trace in run.terminal.values():
        assert not any(trace.tcb(end, len(trace.steps))["ACK.DUE"] for end in (0, 1))


# --- acceptable ACKs ----------------------------------------------------------------------------------------------

RANGES = {"three-way": range(80, 102), "ack-range": range(97, 102), "ghost-ack": range(100, 102)}


@pytest.mark.parametrize("variant", RANGES)
@pytest.mark.parametrize("ack", [95, 96, 97, 99, 100, 101, 102])
def test_how_old_an_ack_may_be_at_the_start_of_a_connection(variant: str, ack: int) -> None:
    end = connected(variant)
    assert end.get(f"<SEQ=301><ACK={ack}><DATA=1><CTL=ACK>") == [f"<SEQ=101><ACK={end['RCV.NXT']}><CTL=ACK>"]
    assert (end["RCV.NXT"] == 302) is (ack in RANGES[variant])


@pytest.mark.parametrize("variant", ["ack-range", "ghost-ack"])
@pytest.mark.parametrize("ack", [106, 107, 111])
def test_later_both_ranges_are_one_window(variant: str, ack: int) -> None:
    end = connected(variant, SND_UNA=111, SND_NXT=111)
    end.get(f"<SEQ=301><ACK={ack}><DATA=1><CTL=ACK>")
    assert (end["RCV.NXT"] == 302) is (ack >= 107)


# --- acceptable segments: the draft of Gont and Borman ------------------------------------------------------------


def simultaneous_open(variant: str) -> tuple[Peer, Peer]:
    """Return both ends of RFC 9293's Figure 7 after line 5: SYN-RECEIVED, their SYN,ACKs on the way."""
    a, b = Peer(variant, 100), Peer(variant, 300)
    a.do("OPEN", active=True)
    b.do("OPEN", active=True)
    a.get("<SEQ=300><CTL=SYN>")
    b.get("<SEQ=100><CTL=SYN>")
    return a, b


def test_figure_7_can_happen_as_drawn() -> None:
    a, b = simultaneous_open("seqcheck-gont")
    assert a.get("<SEQ=300><ACK=101><CTL=SYN,ACK>") == ["<SEQ=101><ACK=301><CTL=ACK>"]
    assert b.get("<SEQ=100><ACK=301><CTL=SYN,ACK>") == ["<SEQ=301><ACK=101><CTL=ACK>"]
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    a, _ = simultaneous_open("three-way")
    a.get("<SEQ=300><ACK=101><CTL=SYN,ACK>")
    assert a.state == "SYN-RECEIVED"


@pytest.mark.parametrize(("variant", "state"), [("three-way", "CLOSING"), ("seqcheck-gont", "TIME-WAIT")])
def test_a_fin_sent_again_tells_by_its_ack_that_ours_has_arrived(variant: str, state: str) -> None:
    end = connected(variant, "CLOSING")
    assert end.get("<SEQ=301><ACK=102><CTL=FIN,ACK>") == ["<SEQ=102><ACK=302><CTL=ACK>"]
    assert end.state == state


@pytest.mark.parametrize("seq", [299, 300, 301])
def test_the_allowance_is_one_number(seq: int) -> None:
    end = connected("seqcheck-gont", SND_NXT=103)
    answer = end.get(f"<SEQ={seq}><ACK=103><CTL=ACK>")
    assert answer == ([] if seq == 301 else ["<SEQ=103><ACK=301><CTL=ACK>"])
    assert end["SND.UNA"] == (101 if seq == 299 else 103)


@pytest.mark.parametrize("ack", [100, 101, 104])
def test_an_ack_of_nothing_new_one_number_left_is_answered_as_ever(ack: int) -> None:
    end = connected("seqcheck-gont", SND_NXT=103)
    before = end.tcb
    assert end.get(f"<SEQ=300><ACK={ack}><CTL=ACK>") == ["<SEQ=103><ACK=301><CTL=ACK>"]
    assert (end.tcb, end.chain) == (before, ("Q-2",))


def test_it_takes_no_text_and_no_reset_from_there() -> None:
    end = connected("seqcheck-gont", SND_NXT=103)
    assert end.get("<SEQ=300><ACK=103><DATA=1><CTL=ACK>") == ["<SEQ=103><ACK=301><CTL=ACK>"]
    assert end["RCV.NXT"] == 301
    assert end.get("<SEQ=300><CTL=RST>") == []
    assert end.state == "ESTABLISHED"


def test_it_ends_the_war_of_syn_acks() -> None:
    only_open = replace(
        SIMULTANEOUS,
        users=(User((active_open(),)), User((active_open(),))),
        network=Network(FIFO, 4),
        faults=Faults(),
    )
    refused, connected_both = ("CLOSED", "CLOSED"), ("ESTABLISHED", "ESTABLISHED")
    war = explore_world(bsd_resync(TCP), only_open, [])
    assert "ESTABLISHED" not in war.reached
    assert set(war.terminal) == {refused}
    peace = explore_world(bsd_resync(seqcheck_gont(TCP)), only_open, [])
    assert set(peace.terminal) == {refused, connected_both}


# --- acceptable segments: Linux -----------------------------------------------------------------------------------

ANSWER = "<SEQ=103><ACK=301><CTL=ACK>"
SEGMENTS = [  # in ESTABLISHED, RCV.NXT=301, RCV.WND=4, SND.UNA=101, SND.NXT=103; what the ACK field did
    ("<SEQ=299><ACK=103><DATA=1><CTL=ACK>", [ANSWER], (101, 101)),
    ("<SEQ=300><ACK=103><CTL=ACK>", [ANSWER], (101, 101)),
    ("<SEQ=300><ACK=103><DATA=1><CTL=ACK>", [ANSWER], (101, 103)),
    ("<SEQ=300><ACK=103><CTL=SYN,ACK>", [ANSWER], (101, 101)),
    ("<SEQ=301><ACK=103><CTL=ACK>", [], (103, 103)),
    ("<SEQ=302><ACK=103><DATA=1><CTL=ACK>", [], (101, 103)),
    ("<SEQ=306><ACK=103><CTL=ACK>", [ANSWER], (101, 101)),
]


@pytest.mark.parametrize(("segment", "answer", "acked"), SEGMENTS)
def test_linux_processes_the_ack_field_of_old_and_of_early_text(
    segment: str, answer: list[str], acked: tuple[int, int]
) -> None:
    for variant, una in zip(("three-way", "seqcheck-linux"), acked, strict=True):
        end = connected(variant, SND_NXT=103)
        assert end.get(segment) == answer
        assert (end["SND.UNA"], end["RCV.NXT"]) == (una, 301)


@pytest.mark.parametrize(("variant", "answer"), [("three-way", [ANSWER]), ("seqcheck-linux", [])])
def test_the_right_edge_of_the_window_is_acceptable_to_linux(variant: str, answer: list[str]) -> None:
    end = connected(variant, SND_NXT=103)
    assert end.get("<SEQ=305><ACK=103><CTL=ACK>") == answer
    assert end["SND.UNA"] == (101 if answer else 103)


@pytest.mark.parametrize(("seq", "answered"), [(300, False), (305, True), (306, False)])
def test_a_reset_at_the_right_edge_is_challenged_by_linux(seq: int, *, answered: bool) -> None:
    end = connected("seqcheck-linux")
    assert bool(end.get(f"<SEQ={seq}><CTL=RST>")) is answered
    assert end.state == "ESTABLISHED"


def test_a_fin_sent_again_is_acknowledged_again_by_linux() -> None:
    for state in ("CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"):
        end = connected("seqcheck-linux", state)
        acks = f"<SEQ={end['SND.NXT']}><ACK=302><CTL=ACK>"
        assert end.get("<SEQ=301><ACK=101><CTL=FIN,ACK>") == [acks]
        assert end.state == state
    end = connected("seqcheck-linux", "CLOSING")
    assert end.get("<SEQ=301><ACK=102><CTL=FIN,ACK>") == []
    assert end.state == "TIME-WAIT"


@pytest.mark.parametrize("segment", ["<SEQ=301><ACK=103><DATA=1><CTL=ACK>", "<SEQ=301><ACK=103><CTL=FIN,ACK>"])
def test_a_closed_window_is_as_by_the_rfc(segment: str) -> None:
    for variant in ("three-way", "seqcheck-linux"):
        end = connected(variant, SND_NXT=103, RCV_WND=0, RCV_USER=4)
        assert end.get(segment) == [ANSWER]
        assert (end["SND.UNA"], end["RCV.NXT"], end.state) == (103, 301, "ESTABLISHED")


@pytest.mark.parametrize(("seq", "window"), [(305, 4), (300, 0)])
def test_text_of_which_nothing_fits_is_answered_and_its_ack_field_processed_by_linux(seq: int, window: int) -> None:
    segment = f"<SEQ={seq}><ACK=103><DATA=3><CTL=ACK>"
    for variant, una in (("three-way", 101), ("seqcheck-linux", 103)):
        end = connected(variant, SND_NXT=103, RCV_WND=window)
        assert end.get(segment) == [ANSWER]
        assert (end["SND.UNA"], end["RCV.NXT"]) == (una, 301)


def test_text_that_reaches_beyond_the_window_on_both_sides_is_taken_by_linux() -> None:
    for variant, taken in (("three-way", 301), ("seqcheck-linux", 302)):
        end = connected(variant, RCV_WND=1, RCV_USER=3)
        assert end.get("<SEQ=300><ACK=101><DATA=3><CTL=ACK>") == [f"<SEQ=101><ACK={taken}><CTL=ACK>"]


# --- unread text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["ESTABLISHED", "CLOSE-WAIT"])
@pytest.mark.parametrize("queued", [0, 1])
def test_a_close_with_unread_text_is_a_reset(state: str, queued: int) -> None:
    end = connected("half-duplex-close-unread", state, RCV_USER=1, RCV_WND=3, SND_QUEUED=queued)
    assert end.do("CLOSE") == ["<SEQ=101><CTL=RST>"]
    assert (end.state, end.told) == ("CLOSED", ["connection reset"])


@pytest.mark.parametrize(("variant", "unread"), [("half-duplex-close", 1), ("half-duplex-close-unread", 0)])
def test_any_other_close_is_a_fin(variant: str, unread: int) -> None:
    end = connected(variant, RCV_USER=unread, RCV_WND=4 - unread)
    assert end.do("CLOSE") == ["<SEQ=101><ACK=301><CTL=FIN,ACK>"]
    assert end.state == "FIN-WAIT-1"


def test_text_that_comes_after_a_close_resets_too() -> None:
    end = connected("half-duplex-close-unread", "FIN-WAIT-2")
    assert end.get("<SEQ=301><ACK=102><DATA=1><CTL=ACK>") == ["<SEQ=102><CTL=RST>"]


def test_a_late_reader_may_close_with_unread_text() -> None:
    run = explore_world(VARIANTS["half-duplex-close-unread"].relation, LATE_READER, [])
    assert run.fired["U-17u"] > 0
    assert run.fired["D-3"] > 0
