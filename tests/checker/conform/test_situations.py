from __future__ import annotations

import pytest

from checker.conform.profiles import machine
from checker.usage import UsageError
from tests.checker.conform.wire import OPENING, b_of, found, one

CLOSING = ("A 101.301 FA", "B 301.102 FA", "A 102.302 A")


def test_a_life_from_open_to_close_conforms_and_is_told() -> None:
    whole = one((*OPENING, "A 101.301 A 5", "B 301.106 A 20", "A 106.321 FA", "B 321.107 FA", "A 107.322 A"))
    facts = whole.facts
    assert (whole.verdict, whole.final_states) == ("CONFORMS", ("TIME-WAIT", "CLOSED"))
    assert (facts.opened_by, facts.closed_first, facts.reset_by) == (("client",), "client", None)
    assert (facts.conn_state, facts.completeness, facts.octets) == ("SF", 31, (5, 20))
    assert (whole.client.role, whole.server.role) == ("active", "passive")


def test_a_capture_that_begins_in_the_middle_is_checked_from_there() -> None:
    whole = one(("B 301.101 A 100", "A 101.401 A", *("A 101.401 FA", "B 401.102 FA", "A 102.402 A")))
    assert (whole.verdict, whole.midstream) == ("CONFORMS", True)
    assert whole.final_states == ("TIME-WAIT", "CLOSED")


def test_in_the_middle_too_text_after_a_fin_deviates() -> None:
    whole = one(("B 301.101 A 100", "A 101.401 FA", "B 401.102 A", "A 102.401 A 5", "B 401.107 A"))
    assert whole.client.verdict in ("DEVIATES", "UNKNOWN")
    assert whole.client.frame == 4


def test_of_one_side_alone_whatever_it_must_have_heard_is_supposed() -> None:
    whole = one(("B 300.101 SA", "B 301.101 A 50", "B 351.140 FA t=1"))
    assert (whole.verdict, whole.server.state, whole.client.state) == ("CONFORMS", "FIN-WAIT-1", None)
    assert not whole.client.seen


def test_text_acknowledged_but_never_captured_convicts_the_capture() -> None:
    whole = one((*OPENING, "B 301.101 A 100", "B 501.101 A 100", "A 101.601 A"))
    assert whole.verdict == "CAPTURE INCOMPLETE"
    assert (whole.server.missing[0].seq, whole.server.missing[0].octets, whole.server.missing[0].what) == (
        401,
        100,
        "text",
    )


def test_text_lost_before_the_capture_point_and_sent_again_convicts_nobody() -> None:
    whole = one((*OPENING, "B 301.101 A 100", "B 501.101 A 100", "A 101.401 A", "B 401.101 A 100 t=1", "A 101.601 A"))
    assert whole.verdict == "CONFORMS"


def test_segments_out_of_order_at_the_capture_point_conform() -> None:
    assert one(("B 300.101 SA", "A 100 S", "A 101.301 A", *CLOSING)).verdict == "CONFORMS"
    assert one((*OPENING, "B 401.101 A 100", "A 101.301 A", "B 301.101 A 100", "A 101.501 A")).verdict == "CONFORMS"


def test_captured_far_from_an_end_what_it_sends_may_be_older_than_what_is_on_its_way_there() -> None:
    lines = (*OPENING, "A 101.301 A 10", "B 301.101 A 50", "A 111.351 A 10", "B 351.111 A 50 t=0.5", "B 401.121 A")
    assert one(lines).verdict == "CONFORMS"
    late = one(lines, vantage="server")
    assert (b_of(late).verdict, b_of(late).frame) == ("DEVIATES", 7)


def test_a_reset_in_the_window_is_challenged_and_whoever_goes_on_after_it_deviates() -> None:
    blind = one((*OPENING, "A 200 R", "B 301.101 A", "A 101.301 A 5", "B 301.106 A"))
    assert [(r.sender, r.effect) for r in blind.facts.resets] == [("client", "challenged")]
    assert (blind.client.verdict, blind.client.frame, blind.server.verdict) == ("DEVIATES", 6, "CONFORMS")


def test_a_reset_that_no_run_sends_is_unexplained() -> None:
    forged = one((*OPENING, "A 50 R", "A 101.301 A 5", "B 301.106 A"))
    assert [(r.cause, r.effect) for r in forged.facts.resets] == [("unexplained", "ignored")]
    assert (forged.client.frame, forged.server.verdict) == (4, "CONFORMS")


def test_an_abort_ends_the_connection_and_late_text_meets_a_closed_port() -> None:
    facts = one((*OPENING, "A 101.301 RA", "B 301.101 A 5", "A 101 R")).facts
    told = [(r.sender, r.cause) for r in facts.resets]
    assert told == [("client", "abort"), ("client", "reply to a closed port")]
    assert facts.reset_by == "client"


def test_the_same_ports_again_are_another_incarnation() -> None:
    first, second = found((*OPENING, *CLOSING, "A 5000 S t=300", "B 9000.5001 SA", "A 5001.9001 A"))
    assert (first.number, first.last_frame, first.final_states) == (1, 6, ("TIME-WAIT", "CLOSED"))
    assert (second.number, second.first_frame, second.final_states) == (2, 7, ("ESTABLISHED", "ESTABLISHED"))
    assert {first.verdict, second.verdict} == {"CONFORMS"}


def test_a_syn_that_is_challenged_begins_nothing() -> None:
    whole = one((*OPENING, "A 5000 S", "B 301.101 A", "A 101.301 A 5", "B 301.106 A"))
    assert b_of(whole).verdict == "CONFORMS"
    assert b_of(whole).state == "ESTABLISHED"


def test_refused_and_then_accepted_are_two_incarnations() -> None:
    first, second = found(("A 100 S", "B 0.101 RA", "A 700 S t=3", "B 300.701 SA", "A 701.301 A"))
    assert (first.facts.conn_state, first.facts.reset_by, first.final_states) == ("REJ", "server", ("CLOSED", "CLOSED"))
    assert second.final_states == ("ESTABLISHED", "ESTABLISHED")


def test_a_split_handshake_is_a_simultaneous_open() -> None:
    whole = one(("A 100 S", "B 300 S", "A 100.301 SA", "B 301.101 A"))
    assert (whole.verdict, whole.final_states) == ("CONFORMS", ("ESTABLISHED", "ESTABLISHED"))
    assert whole.facts.opened_by == ("client", "server")


def test_a_deviation_names_the_nearest_rule_and_the_smallest_change() -> None:
    whole = one((*OPENING[:2], "A 101.999 A"))
    deviation = whole.client.deviation
    assert deviation is not None
    assert (deviation.frame, deviation.state, whole.verdict) == (3, "ESTABLISHED", "DEVIATES")
    assert (deviation.near[0].rule, deviation.near[0].change) == ("SS-5", "ACK=301 instead of 999")


def test_rfc_793_resets_where_rfc_5961_challenges() -> None:
    lines = (*OPENING, "A 150 R", "A 101.301 A 5 t=0.5", "B 301 R", "A 1 R t=2")
    assert b_of(one(lines, profile="rfc793", vantage="server")).freedoms == ()


@pytest.mark.parametrize(
    ("profile", "tolerate", "nearest"), [("rfc929", (), "rfc9293"), ("linux", ("OWED",), "OWED_ACK")]
)
def test_an_unknown_profile_or_tolerance_is_one_sentence(profile: str, tolerate: tuple[str, ...], nearest: str) -> None:
    with pytest.raises(UsageError, match=nearest):
        machine(profile, tolerate)


def test_a_long_connection_is_followed_in_bounded_memory() -> None:
    lines = list(OPENING)
    for place in range(400):
        lines += [f"B {301 + 10 * place}.101 A 10", f"A 101.{311 + 10 * place} A"]
    whole = one((*lines, "B 4301.101 FA", "A 101.4302 FA", "B 4302.102 A"))
    assert (whole.verdict, whole.final_states) == ("CONFORMS", ("CLOSED", "TIME-WAIT"))
    assert len(whole.client.steps) > 400
