"""Runs as captures: every segment, its numbers, text and checksums, when and where it is seen; what has no place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checker.capture.conversations import conversations
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.export.pcap import EPOCH, VANTAGES, Ends, moments, pcap
from checker.export.wire import endpoint
from checker.usage import UsageError
from spec.environment import ENDS, Faults, User, abort, active_open, close, passive_open, send
from spec.trace import ATTACKER, DELIVER, DUPLICATE, FORGE, TICK, Trace
from tests.checker.export.dissected import WORLDS, Frame, frames, random_run
from tests.checker.runs import A, B, Play, ghost_connection, open_and_close, opened, timed, war, world

pytestmark = pytest.mark.usefixtures("compile_once")

SIX = Ends(endpoint("[2001:db8::1]:1024"), endpoint("[2001:db8::2]:80"))
BITS = {"FIN bit": "F", "SYN bit": "S", "RST bit": "R", "ACK bit": "A"}
runs = st.tuples(st.sampled_from(sorted(WORLDS)), st.integers(0, 10_000))
"""World and seed of a random run: what a failing test shows."""


def told(trace: Trace, number: int) -> tuple[int, int, str, int, int]:
    """Return what the trace says of a segment: SEQ, ACK, control bits, window, octets."""
    fields = trace.segments[number].fields
    flags = "".join(letter for bit, letter in BITS.items() if fields[bit])
    return fields["SEQ"], fields["ACK"], flags, fields["WND"], fields["DATA"]


def shown(frame: Frame) -> tuple[int, int, str, int, int]:
    return frame.seq, frame.ack, frame.flags.replace("P", ""), frame.window, len(frame.text)


def seen_at(trace: Trace, vantage: str) -> list[int]:
    """Return the segments that a vantage point sees, step by step as the trace has them."""
    numbers: list[int] = []
    for step in trace.steps:
        here = vantage == ENDS[step.end]
        if step.segment is not None and (
            (here and step.kind in (DELIVER, DUPLICATE, FORGE)) or (vantage == "middle" and step.kind == FORGE)
        ):
            numbers.append(step.segment)
        if here or vantage == "middle":
            numbers += [number for event in step.events for number in event.sent]
    return numbers


@settings(max_examples=80, deadline=None)
@given(runs, st.sampled_from(VANTAGES), st.sampled_from([Ends(), SIX]))
def test_a_capture_holds_what_its_vantage_point_sees_of_any_run(run: tuple[str, int], vantage: str, ends: Ends) -> None:
    trace = random_run(*run)
    taken = frames(pcap(trace, ends, vantage=vantage))
    numbers = seen_at(trace, vantage)
    assert [shown(frame) for frame in taken] == [told(trace, number) for number in numbers]
    assert all(a.time < b.time for a, b in pairwise(taken))
    names = ends.of(trace)
    for frame, number in zip(taken, numbers, strict=True):
        sender = trace.segments[number].sender
        end = 1 - trace.steps[trace.segments[number].step - 1].end if sender == ATTACKER else sender
        source, destination = names[end], names[1 - end]
        assert (ip_address(frame.source), ip_address(frame.destination)) == (source.address, destination.address)
        assert frame.ports == (source.port, destination.port)
        assert frame.identification == (None if ends is SIX else number + 1)
        assert (frame.hops == 64) == (sender != ATTACKER)


@settings(max_examples=40, deadline=None)
@given(runs, st.tuples(st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1)))
def test_other_isns_move_every_number_of_an_end_and_nothing_else(run: tuple[str, int], isn: tuple[int, int]) -> None:
    trace = random_run(*run)
    try:
        moved = frames(pcap(trace, isn=isn))
    except UsageError as error:  # a reset's SEQ of 0 (P-47) can fall into a window that has moved
        assert "goes another way" in str(error)  # noqa: PT017  # which of the two happens is not known here
        return
    firsts: dict[tuple[int, bool], set[int]] = {}
    for now, was in zip(moved, frames(pcap(trace)), strict=True):
        same = (was.flags, was.window, was.text, was.ports, was.time)
        assert (now.flags, now.window, now.text, now.ports, now.time) == same
        if "S" in now.flags and now.hops == 64:
            firsts.setdefault((now.ports[0], True), set()).add((now.seq - was.seq) % 2**32)
        if now.flags in ("SA", "A", "FA", "PA"):
            firsts.setdefault((now.ports[1], True), set()).add((now.ack - was.ack) % 2**32)
    assert all(len(shifts) == 1 for shifts in firsts.values()), firsts


def test_numbers_wrap_round_where_the_isn_is_the_last() -> None:
    syn, answer, *_, last = frames(pcap(open_and_close().trace(), isn=(2**32 - 1, 2**32 - 2)))
    assert (syn.seq, answer.ack, answer.seq, last.seq, last.ack) == (2**32 - 1, 0, 2**32 - 2, 2, 0)


def test_z3_chooses_isns_that_fit_the_run() -> None:
    pytest.importorskip("z3", reason="z3-solver is not installed")
    trace = ghost_connection()
    syn = frames(pcap(trace, isn="solve"))[0]
    assert syn.flags == "S"
    assert syn.seq == 2**32 - 1  # from which the numbers wrap round at once
    assert frames(pcap(trace))[0].seq == 100


# --- text ---------------------------------------------------------------------------------------------------------


def test_octets_tell_which_they_are_also_when_they_are_sent_again() -> None:
    client = User((active_open(), send(2), send(1), close()))
    play = opened(world(client, User((passive_open(),)), Faults(retransmissions=1)))
    (answer,) = play.deliver(0)
    (ack,) = play.deliver(answer)
    play.deliver(ack)
    play.own(A, "SEND", OCTETS=2)
    play.own(A, "SEND", OCTETS=1)
    play.own(A, "RETRANSMISSION TIMEOUT")
    play.own(A, "CLOSE")
    texts = [(frame.flags, frame.text) for frame in frames(pcap(play.trace()))[3:]]
    assert texts == [("PA", "AB"), ("PA", "C"), ("PA", "ABC"), ("FA", "")]


def test_b_speaks_in_lower_case_and_an_attacker_shouts() -> None:
    runs = [random_run(name, seed) for name in ("attacked", "on the path", "textbook") for seed in range(25)]
    texts = {(frame.ports[0], frame.hops == 64, frame.text) for run in runs for frame in frames(pcap(run))}
    assert {(port, text) for port, own, text in texts if own and text} == {(49152, "A"), (9, "a")}
    assert {text for _, own, text in texts if not own} == {"", "!"}


def test_text_after_reopening_goes_on_where_that_of_the_connection_before_ended() -> None:
    client = User((active_open(2), send(1, times=2), abort()))
    play = Play(world(client, User((), listens=True), incarnations=(2, 2)))
    for letter in "AB":
        (syn,) = play.own(A, "OPEN", ACTIVE=True)
        (answer,) = play.deliver(syn)
        (ack,) = play.deliver(answer)
        play.deliver(ack)
        (text,) = play.own(A, "SEND", OCTETS=1)
        assert frames(pcap(play.trace()))[-1].text == letter
        (ack,) = play.deliver(text)
        play.deliver(ack)
        if letter == "A":
            (reset,) = play.own(A, "ABORT")
            play.deliver(reset)


# --- time ---------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(runs)
def test_steps_follow_one_another_and_segments_travel_a_while(run: tuple[str, int]) -> None:
    trace = random_run(*run)
    when = moments(trace)
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(when))
    for moment, step in zip(when, trace.steps, strict=True):
        if step.kind in (DELIVER, DUPLICATE) and step.segment is not None:
            assert moment - when[trace.segments[step.segment].step - 1] >= 20_000


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["clock", "text in the clock"]), st.integers(0, 10_000))
def test_where_a_clock_ticks_no_segment_outlives_its_msl(name: str, seed: int) -> None:
    trace = random_run(name, seed)
    when = moments(trace)
    ticks = [moment for moment, step in zip(when, trace.steps, strict=True) if step.kind == TICK]
    assert all(moment >= EPOCH * 1_000_000 + (n + 1) * 60_000_000 for n, moment in enumerate(ticks))
    for moment, step in zip(when, trace.steps, strict=True):
        if step.kind in (DELIVER, DUPLICATE) and step.segment is not None:
            assert moment - when[trace.segments[step.segment].step - 1] < 120_000_000


def test_a_retransmission_waits_a_second_and_time_wait_two_msl() -> None:
    play = opened(replace(WORLDS["open-close"], faults=Faults(retransmissions=1)))
    play.own(A, "RETRANSMISSION TIMEOUT")
    first, again = (frame.time for frame in frames(pcap(play.trace())))
    assert again - first == 1_000_000
    when = moments(open_and_close().trace())
    assert when[-1] - when[-3] >= 240_000_000


# --- beside the wire ----------------------------------------------------------------------------------------------


def test_a_loss_is_seen_where_it_was_sent_and_a_copy_as_often_as_it_arrives() -> None:
    play = opened(replace(WORLDS["open-close"], faults=Faults(losses=1, duplicates=1)))
    play.duplicate(0)
    play.deliver(0)
    play.lose(1)
    flags = {vantage: [f.flags for f in frames(pcap(play.trace(), vantage=vantage))] for vantage in VANTAGES}
    assert flags == {"A": ["S"], "B": ["S", "SA", "S", "A"], "middle": ["S", "SA", "A"]}
    first, second = (f for f in frames(pcap(play.trace(), vantage="B")) if f.flags == "S")
    assert first.identification == second.identification


def test_the_client_is_the_end_that_opens_first() -> None:
    play = Play(world(User((passive_open(),)), User((active_open(),))))
    play.own(A, "OPEN")
    play.own(B, "OPEN", ACTIVE=True)
    (syn,) = frames(pcap(play.trace()))
    assert syn.ports == (49152, 9)


def test_timestamps_stand_in_their_option() -> None:
    run = random_run("reopen", 5, variant="tw-recycle")
    options = [frame.options for frame in frames(pcap(run))]
    assert options
    assert all(option[:4] == b"\x01\x01\x08\x0a" for option in options)
    assert [int.from_bytes(option[4:8]) for option in options] == [s.fields["TSVAL"] for s in run.segments]


@pytest.mark.parametrize(
    "variant", ["tfo", "keep-alive", "hold", "delayed-ack", "syn-cookies", "fin-wait-2-timeout", "socket-calls"]
)
def test_variants_with_events_and_text_of_their_own_are_written(variant: str) -> None:
    for seed in range(4):
        trace = random_run("replay", seed, variant=variant)
        assert [shown(frame) for frame in frames(pcap(trace))] == [told(trace, n) for n in seen_at(trace, "middle")]


def test_an_endless_run_is_written_once_round() -> None:
    trace = war()
    assert trace.loop is not None
    assert len(frames(pcap(trace))) == len(trace.segments)


def test_a_run_without_segments_is_an_empty_capture() -> None:
    assert frames(pcap(Play(WORLDS["textbook"]).trace())) == []


@pytest.mark.parametrize(
    ("client", "server", "words"),
    [
        ("192.0.2.1:1", "[2001:db8::1]:1", "both IPv6"),
        ("192.0.2.1:1", "192.0.2.1:1", "different"),
    ],
)
def test_ends_that_cannot_talk_are_refused(client: str, server: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Ends(endpoint(client), endpoint(server))


def test_a_window_wider_than_its_field_is_refused_with_the_step() -> None:
    play = opened(replace(WORLDS["textbook"], window=70_000))
    with pytest.raises(UsageError, match=r"^step 2: WND is 70,000, and a header has room to 65,535\.$"):
        pcap(play.trace())


def test_more_text_than_a_packet_holds_is_refused_with_the_step() -> None:
    play = opened(world(User((active_open(), send(65_500))), User((passive_open(),)), window=65_535))
    (answer,) = play.deliver(0)
    play.deliver(answer)
    play.own(A, "SEND", OCTETS=65_500)
    with pytest.raises(UsageError, match=r"^step 5: DATA is 65,500, "):
        pcap(play.trace())


def test_the_same_bytes_come_out_whatever_the_hash_seed() -> None:
    program = (
        "import sys; from tests.checker.runs import timed; from checker.export.pcap import pcap;"
        "sys.stdout.buffer.write(pcap(timed().trace(), vantage='A'))"
    )
    written = [
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "12"
    ]
    assert written[0] == written[1] == pcap(timed().trace(), vantage="A")


# --- other readers ------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(runs, st.sampled_from(VANTAGES), st.sampled_from([Ends(), SIX]))
def test_our_own_reader_reads_what_we_write_and_takes_no_frame_for_a_copy(
    run: tuple[str, int], vantage: str, ends: Ends
) -> None:
    trace = random_run(*run)
    octets = pcap(trace, ends, vantage=vantage)
    assume(frames(octets))
    with NamedTemporaryFile(suffix=".pcap") as file:
        file.write(octets)
        file.flush()
        notes = Notes()
        read = [segment for _, segment in conversations(segments(Path(file.name), notes), notes) if segment]
    mine = frames(octets)
    assert [(s.seq, s.ack, s.window, s.data, s.source) for s in read] == [
        (f.seq, f.ack, f.window, len(f.text), f.source) for f in mine
    ]
    assert not notes.lines()


def test_wireshark_finds_nothing_wrong(tmp_path: Path) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    for name, trace in {"timed": timed().trace(), "war": war(), "text": open_and_close().trace()}.items():
        for ends in (Ends(), SIX):
            file = tmp_path / f"{name}.pcap"
            file.write_bytes(pcap(trace, ends))
            sums = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
            wrong = "_ws.malformed or _ws.expert.severity==error or tcp.checksum.status==0 or ip.checksum.status==0"
            asked = subprocess.run(
                [tshark, "-r", str(file), *sums, "-Y", wrong], capture_output=True, text=True, check=True, timeout=60
            )
            assert asked.stdout == ""
            counted = subprocess.run(
                [tshark, "-r", str(file), "-T", "fields", "-e", "tcp.seq_raw"],
                capture_output=True, text=True, check=True, timeout=60,
            )  # fmt: skip
            assert [int(line) for line in counted.stdout.split()] == [f.seq for f in frames(file.read_bytes())]
