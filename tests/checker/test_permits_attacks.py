"""What a world permits of attackers and of retransmission without end, and what it refuses with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checker.explore.run import explore_world
from checker.replay import ReplayError, replay
from spec.attackers import Attacker
from spec.environment import Faults, IsnPolicy, User, active_open, close, passive_open
from spec.trace import FORGE, OWN, Trace
from tests.checker.runs import A, B, Play, check, cut, opened, refused, with_step, world
from tests.checker.worlds import ANSWERS, CLOSES, FLOODED, FOR_EVER

pytestmark = pytest.mark.usefixtures("compile_once")

# --- retransmission without end -------------------------------------------------------------------------------------


def test_what_is_lost_is_sent_again_as_often_as_needed() -> None:
    play = opened(replace(FOR_EVER, faults=Faults(losses=None, retransmissions=None)))
    for _ in range(9):
        play.lose(len(play.sent) - 1)
        play.own(A, "RETRANSMISSION TIMEOUT")
    check(play.trace())


def sent_again_too_early() -> Play:
    play = opened(FOR_EVER)
    play.own(A, "RETRANSMISSION TIMEOUT")
    return play


def sent_again_beside_a_duplicate() -> Play:
    play = opened(replace(FOR_EVER, faults=Faults(duplicates=1, retransmissions=None)))
    play.duplicate(0)
    play.own(A, "RETRANSMISSION TIMEOUT")
    return play


def sent_again_beside_an_old_one() -> Play:
    """Return a play in which the SYN of the end's first incarnation, the same to the last bit, is in flight."""
    users = (User((active_open(2), close(2))), User((passive_open(),)))
    play = opened(replace(FOR_EVER, users=users, incarnations=(2, 2)).with_isn(IsnPolicy("const")))
    play.own(A, "CLOSE")
    (new,) = play.own(A, "OPEN", ACTIVE=True)
    play.deliver(new)
    play.own(A, "RETRANSMISSION TIMEOUT")
    return play


# --- attackers ------------------------------------------------------------------------------------------------------


def under_attack(attacker: Attacker | None) -> Play:
    """Return a play in which A (SND.NXT 101, RCV.NXT 301) and B (SND.NXT 301, RCV.NXT 101) are connected."""
    play = opened(world(CLOSES, ANSWERS, attacker=attacker))
    for number in range(3):
        play.deliver(number)
    assert (play.state(A), play.state(B)) == ("ESTABLISHED", "ESTABLISHED")
    return play


FORGERIES: list[tuple[str, str, dict[str, int]]] = [
    ("blind", "RST", {"SEQ": 302}),
    ("blind", "SYN", {"SEQ": 302}),
    ("blind", "ACK", {"SEQ": 302, "ACK": 101, "DATA": 1}),
    ("blind", "FIN ACK", {"SEQ": 302, "ACK": 101}),
    ("on-path", "RST", {"SEQ": 301}),
    ("on-path", "SYN", {"SEQ": 301}),
    ("on-path", "ACK", {"SEQ": 301, "ACK": 101, "DATA": 1}),
    ("on-path", "FIN ACK", {"SEQ": 301, "ACK": 101}),
]


@pytest.mark.parametrize(("kind", "bits", "fields"), FORGERIES, ids=str)
def test_an_attacker_forges_what_it_can_form_and_nothing_near_it(kind: str, bits: str, fields: dict[str, int]) -> None:
    def forged(bits: str, **fields: int) -> Trace:
        play = under_attack(Attacker(kind, 1, (A,)))
        play.forge(A, bits, **fields)
        return play.trace()

    check(forged(bits, **fields))
    wrong = [{**fields, name: fields.get(name, 0) + by} for name in ("SEQ", "ACK", "DATA") for by in (1, 2**32 - 1)]
    for other in wrong:
        refused(forged(bits, **other), "the attacker cannot form this segment")
    refused(forged(f"{bits} SYN RST", **fields), "the attacker cannot form this segment")


def attacked(attacker: Attacker | None, end: int = A, times: int = 1) -> Callable[[], Play]:
    def play() -> Play:
        played = under_attack(attacker)
        for _ in range(times):
            played.forge(end, "SYN", SEQ=302 if end == A else 102)
        return played

    return play


def forged_without_a_connection() -> Play:
    play = Play(world(CLOSES, ANSWERS, attacker=Attacker()))
    play.own(B, "OPEN")
    play.forge(B, "SYN", SEQ=1)
    return play


NOT_PERMITTED: dict[str, tuple[Callable[[], Play], str]] = {
    "sent again too early": (sent_again_too_early, "a copy of what is sent again is in flight"),
    "sent again beside a duplicate": (sent_again_beside_a_duplicate, "a copy of what is sent again is in flight"),
    "sent again beside an old one": (sent_again_beside_an_old_one, "a copy of what is sent again is in flight"),
    "nobody's forgery": (attacked(None), "there is no attacker that forges segments"),
    "a flood's forgery": (attacked(Attacker("flood")), "there is no attacker that forges segments"),
    "a forgery out of reach": (attacked(Attacker("blind", 1, (B,))), "the attacker does not reach this end"),
    "a forgery too many": (attacked(Attacker("blind", 1), times=2), "no injection is left in the budget of 1"),
    "a third forgery": (attacked(Attacker("blind", 2), B, 3), "no injection is left in the budget of 2"),
    "a forgery to a listener": (forged_without_a_connection, "the attacker knows of no connection here"),
}


@pytest.mark.parametrize("name", NOT_PERMITTED)
def test_what_the_world_does_not_permit_is_refused_at_its_step(name: str) -> None:
    play, words = NOT_PERMITTED[name]
    trace = play().trace()
    refused(trace, words)
    check(cut(trace, len(trace.steps) - 1))


def test_the_budget_of_an_attacker_is_each_victims_own() -> None:
    play = under_attack(Attacker("blind", 2))
    for end, number in ((A, 302), (B, 102), (A, 302), (B, 102)):
        play.forge(end, "SYN", SEQ=number)
    check(play.trace())


FORGED_ALONE = attacked(Attacker())().trace()
LAST = len(FORGED_ALONE.steps)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ghosts": {"INC": 1}}, "a forged segment belongs to no incarnation"),
        ({"sender": B}, "was not sent by the attacker"),
        ({"sender": A}, "was not sent by the attacker"),
        ({"number": 7}, "segment 3 is not forged in this step"),
        ({"step": 1}, "segment 3 is not forged in this step"),
    ],
    ids=str,
)
def test_a_forged_segment_says_where_it_comes_from(changes: dict[str, Any], words: str) -> None:
    *earlier, forged, answer = FORGED_ALONE.segments
    if "ghosts" in changes:
        changes = {"ghosts": {**forged.ghosts, **changes["ghosts"]}}
    refused(replace(FORGED_ALONE, segments=(*earlier, replace(forged, **changes), answer)), words)


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        (LAST, {"segment": 2}, "segment 2 is not the next one sent"),
        (LAST, {"segment": None}, "segment -1 is not the next one sent"),
        (LAST, {"events": ()}, "nothing happens in it"),
        (LAST, {"kind": OWN, "segment": None}, "SEGMENT ARRIVES happens only by a delivery"),
        (LAST, {"kind": "deliver"}, "segment 3 is not in flight"),
        (3, {"kind": FORGE}, "segment 0 is not the next one sent"),
    ],
    ids=str,
)
def test_a_damaged_forgery_is_refused(number: int, changes: dict[str, Any], words: str) -> None:
    refused(with_step(FORGED_ALONE, number, **changes), words, number)


# --- floods ---------------------------------------------------------------------------------------------------------


def test_a_flood_is_permitted_within_its_budget_and_where_somebody_floods() -> None:
    where = replace(FOR_EVER, users=(User((active_open(),)), User((passive_open(2),))), attacker=Attacker("flood", 1))
    run = explore_world(FLOODED, where, [], variant="three-way")
    trace = run.edges["LISTEN", "CLOSED"]
    assert [event.event for step in trace.steps for event in step.events] == ["OPEN", "FLOOD"]
    replay(trace, FLOODED)
    for attacker, words in (
        (None, "nobody makes FLOOD"),
        (Attacker("blind", 1), "nobody makes FLOOD"),
        (Attacker("flood", 1, (A,)), "nobody makes FLOOD"),
        (Attacker("flood", 0), "no injection is left in the budget of 0"),
    ):
        with pytest.raises(ReplayError, match=rf"^step 2 of 2: {words}\.$"):
            replay(replace(trace, world=replace(where, attacker=attacker)), FLOODED)
