"""Playing scripts: which figures of the RFCs are runs, what stops the others, and that rules alone decide it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.replay import replay
from checker.script import INFERRED, Played, play
from spec.figures import NAMES, figure
from spec.script import ScriptError, parse
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.variants.variant import Variant, variant
from spec.vocabulary import SEGMENT_ARRIVES, STATES

BASE = VARIANTS["three-way"]

EXPECTED: dict[str, tuple[str, str, str | None]] = {
    "9293-6": ("three-way", "", None),
    "9293-7": ("three-way", "6", "Q-2"),
    "9293-8": ("three-way", "", None),
    "9293-9": ("three-way", "", None),
    "9293-10": ("three-way", "", None),
    "9293-11": ("three-way", "", None),
    "9293-12": ("three-way", "", None),
    "9293-13": ("three-way", "", None),
    "1337-1": ("three-way", "", None),
    "1337-2": ("hold", "", None),
    "1337-3": ("hold", "", None),
    "1337-4": ("rfc1122", "", None),
    "5961-1": ("three-way", "6", "R-4"),
}
"""Each figure's variant; the label of the line at which it is refused ("" if it is not), and the rule that decides."""

ELSEWHERE: dict[tuple[str, str], tuple[str, str | None]] = {
    ("9293-6", "two-way"): ("2", "L-3"), ("9293-6", "four-way-split"): ("3", "L-3"),
    ("9293-6", "third-syn"): ("4", "SS-5"), ("9293-7", "simopen-ack"): ("5", "SS-6"),
    ("9293-7", "bsd-resync"): ("6", "Q-2s"), ("9293-7", "seqcheck-gont"): ("", None),
    ("9293-7", "rfc793"): ("6", "Q-2"), ("9293-10", "silent-closed"): ("3", "C-2b"),
    ("9293-12", "close-wait-close-793"): ("4", "U-18"), ("9293-12", "rand-fin"): ("2", "U-17"),
    ("9293-12", "fin-in-ack2"): ("3", "F-1"), ("1337-1", "rfc1337"): ("5.3", "R-6"),
    ("1337-1", "tw-drop-all"): ("5.2", "Q-6"), ("1337-2", "three-way"): ("4", "Q-4"),
    ("1337-4", "three-way"): ("5", "R-1"), ("1337-4", "rst-in-window"): ("", None),
    ("1337-4", "rfc793"): ("", None),
}  # fmt: skip
"""The same in other variants."""

WITHOUT: dict[tuple[str, str], str] = {
    ("9293-6", "L-3"): "2", ("9293-6", "SS-5"): "3", ("9293-6", "A-1"): "4", ("9293-8", "SS-2"): "4",
    ("9293-8", "R-2"): "5", ("9293-9", "SS-2"): "5", ("9293-9", "R-4"): "6",
    ("9293-10", "C-2b"): "3", ("9293-11", "L-2"): "4", ("9293-12", "A-4"): "3", ("9293-12", "A-9"): "5",
    ("9293-12", "T-4"): "6", ("9293-13", "F-2"): "3", ("9293-13", "A-6"): "4", ("1337-1", "R-5"): "5.3",
}  # fmt: skip
"""(figure, rule): the label of the line at which the figure is refused without the rule."""


@cache
def played(name: str, in_variant: str = "") -> Played:
    script = figure(name)
    return play(script, VARIANTS[in_variant or script.variant])


def without(rule: str) -> Variant:
    return variant(f"without-{rule}", f"Without {rule}.", "a test", TCP.without(rule))


def script(lines: str) -> Played:
    return play(parse(lines), BASE)


# --- the figures --------------------------------------------------------------------------------------------------


def test_every_figure_is_expected_to_be_something() -> None:
    assert tuple(EXPECTED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_verdicts_of_the_figures(name: str) -> None:
    in_variant, label, rule = EXPECTED[name]
    found = played(name)
    assert (found.variant, found.label, found.rule) == (in_variant, label, rule)
    assert found.accepted == (label == "")
    assert found.line == (int(label) if label else None)


@pytest.mark.parametrize(("name", "other"), ELSEWHERE)
def test_the_verdicts_in_other_variants(name: str, other: str) -> None:
    found = played(name, other)
    assert (found.label, found.rule) == ELSEWHERE[name, other]
    assert found.accepted == (found.label == "")


@pytest.mark.parametrize(("name", "rule"), WITHOUT)
def test_without_a_rule_that_a_figure_needs_it_is_refused_at_that_line(name: str, rule: str) -> None:
    found = play(figure(name), without(rule))
    assert not found.accepted
    assert found.label == WITHOUT[name, rule]
    assert rule not in (found.trace.steps[-1].events[-1].chain if found.trace and found.trace.steps[-1].events else ())


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_out_is_a_run_that_replays(name: str) -> None:
    found = played(name)
    relation = VARIANTS[found.variant].relation
    assert found.trace is not None
    replay(found.trace, relation)
    assert found.trace.world.seq_bits == 32
    if found.instead is not None:
        replay(found.instead, relation)
        assert found.instead.steps[: found.steps] == found.trace.steps


@pytest.mark.parametrize("name", [name for name in NAMES if not EXPECTED[name][1]])
def test_an_accepted_run_has_the_figures_arrivals_in_its_order_and_ends_in_its_states(name: str) -> None:
    found = played(name)
    trace = found.trace
    assert trace is not None
    shown = [(step, label) for step, label in zip(trace.steps, found.remarks, strict=True) if label != INFERRED]
    arrivals = [trace.segments[step.segment].fields["SEQ"] for step, _ in shown if step.segment is not None]
    rows = [row.segment for row in found.script.rows if row.segment is not None and row.arrives]
    assert arrivals == [segment.seq for segment in rows]
    for end, state in enumerate(found.script.last_states()):
        assert state in (None, trace.tcb(end, found.steps)["STATE"])


@pytest.mark.parametrize("name", NAMES)
def test_what_a_figure_does_not_show_is_marked(name: str) -> None:
    found = played(name)
    assert len(found.remarks) == found.steps
    labels = {f"line {row.label}" for row in found.script.rows}
    assert set(found.remarks) <= {INFERRED, *labels}
    assert found.inferred == tuple(number for number, said in enumerate(found.remarks, 1) if said == INFERRED)


def test_figure_7_completes_three_arrivals_later_than_drawn() -> None:
    found = played("9293-7")
    assert found.instead is not None
    more = found.instead.steps[found.steps :]
    assert [step.kind for step in more] == ["deliver"] * 3
    assert [found.instead.tcb(end, len(found.instead.steps))["STATE"] for end in (0, 1)] == ["ESTABLISHED"] * 2
    assert {event.event for step in more for event in step.events} == {SEGMENT_ARRIVES.name}


def test_a_refusal_names_the_rule_its_source_its_condition_and_the_values() -> None:
    found = played("9293-7")
    rule = TCP.rule("Q-2")
    assert f"Q-2, {rule.title} [{rule.cite}]" in found.why
    assert "stays in SYN-RECEIVED, where the figure has ESTABLISHED" in found.why
    assert (found.title, found.cite) == (rule.title, rule.cite)
    assert "SEG.SEQ=300" in found.guard
    assert "RCV.NXT=301" in found.guard


def test_the_other_end_of_a_refused_figure_is_where_the_rfc_leaves_it() -> None:
    found = played("5961-1")
    assert found.instead is not None
    assert len(found.instead.steps) == found.steps


def test_isns_and_numbers_are_those_of_the_figure() -> None:
    trace = played("9293-8").trace
    assert trace is not None
    syns = [segment.fields["SEQ"] for segment in trace.segments if segment.fields["SYN bit"]]
    assert syns == [90, 100, 300, 400]


# --- scripts of one's own -----------------------------------------------------------------------------------------

HANDSHAKE = """\
1. CLOSED LISTEN
2. SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED
3. ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
"""


def kinds(found: Played) -> list[str]:
    return [] if found.trace is None else [step.kind for step in found.trace.steps]


def events(found: Played) -> list[str]:
    steps: Sequence[object] = () if found.trace is None else found.trace.steps
    return [] if not steps or found.trace is None else [e.event for step in found.trace.steps for e in step.events]


def test_what_arrives_twice_is_a_duplicate_of_the_network() -> None:
    found = script(
        f"{HANDSHAKE}4. (duplicate) ... <SEQ=100><CTL=SYN> --> SYN-RECEIVED\n"
        "5. ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK> --> ESTABLISHED\n"
    )
    assert found.accepted
    assert kinds(found).count("duplicate") == 1
    assert found.trace is not None
    assert found.trace.world.faults.duplicates == 1


def test_what_is_lost_is_sent_again_by_an_inferred_timeout() -> None:
    lost = HANDSHAKE.replace("3. ESTABLISHED <--", "3. SYN-SENT x")
    found = script(f"{lost}4. ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED\n")
    assert found.accepted
    assert "lose" in kinds(found)
    assert events(found).count("RETRANSMISSION TIMEOUT") == 1
    assert found.trace is not None
    assert found.trace.world.faults.retransmissions == 1


def test_a_listener_listens_again() -> None:
    found = play(parse(f"listens B\n{HANDSHAKE}4. B (ABORT)\n5. ESTABLISHED LISTEN\n"), BASE)
    assert found.accepted
    assert found.trace is not None
    assert found.trace.world.users[1].listens


def test_a_listener_that_does_not_persist_is_closed_after_an_abort() -> None:
    found = play(parse(f"{HANDSHAKE}4. B (ABORT)\n   ESTABLISHED CLOSED\n"), BASE)
    assert found.accepted


def test_retransmission_is_not_inferred_for_what_was_never_sent() -> None:
    found = play(figure("9293-7"), VARIANTS["simopen-ack"])
    assert "RETRANSMISSION TIMEOUT" not in events(found)


def test_an_arrival_that_is_not_shown_changes_no_state() -> None:
    found = script(f"{HANDSHAKE}4. ESTABLISHED <-- <SEQ=301><ACK=101><DATA=2><CTL=ACK> <-- ESTABLISHED\n")
    assert (found.accepted, found.line) == (False, 4)


def test_a_call_that_no_rule_allows_is_refused() -> None:
    found = script("1. CLOSED CLOSED\n2. (2 MSL)\n")
    assert (found.accepted, found.line, found.rule) == (False, 2, None)
    assert "makes no TIME-WAIT TIMEOUT in CLOSED" in found.why


def test_numbers_that_an_end_cannot_have_are_refused() -> None:
    found = script("1. --> <SEQ=100><ACK=300><DATA=1><CTL=ACK> -->\n2. A (send 5, receive 6)\n")
    assert (found.accepted, found.line) == (False, 2)
    assert "other numbers" in found.why


def test_a_beginning_that_is_not_found_is_said_so() -> None:
    found = script("1. LISTEN LISTEN\n2. --> <SEQ=7><ACK=9><CTL=FIN,ACK> -->\n")
    assert (found.accepted, found.line) == (False, 2)
    assert "does not send <SEQ=7>" in found.why


@pytest.mark.parametrize("first", STATES)
def test_a_figure_may_begin_in_any_state(first: str) -> None:
    assert script(f"1. A {first}\n").accepted


_LINES = st.sampled_from(
    ["CLOSED LISTEN", "(OPEN)", "B (OPEN passive)", "A (CLOSE)", "B (ABORT)", "(SEND 2)", "A (CRASH)", "(2 MSL)",
     "--> <SEQ=100><CTL=SYN> -->", "... <SEQ=100><CTL=SYN> -->", "<-- <SEQ=300><ACK=101><CTL=SYN,ACK> <--",
     "SYN-SENT --> <SEQ=100><CTL=SYN> ...", "<-- <SEQ=300><CTL=SYN> ...", "--> <CTL=RST> -->", "--> <SEQ=101><DATA> x"]
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(_LINES, min_size=1, max_size=5))
def test_whatever_is_written_it_is_played_or_refused_at_one_of_its_lines(lines: list[str]) -> None:
    try:
        written = parse("\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)))
    except ScriptError:
        pytest.fail("every line is a good one")
    found = play(written, BASE)
    assert found.accepted == (found.line is None) == (found.why == "")
    assert found.line is None or 1 <= found.line <= len(lines)
    assert found.rule is None or re.search(rf"{re.escape(found.rule)}, ", found.why)
