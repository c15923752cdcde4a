"""Leaving TIME-WAIT for a new connection: by number, by any SYN, and back; by timestamps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import judge
from spec.environment import Faults, IsnPolicy, User, active_open, close, send
from spec.language import Relation
from spec.network import Network
from spec.properties import PROPERTIES
from spec.scenarios import CRASH, REOPEN
from spec.variants import VARIANTS
from spec.variants.resets import rfc1337
from spec.vocabulary import State
from spec.words import FAILS, HOLDS
from tests.spec.variants.peers import Peer, connected

REUSE = ("time-wait-reuse", "time-wait-reuse-back", "time-wait-reuse-any")
OLD_SYN, NEW_SYN = "<SEQ=300><CTL=SYN>", "<SEQ=500><CTL=SYN>"


@pytest.mark.parametrize("variant", REUSE)
def test_a_syn_beyond_the_old_connection_reopens_it(variant: str) -> None:
    end = connected(variant, "TIME-WAIT")
    assert end.get(NEW_SYN) == ["<SEQ=400><ACK=501><CTL=SYN,ACK>"]
    assert (end.state, end["ORIGIN"], end["IRS"]) == ("SYN-RECEIVED", "passive", 500)
    assert end.get("<SEQ=501><ACK=401><CTL=ACK>") == []
    assert end.state == "ESTABLISHED"


@pytest.mark.parametrize("variant", ["three-way", *REUSE[:2]])
def test_an_old_syn_does_not(variant: str) -> None:
    end = connected(variant, "TIME-WAIT")
    assert end.get(OLD_SYN) == ["<SEQ=102><ACK=302><CTL=ACK>"]
    assert end.state == "TIME-WAIT"


@pytest.mark.parametrize("variant", REUSE[:2])
def test_nor_does_any_syn_if_our_new_number_is_not_beyond_what_we_sent(variant: str) -> None:
    end = connected(variant, "TIME-WAIT", isn=101)
    assert end.get(NEW_SYN) == ["<SEQ=102><ACK=302><CTL=ACK>"]
    end = connected(variant, "TIME-WAIT", isn=102)
    assert end.get(NEW_SYN) == ["<SEQ=102><ACK=501><CTL=SYN,ACK>"]


def test_without_the_clauses_any_syn_reopens_it() -> None:
    end = connected("time-wait-reuse-any", "TIME-WAIT", isn=100)
    assert end.get(OLD_SYN) == ["<SEQ=100><ACK=301><CTL=SYN,ACK>"]
    assert end.state == "SYN-RECEIVED"


@pytest.mark.parametrize("variant", REUSE)
def test_text_of_the_old_connection_that_was_not_read_does_not_count_for_the_new_one(variant: str) -> None:
    end = connected(variant, "TIME-WAIT", RCV_USER=3, RCV_WND=1)
    end.get(NEW_SYN)
    assert (end["RCV.USER"], end["RCV.WND"]) == (0, 4)


@pytest.mark.parametrize("variant", ["three-way", *REUSE])
@pytest.mark.parametrize("segment", ["<SEQ=500><ACK=102><CTL=SYN,ACK>", "<SEQ=500><CTL=SYN,RST>"])
def test_only_a_bare_syn_asks_for_a_connection(variant: str, segment: str) -> None:
    end = connected(variant, "TIME-WAIT")
    end.get(segment)
    assert end.state == "TIME-WAIT"


# --- MAY-2, clause (2) ------------------------------------------------------------------------------------------


def test_a_reset_leads_back_to_time_wait_with_the_old_numbers() -> None:
    end = connected("time-wait-reuse-back", "TIME-WAIT")
    before = end.tcb
    end.get(NEW_SYN)
    assert end.get("<SEQ=501><CTL=RST>") == []
    assert end.tcb == before
    assert end.get("<SEQ=301><ACK=102><CTL=FIN,ACK>") == ["<SEQ=102><ACK=302><CTL=ACK>"]


def test_without_clause_2_it_leads_to_listen() -> None:
    end = connected("time-wait-reuse", "TIME-WAIT")
    end.get(NEW_SYN)
    assert end.get("<SEQ=501><CTL=RST>") == []
    assert end.state == "LISTEN"


def test_what_was_queued_for_the_new_connection_is_dropped_on_the_way_back() -> None:
    end = connected("time-wait-reuse-back", "TIME-WAIT")
    before = end.tcb
    end.get(NEW_SYN)
    end.do("SEND", octets=2)
    end.do("CLOSE")
    end.get("<SEQ=501><CTL=RST>")
    assert end.tcb == before


def test_a_connection_that_did_not_come_from_time_wait_has_nothing_to_return_to() -> None:
    end = Peer("time-wait-reuse-back", 100)
    end.do("OPEN")
    end.get("<SEQ=300><CTL=SYN>")
    end.get("<SEQ=301><CTL=RST>")
    assert end.state == "LISTEN"


@pytest.mark.parametrize("event", ["CLOSE", "ACK"])
def test_once_the_connection_is_under_way_the_old_numbers_are_forgotten(event: str) -> None:
    end = connected("time-wait-reuse-back", "TIME-WAIT")
    end.get(NEW_SYN)
    assert end["OLD.ORIGIN"] == "active"
    if event == "CLOSE":
        end.do("CLOSE")
    else:
        end.get("<SEQ=501><ACK=401><CTL=ACK>")
    assert [end[f"OLD.{name}"] for name in ("ORIGIN", "ISS", "IRS", "SND.NXT", "RCV.NXT")] == ["none", 0, 0, 0, 0]


ROOMY = replace(
    REOPEN,
    users=(User((active_open(2), send(1), close(2))), User((send(1), close(1)), listens=True)),
    network=Network(capacity=2),
    faults=Faults(),
    incarnations=(2, 3),
)


@pytest.fixture(scope="module")
def roomy() -> dict[str, WorldRun]:
    properties = [prop for prop in PROPERTIES.values() if not prop.graph and ROOMY.asks in prop.asked]
    return {
        name: explore_world(VARIANTS[name].relation, ROOMY, properties, variant=name)
        for name in ("time-wait-reuse", "time-wait-reuse-back")
    }


def test_clause_2_takes_the_edge_back_and_breaks_no_property(roomy: dict[str, WorldRun]) -> None:
    one, both = roomy["time-wait-reuse"], roomy["time-wait-reuse-back"]
    assert ("SYN-RECEIVED", "TIME-WAIT") not in one.edges
    replay(both.edges["SYN-RECEIVED", "TIME-WAIT"], VARIANTS["time-wait-reuse-back"].relation)
    assert one.complete
    assert both.complete
    assert both.fired["R-2t"] > 0
    words = [{found.about.id: judge(found.about, [run]).word for found in run.parts} for run in (one, both)]
    assert words[0] == words[1]
    assert {name for name, word in words[1].items() if word != HOLDS} <= {"P-32", "P-43"}, "P-43: no socket calls"


# --- H-27: clause (1) ---------------------------------------------------------------------------------------------


def with_const_isns(relation: Relation[State]) -> WorldRun:
    """Return what happens if ISNs repeat, and only a SYN ends TIME-WAIT, on the side that sent text."""
    world = replace(
        REOPEN,
        users=(
            User((active_open(2), close(1, states=("CLOSE-WAIT",)))),
            User((send(1), close(1, states=("ESTABLISHED",))), listens=True),
        ),
        network=Network(capacity=3),
        faults=Faults(duplicates=1),
    ).with_isn(IsnPolicy("const"))
    return explore_world(rfc1337(relation).without("T-4"), world, [PROPERTIES["P-12"]])


@pytest.mark.parametrize(("variant", "word"), [("time-wait-reuse", HOLDS), ("time-wait-reuse-any", FAILS)])
def test_clause_1_keeps_old_text_from_the_new_connection(variant: str, word: str) -> None:
    run = with_const_isns(VARIANTS[variant].relation)
    assert run.complete
    assert judge(PROPERTIES["P-12"], [run]).word == word


# --- timestamps ---------------------------------------------------------------------------------------------------

STAMPED = ("time-wait-reuse-timestamps", "tw-recycle")


@pytest.mark.parametrize("variant", STAMPED)
@pytest.mark.parametrize(
    ("syn", "honoured"),
    [
        ("<SEQ=500><TSVAL=8><CTL=SYN>", True),
        ("<SEQ=200><TSVAL=8><CTL=SYN>", True),
        ("<SEQ=302><TSVAL=7><CTL=SYN>", True),
        ("<SEQ=301><TSVAL=7><CTL=SYN>", False),
        ("<SEQ=500><TSVAL=6><CTL=SYN>", False),
    ],
)
def test_a_syn_is_newer_by_its_timestamp_or_if_that_is_the_same_by_its_number(
    variant: str, syn: str, *, honoured: bool
) -> None:
    end = connected(variant, "TIME-WAIT", TS_RECENT=7, TS_CLOCK=3)
    answer = end.get(syn)
    assert (end.state == "SYN-RECEIVED") is honoured
    assert bool(answer) is honoured  # "Otherwise, silently drop the incoming SYN segment"
    assert all("<TSVAL=4>" in segment for segment in answer)
    assert (end["TS.RECENT"] == 7) is (not honoured or "TSVAL=7" in syn)


@pytest.mark.parametrize("variant", STAMPED)
def test_a_host_s_clock_ticks_with_each_connection_and_outlives_it(variant: str) -> None:
    end = Peer(variant, 100)
    assert end.do("OPEN", active=True) == ["<SEQ=100><TSVAL=1><CTL=SYN>"]
    assert end.get("<SEQ=300><ACK=101><TSVAL=5><CTL=SYN,ACK>") == ["<SEQ=101><ACK=301><TSVAL=1><CTL=ACK>"]
    assert end["TS.RECENT"] == 5
    assert end.do("ABORT") == ["<SEQ=101><TSVAL=1><CTL=RST>"]
    assert end.state == "CLOSED"
    assert end.do("OPEN", active=True) == ["<SEQ=100><TSVAL=2><CTL=SYN>"]


@pytest.mark.parametrize("variant", STAMPED)
def test_every_segment_carries_a_timestamp(variant: str) -> None:
    relation = VARIANTS[variant].relation
    assert list(relation.message)[-1] == "TSVAL"
    stamps = {str(sent.fields["TSVAL"]) for rule in relation.rules for sent in rule.send}
    assert stamps == {"TS.CLOCK"}


def served(variant: str) -> Peer:
    """Return a listener that has served a client whose timestamp was 7."""
    end = Peer(variant, 100)
    end.do("OPEN")
    end.get("<SEQ=300><TSVAL=7><CTL=SYN>")
    end.get("<SEQ=301><TSVAL=7><CTL=RST>")
    assert end.state == "LISTEN"
    return end


def test_recycling_takes_a_second_client_behind_the_same_address_for_an_old_one() -> None:
    end = served("tw-recycle")
    assert end.get("<SEQ=900><TSVAL=6><CTL=SYN>") == []
    assert (end.state, end.chain) == ("LISTEN", ("L-3o",))
    assert end.get("<SEQ=900><TSVAL=7><CTL=SYN>") != []


def test_without_recycling_a_listener_does_not_ask_how_old_a_syn_is() -> None:
    end = served("time-wait-reuse-timestamps")
    assert end["TS.RECENT"] == 0
    assert end.get("<SEQ=900><TSVAL=6><CTL=SYN>") != []


def test_recycling_shuts_out_a_client_whose_clock_began_anew() -> None:
    reboots = replace(
        CRASH,
        users=(User((active_open(3),)), User((close(1),), listens=True)),
        faults=Faults(crashes=1, retransmissions=1),
        incarnations=(3, 3),
    )
    words = {}
    for variant in STAMPED:
        run = explore_world(VARIANTS[variant].relation, reboots, [], variant=variant)
        assert run.complete
        words[variant] = ("SYN-SENT", "LISTEN") in run.terminal
    assert words == {"time-wait-reuse-timestamps": False, "tw-recycle": True}
