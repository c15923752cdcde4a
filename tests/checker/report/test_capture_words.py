"""One plain sentence for each way in which a connection can stand when its capture ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.report.capture_words import COMPLETENESS, CONN_STATES, completeness, octets, resets, seconds, sentence
from tests.checker.captured import BAD_ACK, CLOSED, INJECTED, OPENING, kept, written

SAID = {
    "A SYN that nobody answers": (["A 100 S"], "The SYN was never answered: the client is in SYN-SENT."),
    "A port that is closed": (
        ["A 100 S", "B 0.101 RA"], r"The server refused the connection at 0\.\d+ s: nothing listens there\.",
    ),
    "A handshake that breaks off": (
        ["A 100 S", "B 300.101 SA"],
        r"The handshake was not completed: the client is in ESTABLISHED, the server is in SYN-RECEIVED\.",
    ),
    "An open connection": (OPENING, "The connection is established and open when the capture ends."),
    "An application that does not close": (
        [*OPENING, "A 101.301 AF t=12.3", "B 301.102 A"],
        r"The server got a FIN at 12\.\d+ s and its application never closed: CLOSE-WAIT\.",
    ),
    "A normal close": (
        CLOSED,
        r"The client closed first, at .* s, and the server at .* s; the client is in TIME-WAIT, the server is CLOSED\.",
    ),
    "FINs that cross": (
        [*OPENING, "A 101.301 AF", "B 301.101 AF", "A 102.302 A", "B 302.102 A"],
        r"Both closed before either knew of it, at 0\.\d+ s and at 0\.\d+ s; .*TIME-WAIT.*",
    ),
    "A FIN that nobody acknowledges": (
        [*OPENING, "A 101.301 AF"], r"The server got a FIN at .*CLOSE-WAIT\.",
    ),
    "An abort": ([*OPENING, "A 101.301 RA"], r"The client aborted the connection at 0\.\d+ s\."),
    "An abort before the connection is established": (
        ["A 100 S", "B 300.101 SA", "A 101 R"], r"The client (aborted|reset) the connection at .*",
    ),
    "One end that was never seen": (
        ["B 300.101 SA", "B 301.105 AF"],
        r"The server closed at 0\.\d+ s; nothing was seen of the client, the server is in FIN-WAIT-1\.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "told"), SAID.values(), ids=list(SAID))
def test_a_sentence_says_how_a_connection_stands(lines: list[str], told: str, tmp_path: Path) -> None:
    _, (shown,) = kept(written(tmp_path / "a.pcap", lines))
    assert re.fullmatch(told, sentence(shown)), sentence(shown)


def test_a_reset_that_its_sender_cannot_have_sent_is_perhaps_injected(tmp_path: Path) -> None:
    _, (shown,) = kept(written(tmp_path / "a.pcap", INJECTED))
    (told,) = resets(shown)
    assert "which no run of it sends: perhaps injected" in told
    assert shown.verdict == "DEVIATES at frame 4"


def test_resets_of_one_kind_are_told_together(tmp_path: Path) -> None:
    lines = [*OPENING, *(f"A {5000 + number}.301 R" for number in range(3))]
    _, (shown,) = kept(written(tmp_path / "a.pcap", lines))
    assert [told.partition(" at ")[0] for told in resets(shown)] == ["client, frames 4 to 6 (3)"]


def test_a_deviation_does_not_hide_how_things_stand(tmp_path: Path) -> None:
    _, (shown,) = kept(written(tmp_path / "a.pcap", BAD_ACK))
    assert sentence(shown) == SAID["An open connection"][1]


def test_codes_have_words() -> None:
    assert completeness(0) == "0 (nothing)"
    assert completeness(63) == f"63 ({'; '.join(COMPLETENESS)})"
    assert all(CONN_STATES.values())


@pytest.mark.parametrize(
    ("time", "told"), [(0, "0.000000 s"), (1_234_567, "0.001235 s"), (10**9, "1.000 s"), (12_345_678_900, "12.346 s")]
)
def test_times_are_told_to_a_microsecond_below_a_second(time: int, told: str) -> None:
    assert seconds(time) == told


def test_octets_are_counted_in_words() -> None:
    assert [octets(count) for count in (0, 1, 1234)] == ["0 octets", "1 octet", "1,234 octets"]
