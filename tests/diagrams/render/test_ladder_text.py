"""Text ladders: the layout of the RFC's figures, every state and segment of the run in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from checker.explore.run import explore_world
from diagrams.render.ladder_text import ladder
from diagrams.sequence import show_event, show_segment
from spec.environment import Faults, User, active_open, close, passive_open, send
from spec.language import negated
from spec.language.beside import always_step, event_is, fired
from spec.network import Network
from spec.properties import PROPERTIES
from spec.scenarios import ABORT, CRASH, EARLY_CALLS, GIVE_UP, REOPEN, SIMULTANEOUS
from spec.trace import EventRecord, SentSegment, Trace
from spec.variants import VARIANTS
from spec.vocabulary import R2_REACHED, RETRANSMISSION_TIMEOUT, STATES, USER_TIMEOUT
from tests.checker.runs import A, B, Play, check, found, ghost_connection, open_and_close, timed, war, world

pytestmark = pytest.mark.usefixtures("compile_once")
Golden = Callable[[str, str], None]
LISTENER = User((close(),), listens=True)


def faults() -> Trace:
    """Return a run with a loss, a retransmission, a duplicate, delays, and segments that meet their answers."""
    allowed = Faults(losses=1, duplicates=1, retransmissions=1)
    play = Play(world(User((active_open(), close())), LISTENER, allowed, Network(capacity=3)))
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    play.lose(syn)
    (again,) = play.own(A, "RETRANSMISSION TIMEOUT")
    (syn_ack,) = play.duplicate(again)
    (ack,) = play.deliver(syn_ack)
    (challenge,) = play.deliver(again)
    play.deliver(ack)
    play.deliver(challenge)
    return play.trace()


def old_syn() -> Trace:
    """Return a run in which the SYN of a first incarnation arrives after that of a second one left (Figure 8)."""
    play = Play(world(User((active_open(2), close(2))), LISTENER, network=Network(capacity=3), incarnations=(2, 2)))
    (old,) = play.own(A, "OPEN", ACTIVE=True)
    play.own(A, "CLOSE")
    (new,) = play.own(A, "OPEN", ACTIVE=True)
    (syn_ack,) = play.deliver(old)
    (reset,) = play.deliver(syn_ack)
    play.deliver(reset)
    (syn_ack,) = play.deliver(new)
    (ack,) = play.deliver(syn_ack)
    play.deliver(ack)
    return play.trace()


def listens_again() -> Trace:
    """Return a run in which a listener closes and listens again in one step."""
    play = Play(world(User((active_open(), close())), LISTENER))
    play.own(B, "CLOSE")
    return play.trace()


def two_segments() -> Trace:
    """Return a run in which one SYN is answered by two segments."""
    play = Play(world(User((active_open(),)), LISTENER), "four-way-split")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    first, second = play.deliver(syn)
    play.deliver(first)
    play.deliver(second)
    return play.trace()


CANONICAL: dict[str, Callable[[], Trace]] = {
    "open-close": lambda: open_and_close().trace(),
    "ghost": ghost_connection,
    "faults": faults,
    "old-syn": old_syn,
    "listens-again": listens_again,
    "two-segments": two_segments,
    "clock": lambda: timed().trace(),
    "war": war,
}


@pytest.mark.parametrize("verbose", [False, True], ids=["plain", "verbose"])
@pytest.mark.parametrize("name", CANONICAL)
def test_canonical_ladders(name: str, golden: Golden, *, verbose: bool) -> None:
    trace = CANONICAL[name]()
    check(trace)
    golden(f"ladders/{name}{'-verbose' if verbose else ''}.txt", ladder(trace, verbose=verbose) + "\n")


def test_marks() -> None:
    text = ladder(faults())
    assert re.search(r"^  2\. +\.\.\. <SEQ=100><CTL=SYN> +x +lost$", text, re.MULTILINE)
    assert "--> SYN-RECEIVED   duplicate: a copy stays in the network; B: L-3" in text
    assert "delayed; B: Q-2" in text
    assert "old: from an earlier incarnation; B: L-3" in ladder(old_syn())
    assert "stale: its sender has no TCB any more; B: L-3" in ladder(ghost_connection())


def test_a_segment_that_arrives_straight_away_takes_one_line() -> None:
    lines = ladder(open_and_close().trace()).splitlines()
    assert "  3. SYN-SENT       --> <SEQ=100><CTL=SYN>                     --> SYN-RECEIVED   B: L-3" in lines
    assert "  4. ESTABLISHED    <-- <SEQ=300><ACK=101><CTL=SYN,ACK>        <-- SYN-RECEIVED   A: SS-5" in lines


def test_a_tick_has_a_line_and_shows_what_dies_in_it() -> None:
    trace = timed().trace()
    lines = ladder(trace).splitlines()
    ticks = [i for i, line in enumerate(lines) if "(a tick of the clock)" in line]
    assert len(ticks) == sum(step.kind == "tick" for step in trace.steps) == 9
    deaths = [line for line in lines if line.endswith("lost: too old")]
    assert len(deaths) == len(dead(trace)) == 3
    assert deaths[0] == f"{'x':>21}   <SEQ=301><ACK=102><CTL=ACK>            ...{'':26}lost: too old"
    assert all("(a tick of the clock)" in lines[lines.index(line) - 1] for line in deaths)


def test_a_forged_segment_comes_out_of_the_network() -> None:
    (line,) = [line for line in ladder(timed().trace()).splitlines() if "forged" in line]
    assert line == f" 20. TIME-WAIT      <-- <SEQ=302><CTL=SYN>                     ...{'':26}forged; A: Y-2"


def test_a_bracket_goes_round_the_steps_that_repeat_and_nothing_else() -> None:
    trace = war()
    assert trace.loop is not None
    lines = ladder(trace).splitlines()
    (begin,) = [i for i, line in enumerate(lines) if line.strip() == "(from here on, for ever)"]
    assert [line.startswith("|") for line in lines] == [i > begin for i in range(len(lines))]
    assert lines[begin + 1].startswith(f"|{trace.loop + 1}. ")


def test_a_bracket_begins_with_a_line_of_its_own_even_where_a_segment_arrives_straight_away() -> None:
    early = replace(war(), loop=3)  # no run of the rules, but it can be drawn
    lines = ladder(early).splitlines()
    assert "| 4.                ... <SEQ=106><CTL=SYN>                     --> SYN-RECEIVED   B: L-3" in lines


def test_a_bracket_of_one_step() -> None:
    trace = war()
    lines = ladder(replace(trace, loop=len(trace.steps) - 1)).splitlines()
    assert [line[:4] for line in lines if line.startswith("|")] == ["|15.", "|   "]


def test_a_run_that_stops_for_ever_says_so_at_its_end() -> None:
    play = Play(world(User((active_open(),)), LISTENER))
    play.own(A, "OPEN", ACTIVE=True)
    lines = ladder(play.trace(loop=1)).splitlines()
    assert lines[-1].strip() == "(nothing more happens, for ever)"
    assert not any(line.startswith("|") for line in lines)


@pytest.mark.parametrize("loop", [None, 0, 98, 110])
def test_a_hundred_steps_and_more_keep_to_the_columns(loop: int | None) -> None:
    play = Play(world(User((active_open(),)), LISTENER, network=Network(lifetime=8)))
    play.tick(120)
    play.own(A, "OPEN", ACTIVE=True)
    head, *lines = ladder(play.trace(loop=loop)).splitlines()
    assert all(line.index("(") == 24 for line in lines if "(a tick" in line)
    assert lines[-2][5:] == "(OPEN active)".ljust(head.index("TCP Peer B") + 10) + "A: U-2"
    assert re.findall(r"^\|? *(\d+)\.", "\n".join(lines), re.MULTILINE) == [str(n) for n in range(122)]


# --- layout -------------------------------------------------------------------------------------------------------


def long_events() -> Iterator[Trace]:
    """Yield runs whose events have long names."""
    for where, event in ((ABORT, USER_TIMEOUT), (GIVE_UP, R2_REACHED), (SIMULTANEOUS, RETRANSMISSION_TIMEOUT)):
        yield found(where, always_step(negated(event_is(event))))
    yield found(EARLY_CALLS, always_step(negated(fired("U-5"))))


@cache
def explored() -> list[Trace]:
    """Return runs of several worlds with everything that a ladder can show."""
    traces = [*long_events(), *(make() for make in CANONICAL.values())]
    for where in (REOPEN, CRASH):
        run = explore_world(VARIANTS["three-way"].relation, where, [PROPERTIES["P-21"]], variant="three-way")
        traces += [*run.edges.values(), *run.terminal.values()]
    return traces


ROW = re.compile(r"(.{4}) (.{14}) (.{3}) (.*?) +(-->|<--|\.\.\.|x  ) ([A-Z0-9-]*) *(.*)")
NOTE = re.compile(r"(?:lost(?:: too old)?|(?:[a-z]+(?:: [^;]+)?; )*[AB]: [A-Za-z0-9 -]+)$")


def test_every_line_keeps_to_the_columns() -> None:
    for trace in explored():
        head, *lines = ladder(trace).splitlines()
        middle, right = head.index("TCP Peer B") - 43, head.index("TCP Peer B")
        notes = {match.start() for line in lines if (match := NOTE.search(line)) and match.start() > right}
        assert len(notes) <= 1, ladder(trace)
        for line in lines:
            if "<SEQ=" in line:
                assert line.index("<SEQ=") == middle, line
                assert line[middle - 4 : middle] in ("--> ", "<-- ", "... ", "x   "), line
                assert line[right - 4 : right] in ("--> ", "<-- ", "... ", "x   ") or len(line) < right, line
                assert line[5:19].strip() in ("", *STATES), line
                assert line[right : right + 14].strip() in ("", *STATES), line


def test_a_long_segment_widens_its_column_in_every_line() -> None:
    client = User((active_open(), send(1), close()))
    play = Play(world(client, User((passive_open(), close())), seq_bits=64))
    play.own(B, "OPEN")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    play.sent[syn].fields["SEQ"] = 2**64 - 1
    play.sent[syn].fields["DATA"] = 1000000
    lines = ladder(play.trace()).splitlines()
    assert lines[0].index("TCP Peer B") == lines[1].index("CLOSED", 30) == lines[2].index("(OPEN") > 68
    assert lines[-1].endswith("<SEQ=18446744073709551615><DATA=1000000><CTL=SYN> ...")


def test_every_step_is_numbered_once_in_order() -> None:
    for trace in explored():
        numbers = re.findall(r"^[ |]*(\d+)\. ", ladder(trace), re.MULTILINE)
        assert numbers == [str(n) for n in range(len(trace.steps) + 1)]


def dead(trace: Trace) -> list[int]:
    """Return the numbers of the segments that a tick left too old to arrive."""
    ticks = [number for number, step in enumerate(trace.steps, 1) if step.kind == "tick"]
    return [gone for n in ticks for gone in trace.in_flight(n - 1) if gone not in trace.in_flight(n)]


def test_every_segment_leaves_its_sender_and_every_arrival_reaches_its_receiver() -> None:
    for trace in explored():
        head, *lines = ladder(trace).splitlines()
        right = head.index("TCP Peer B") - 4
        rows = [(line[20:23], line[right : right + 3]) for line in lines if "<SEQ=" in line]
        assert sum(left == "-->" for left, _ in rows) == sum(s.sender == A for s in trace.segments)
        assert sum(arrow == "<--" for _, arrow in rows) == sum(s.sender == B for s in trace.segments)
        arrivals = [step for step in trace.steps if step.kind in ("deliver", "duplicate", "forge")]
        assert sum(left == "<--" for left, _ in rows) == sum(step.end == A for step in arrivals)
        assert sum(arrow == "-->" for _, arrow in rows) == sum(step.end == B for step in arrivals)
        assert sum("x  " in row for row in rows) == sum(step.kind == "lose" for step in trace.steps) + len(dead(trace))


def test_the_last_states_are_those_of_the_run() -> None:
    for trace in explored():
        head, *lines = ladder(trace).splitlines()
        right = head.index("TCP Peer B")
        for end, column in ((A, slice(5, 19)), (B, slice(right, right + 14))):
            states = [line[column].strip() for line in lines if line[column].strip() in STATES]
            assert states[-1] == trace.tcb(end, len(trace.steps))["STATE"]


# --- its words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"SYN bit": True}, "<SEQ=1><CTL=SYN>"),
        ({"SYN bit": True, "ACK bit": True}, "<SEQ=1><ACK=2><CTL=SYN,ACK>"),
        ({"FIN bit": True, "ACK bit": True, "DATA": 3}, "<SEQ=1><ACK=2><DATA=3><CTL=FIN,ACK>"),
        ({"RST bit": True}, "<SEQ=1><CTL=RST>"),
        ({"RST bit": True, "ACK bit": True}, "<SEQ=1><ACK=2><CTL=RST,ACK>"),
    ],
    ids=str,
)
def test_segments_are_written_as_the_rfc_writes_them(fields: dict[str, int], shown: str) -> None:
    bits = dict.fromkeys(("SYN bit", "ACK bit", "FIN bit", "RST bit"), False)
    segment = SentSegment(0, A, 1, {"SEQ": 1, "ACK": 2, "DATA": 0, "WND": 4, **bits, **fields}, {})
    assert show_segment(segment) == shown


@pytest.mark.parametrize(
    ("event", "call", "shown"),
    [
        ("OPEN", {"ACTIVE": True}, "(OPEN active)"),
        ("OPEN", {"ACTIVE": False}, "(OPEN passive)"),
        ("OPEN", {"ACTIVE": True, "REMOTE": False}, "(OPEN active no remote)"),
        ("SEND", {"OCTETS": 3}, "(SEND 3)"),
        ("CLOSE", {}, "(CLOSE)"),
        ("TIME-WAIT TIMEOUT", {}, "(2 MSL)"),
        ("RETRANSMISSION TIMEOUT", {}, "(RETRANSMISSION TIMEOUT)"),
    ],
    ids=str,
)
def test_events_are_written_as_the_rfc_writes_them(event: str, call: dict[str, int], shown: str) -> None:
    full = {"ISN": 0, "OCTETS": 0, "ACTIVE": False, "REMOTE": True, **call}
    assert show_event(EventRecord(event, full, (), (), (), {}, {})) == shown
