"""Runs as packetdrill scripts: what they say, what they cannot say, and that packetdrill itself plays them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.export.packetdrill import CALLS, SS, TCP_INFO, packetdrill
from checker.usage import UsageError
from spec.environment import ENDS, Faults, User, abort, active_open, close, passive_open, receive, send
from spec.network import Network
from spec.trace import Trace
from spec.vocabulary import STATES, USER_TIMEOUT
from tests.checker.export.dissected import WORLDS, random_run
from tests.checker.runs import A, B, Play, ghost_connection, open_and_close, opened, world

pytestmark = pytest.mark.usefixtures("compile_once")

runs = st.tuples(st.sampled_from(sorted(WORLDS)), st.integers(0, 10_000))
"""World and seed of a random run: what a failing test shows."""
SEGMENT = re.compile(
    r"(?P<flags>[SFRP]*\.?) (?P<first>\d+):(?P<last>\d+)\((?P<octets>\d+)\)(?: ack (?P<ack>\d+))?(?: |$)"
)


def lines(trace: Trace, end: str = "A") -> list[str]:
    """Return what a script does, without comments and set-up."""
    return [line.strip() for line in packetdrill(trace, end).splitlines()[3:] if not line.startswith("//")]


def connected(a: User | None = None, b: User | None = None) -> Play:
    """Return a play in which A has connected to B."""
    play = opened(world(a or User((active_open(), abort())), b or User((passive_open(),)), Faults(retransmissions=1)))
    (answer,) = play.deliver(0)
    (ack,) = play.deliver(answer)
    play.deliver(ack)
    return play


# --- what a script says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ENDS)
def test_open_text_and_close_are_as_they_should(end: str, golden: Callable[[str, str], None]) -> None:
    golden(f"packetdrill-{end}.pkt", packetdrill(open_and_close().trace(), end))


@settings(max_examples=80, deadline=None)
@given(runs, st.sampled_from(ENDS))
def test_a_script_injects_what_arrives_and_expects_what_is_sent(run: tuple[str, int], end: str) -> None:
    trace = random_run(*run)
    try:
        said = lines(trace, end)
    except UsageError as error:
        assert re.match(r"step \d+: .*\.$", str(error))  # noqa: PT017  # which of the two happens is not known here
        return
    steps = [step for step in trace.steps if ENDS[step.end] == end]
    arrived = [trace.segments[step.segment] for step in steps if step.segment is not None and step.events]
    sent = [trace.segments[number] for step in steps for event in step.events for number in event.sent]
    for sign, segments, ours in (("<", arrived, False), (">", sent, True)):
        shown = [line.split(f" {sign} ")[1] for line in said if f" {sign} " in line]
        assert len(shown) == len(segments)
        for text, segment in zip(shown, segments, strict=True):
            parts, fields = SEGMENT.match(text), segment.fields
            assert parts is not None, text
            bits = {"S": "SYN bit", "F": "FIN bit", "R": "RST bit", ".": "ACK bit"}
            assert {name for letter, name in bits.items() if letter in parts["flags"]} == {
                name for name in bits.values() if fields[name]
            }
            assert ("P" in parts["flags"]) == (ours and fields["DATA"] > 0)
            assert int(parts["octets"]) == fields["DATA"] == (int(parts["last"]) - int(parts["first"])) % 2**32
            assert (parts["ack"] is not None) == fields["ACK bit"]


def test_numbers_are_relative_so_that_isns_do_not_matter() -> None:
    trace = open_and_close().trace()
    assert packetdrill(trace, "B", (2**32 - 1, 7)) == packetdrill(trace, "B")


def test_a_copy_is_injected_as_often_as_it_arrives_and_a_loss_is_not() -> None:
    play = opened(replace(WORLDS["open-close"], faults=Faults(losses=1, duplicates=1)))
    play.duplicate(0)
    play.lose(1)
    play.deliver(0)
    said = lines(play.trace(), "B")
    assert [line for line in said if " < " in line] == ["+0 < S 0:0(0) win 65535"] * 2
    assert sum(" > S. " in line for line in said) == 1


def test_a_forged_segment_leaves_the_window_open() -> None:
    play = Play(WORLDS["on the path"])
    play.own(B, "OPEN")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (answer,) = play.deliver(syn)
    play.deliver(answer)
    play.forge(A, "FIN ACK", SEQ=301, ACK=101)
    assert "+0 < F. 1:1(0) ack 1 win 65535" in lines(play.trace())


def test_an_abort_lingers_for_no_time() -> None:
    play = connected()
    play.own(A, "ABORT")
    assert lines(play.trace())[-3:] == [
        "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0", "+0 close(3) = 0", "+0 > R 1:1(0)",
    ]  # fmt: skip


def test_text_is_read_when_it_is_delivered_and_the_end_of_file_after_a_fin() -> None:
    play = connected(User((active_open(), send(2), close())), User((passive_open(), receive(3)), reads=False))
    for call in ({"OCTETS": 2}, {}):
        (number,) = play.own(A, "SEND" if call else "CLOSE", **call)
        (ack,) = play.deliver(number)
        play.deliver(ack)
    play.own(B, "RECEIVE")
    play.own(B, "RECEIVE")
    assert [line for line in lines(play.trace(), "B") if "read(" in line] == [
        "+0 read(4, ..., 2) = 2", "+0 read(4, ..., 1) = 0",
    ]  # fmt: skip


def test_a_send_after_a_close_fails_by_epipe() -> None:
    play = connected(User((active_open(), close(), send(1))))
    play.own(A, "CLOSE")
    play.own(A, "SEND", OCTETS=1)
    assert lines(play.trace())[-1] == "+0 write(3, ..., 1) = -1 EPIPE (Broken pipe)"


def test_a_retransmission_is_expected_within_seconds() -> None:
    play = opened(replace(WORLDS["open-close"], faults=Faults(retransmissions=1)))
    play.own(A, "RETRANSMISSION TIMEOUT")
    assert lines(play.trace())[-1] == "+.1~+4 > S 0:0(0) <...>"


def test_a_syn_to_a_closed_port_is_refused_in_numbers_of_no_iss() -> None:
    play = Play(WORLDS["textbook"])
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    play.deliver(syn)
    assert lines(play.trace(), "B") == ["+0 < S 0:0(0) win 65535", "+0~+.3 > R. 0:0(0) ack 1"]


def test_a_call_that_nobody_can_make_is_none() -> None:
    play = Play(WORLDS["textbook"])
    play.own(A, "CLOSE")
    assert packetdrill(play.trace()).splitlines()[-2:] == ["// 1. CLOSE: U-24", "//    (there is no socket to call)"]


def test_the_ghost_connection_is_a_script_that_a_stack_should_fail() -> None:
    assert lines(ghost_connection(), "B")[-2:] == [
        "+0 accept(3, ..., ...) = 4", "+0 %{ assert tcpi_state == TCP_ESTABLISHED, tcpi_state }%",
    ]  # fmt: skip


def test_every_state_has_a_name_somewhere_and_every_call_a_state() -> None:
    assert set(STATES) == TCP_INFO.keys() | SS.keys()
    assert all(call.states for call in CALLS)
    taken = [(call.event, state) for call in CALLS for state in call.states]
    assert len(taken) == len(set(taken))


# --- what it cannot say -------------------------------------------------------------------------------------------


def crossed() -> Play:
    """Return a play in which two SYNs have crossed and arrived."""
    play = Play(world(User((active_open(), close())), User((active_open(),)), network=Network(capacity=4)))
    (one,), (two,) = (play.own(end, "OPEN", ACTIVE=True) for end in (A, B))
    play.deliver(one)
    play.deliver(two)
    return play


def in_syn_received() -> Play:
    play = opened(world(User((active_open(),)), User((passive_open(), close()))))
    play.deliver(0)
    play.own(B, "CLOSE")
    return play


def reopened() -> Play:
    client = User((active_open(2), close(2)))
    play = Play(world(client, User((), listens=True), network=Network(capacity=4), incarnations=(2, 2)))
    play.own(A, "OPEN", ACTIVE=True)
    play.own(A, "CLOSE")
    play.own(A, "OPEN", ACTIVE=True)
    return play


def old_syn() -> Play:
    play = reopened()
    play.deliver(0)  # the old SYN
    (reset,) = play.deliver(2)
    play.deliver(reset)
    play.deliver(1)
    return play


def early_send() -> Play:
    play = opened(world(User((active_open(), send(1))), User((passive_open(),))))
    play.own(A, "SEND", OCTETS=1)
    return play


def twice_closed() -> Play:
    play = connected(User((active_open(), close(2))))
    play.own(A, "CLOSE")
    play.own(A, "CLOSE")
    return play


def timed_out() -> Play:
    play = opened(world(User((active_open(),)), User((passive_open(),)), Faults(user_timeouts=1)))
    play.own(A, USER_TIMEOUT.name)
    return play


def answered_from_closed() -> Play:
    play = Play(world(User((active_open(), close())), User((active_open(),)), network=Network(capacity=4)))
    play.own(A, "OPEN", ACTIVE=True)
    play.own(A, "CLOSE")
    (other,) = play.own(B, "OPEN", ACTIVE=True)
    play.deliver(other)
    return play


def closed_listener() -> Play:
    play = Play(world(User((active_open(),)), User((close(),), listens=True)))
    play.own(B, "CLOSE")
    return play


def after_time_wait() -> Play:
    play = connected(User((active_open(), close())), User((passive_open(), close())))
    for end in (A, B):
        (fin,) = play.own(end, "CLOSE")
        (ack,) = play.deliver(fin)
        if end == A:
            play.deliver(ack)
    play.own(B, "RETRANSMISSION TIMEOUT")
    play.deliver(ack)
    play.own(A, "TIME-WAIT TIMEOUT")
    play.deliver(fin + 2)
    return play


@pytest.mark.parametrize(
    ("play", "end", "sentence"),
    [
        (in_syn_received, "B", "step 4: CLOSE in SYN-RECEIVED has no socket: accept() comes after the handshake;"),
        (reopened, "A", "step 3: a script knows one ISS of the system under test, and this is its second;"),
        (old_syn, "B", "step 7: a script knows one ISS of the system under test, and this is its second;"),
        (early_send, "A", "step 3: a script has no call for SEND in SYN-SENT;"),
        (twice_closed, "A", "step 7: a script has no call for CLOSE in FIN-WAIT-1;"),
        (timed_out, "A", "step 3: a script has no call for USER TIMEOUT in SYN-SENT;"),
        (answered_from_closed, "A", "step 4: a script cannot expect <SEQ=0>: it counts from an ISS;"),
        (closed_listener, "B", "step 1: a script has one socket, and this is its second OPEN;"),
        (
            after_time_wait,
            "A",
            "step 13: a script does not wait for the end of TIME-WAIT, and the run goes on after it;",
        ),
    ],
)
def test_what_no_script_says_is_refused_with_the_step(play: Callable[[], Play], end: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        packetdrill(play().trace(), end)
    assert str(caught.value) == f"{sentence} packetdrill cannot play this run with {end} under test."


def test_fields_that_no_script_has_are_refused_with_the_step() -> None:
    play = Play(WORLDS["textbook"], "tw-recycle")
    play.own(A, "OPEN", ACTIVE=True)
    with pytest.raises(UsageError, match=r"^step 1: a script has no place for TSVAL of tw-recycle;"):
        packetdrill(play.trace())


def test_what_depends_on_the_worlds_window_is_refused_with_the_step() -> None:
    play = connected(User((active_open(), send(3, times=2))), User((passive_open(),), reads=False))
    for _ in range(2):
        (text,) = play.own(A, "SEND", OCTETS=3)
        (ack,) = play.deliver(text)
        play.deliver(ack)
    with pytest.raises(
        UsageError, match=r"^step 10: with a window of 65535 octets, not 4, the run goes another way\.$"
    ):
        packetdrill(play.trace())


# --- packetdrill itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_packetdrill_plays_what_this_kernel_does(tmp_path: Path, family: str) -> None:
    program, apart = shutil.which("packetdrill"), shutil.which("unshare")
    if program is None or apart is None:
        pytest.skip("packetdrill is not installed" if apart else "unshare is not installed")
    if os.geteuid():
        pytest.skip("packetdrill needs root")
    ends = {end: packetdrill(open_and_close().trace(), end) for end in ENDS}
    for name, script in {**ends, "crossed": packetdrill(crossed().trace())}.items():
        file = tmp_path / f"{name}.pkt"
        file.write_text(script)
        command = [apart, "--net", "sh", "-c", f"ip link set lo up && exec {program} --ip_version={family} {file}"]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert run.returncode == 0, run.stderr
