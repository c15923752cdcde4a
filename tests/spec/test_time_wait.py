"""TIME-WAIT's clock: what starts it, and what starts it anew by each of the three readings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from spec.attackers import Attacker
from spec.environment import Faults, World
from spec.language import show
from spec.network import Network
from spec.tcp import TCP
from spec.time_wait import REARMS, STARTS, TimeWait
from tests.checker.runs import A, B, Play, opened, world
from tests.checker.worlds import ANSWERS, CLOSES, TALKS

LETTER, FIN, ANY = "letter", "fin", "any_emission"
WHERE = world(CLOSES, ANSWERS, Faults(retransmissions=1), Network(capacity=4))


def time_wait(variant: str = "three-way", where: World = WHERE) -> Play:
    """Return a play whose last step brought A into TIME-WAIT: SND.NXT is 102, RCV.NXT 302, its ACK number 6."""
    play = opened(where) if variant == "three-way" else _opened(variant)
    for number in range(3):
        play.deliver(number)
    for closer in (A, B):
        (fin,) = play.own(closer, "CLOSE")
        (ack,) = play.deliver(fin)
        if closer == A:
            play.deliver(ack)
    assert play.state(A) == "TIME-WAIT"
    return play


def _opened(variant: str) -> Play:
    play = Play(WHERE, variant)
    play.own(B, "OPEN")
    play.own(A, "OPEN", ACTIVE=True)
    return play


def fin_again(play: Play) -> None:
    (fin,) = play.own(B, "RETRANSMISSION TIMEOUT")
    play.deliver(fin)


def forged(bits: str, **fields: int) -> Callable[[Play], None]:
    """Return what lets a segment that nobody sent arrive at A."""

    def happens(play: Play) -> None:
        play.forge(A, bits, **fields)

    return happens


STEPS: dict[str, tuple[Callable[[Play], None], set[str]]] = {
    "a FIN sent again lies left of the window": (fin_again, {FIN, ANY}),
    "a FIN in the window": (forged("FIN ACK", SEQ=302, ACK=102), {LETTER, FIN, ANY}),
    "a FIN beyond RCV.NXT, not processed now": (forged("FIN ACK", SEQ=303, ACK=102), set()),
    "a FIN beyond the window": (forged("FIN ACK", SEQ=999, ACK=102), {FIN, ANY}),
    "text left of the window": (forged("ACK", SEQ=301, ACK=102, DATA=1), {ANY}),
    "text in the window": (forged("ACK", SEQ=302, ACK=102, DATA=1), set()),
    "an old ACK": (forged("ACK", SEQ=301, ACK=102), {ANY}),
    "a SYN in the window": (forged("SYN", SEQ=303), {ANY}),
    "a RST in the window, not at its edge": (forged("RST", SEQ=303), {ANY}),
    "a RST beyond the window": (forged("RST", SEQ=999), set()),
}


@pytest.mark.parametrize("name", STEPS)
def test_what_starts_the_wait_anew(name: str) -> None:
    happens, rearms = STEPS[name]
    play = time_wait()
    happens(play)
    assert play.state(A) == "TIME-WAIT"
    assert {reading for reading, formula in REARMS.items() if play.says(formula)} == rearms
    assert not play.says(STARTS)


def test_each_reading_restarts_at_least_where_the_letter_does_and_no_two_are_the_same() -> None:
    told = {frozenset(rearms) for _, rearms in STEPS.values()}
    assert told == {frozenset(), frozenset({ANY}), frozenset({FIN, ANY}), frozenset({LETTER, FIN, ANY})}


def test_where_all_is_acknowledged_the_letter_restarts_by_any_acceptable_segment() -> None:
    play = time_wait("tw-ack-letter")
    play.forge(A, "ACK", SEQ=302, ACK=102)
    assert {reading for reading, formula in REARMS.items() if play.says(formula)} == {LETTER, FIN, ANY}


def test_the_wait_starts_where_time_wait_is_entered_and_nowhere_else() -> None:
    play = opened(WHERE)
    told = [play.says(STARTS)]
    for number in range(3):
        play.deliver(number)
        told.append(play.says(STARTS))
    assert not any(told)
    assert time_wait().says(STARTS)
    play = time_wait()
    play.deliver(6)
    assert play.state(B) == "CLOSED"
    assert not play.says(STARTS)
    play.own(A, "TIME-WAIT TIMEOUT")
    assert not play.says(STARTS)


def test_nothing_that_happens_before_time_wait_starts_it_anew() -> None:
    play = opened(replace(WHERE, users=(CLOSES, TALKS)))
    for number in range(3):
        play.deliver(number)
    (text,) = play.own(B, "SEND", OCTETS=1)
    (ack,) = play.deliver(text)
    assert not any(play.says(formula) for formula in REARMS.values())
    play.deliver(ack)
    (fin,) = play.own(A, "CLOSE")
    (_ack,) = play.deliver(fin)
    assert play.state(B) == "CLOSE-WAIT"
    assert not any(play.says(formula) for formula in REARMS.values())


def test_what_ends_time_wait_starts_nothing_anew_by_the_letter() -> None:
    play = time_wait()
    play.forge(A, "RST", SEQ=302)
    assert play.state(A) == "CLOSED"
    assert not any(play.says(formula) for formula in REARMS.values())


def test_the_letter_names_rules_of_time_wait() -> None:
    rules = [TCP.rule(rule) for part in REARMS[LETTER].walk() if part.op == "fired" for rule in part.payload]
    assert [rule.id for rule in rules] == ["A-10", "F-5"]
    assert all(rule.state == ("TIME-WAIT",) for rule in rules)
    assert "restarts the 2 MSL wait" in TCP.rule("F-5").title


def test_the_readings_can_be_printed() -> None:
    assert show(STARTS) == "STATE /= TIME-WAIT and after(STATE) = TIME-WAIT"
    assert {name: show(formula) for name, formula in REARMS.items()} == {
        LETTER: "fired A-10 or F-5",
        FIN: "fired A-10 or F-5 or (STATE = TIME-WAIT and SEGMENT ARRIVES and FIN in SEG.CTL and some sent(true))",
        ANY: "STATE = TIME-WAIT and some sent(true)",
    }


# --- lengths ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (TimeWait(), "2 MSL, re-armed by letter"),
        (TimeWait(0, FIN), "0 MSL, re-armed by fin"),
        (TimeWait(4, ANY), "4 MSL, re-armed by any emission"),
        (TimeWait(None), "for ever"),
        (TimeWait(None, FIN), "for ever"),
    ],
)
def test_a_length_says_what_it_is(length: TimeWait, words: str) -> None:
    assert str(length) == words


@pytest.mark.parametrize("msls", [-1, 5])
def test_other_lengths_are_refused(msls: int) -> None:
    with pytest.raises(ValueError, match=rf"^TIME-WAIT lasts 0 to 4 MSL or for ever, not {msls}\.$"):
        TimeWait(msls)


def test_other_readings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^TIME-WAIT is re-armed by letter, fin, any_emission, not 'often'\.$"):
        TimeWait(2, "often")


@pytest.mark.parametrize(
    ("length", "lifetime", "ticks"),
    [(TimeWait(2), 3, 6), (TimeWait(0), 3, 0), (TimeWait(1, FIN), 8, 8), (TimeWait(None), 3, None), (None, 3, None),
     (TimeWait(None), None, None)],
)  # fmt: skip
def test_a_world_measures_in_ticks(length: TimeWait | None, lifetime: int | None, ticks: int | None) -> None:
    assert replace(WHERE, network=Network(lifetime=lifetime), time_wait=length).wait_ticks == ticks


def test_a_world_without_a_clock_cannot_measure() -> None:
    with pytest.raises(ValueError, match="needs a network whose segments have an MSL"):
        replace(WHERE, time_wait=TimeWait(0))
    with pytest.raises(ValueError, match="needs a network whose segments have an MSL"):
        replace(WHERE, quiet_time=True)


def test_a_quiet_time_lasts_an_msl() -> None:
    clock = replace(WHERE, network=Network(lifetime=5))
    assert (clock.quiet_ticks, replace(clock, quiet_time=True).quiet_ticks) == (0, 5)


@pytest.mark.parametrize("lifetime", [0, 9])
def test_an_msl_is_one_to_eight_ticks(lifetime: int) -> None:
    with pytest.raises(ValueError, match=rf"only a bag has an MSL, and it must be 1 to 8 ticks, not {lifetime}"):
        Network(lifetime=lifetime)


@pytest.mark.parametrize("kind", ["set", "fifo"])
def test_only_a_bag_has_an_msl(kind: str) -> None:
    with pytest.raises(ValueError, match="only a bag has an MSL"):
        Network(kind, lifetime=2)


def test_a_world_says_its_clock_and_its_attacker() -> None:
    clock = replace(WHERE, network=Network(lifetime=2), time_wait=TimeWait(1, FIN), quiet_time=True)
    bounds = replace(clock, attacker=Attacker("on-path", 2, (B,))).bounds()
    assert bounds["network"] == "bag of 4 (any order; blocks when full; MSL 2 ticks)"
    assert bounds["timers"] == (
        "fire at any moment, TIME-WAIT lasts 1 MSL, re-armed by fin, quiet time 1 MSL after a crash"
    )
    assert bounds["attacker"] == "on-path, 2 segments to B"
    assert WHERE.bounds()["attacker"] == "none"
