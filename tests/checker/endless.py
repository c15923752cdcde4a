"""Endless runs for tests, played by hand: what replay accepts and refuses."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from checker.replay import ReplayError, replay
from spec.environment import Faults, User, World, active_open
from spec.language import negated
from spec.language.beside import Part, leads_to
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.vocabulary import STATE, State
from tests.checker.runs import A, Play, world

AGAIN = "RETRANSMISSION TIMEOUT"
FOR_EVER = Faults(retransmissions=None)
CALLER, NOBODY = User((active_open(),)), User(())
ALONE = world(CALLER, NOBODY, FOR_EVER)
DELIVERED = ("FC", "FT", "FF")


def leaves(state: State, *fairness: str) -> Part:
    """Return the claim that a state is left sooner or later."""
    here = STATE.isin((state,))
    return leads_to(negated(here), given=(here,), fairness=fairness)


def accept(trace: Trace, claim: Part) -> None:
    """Check that a run shows what is claimed never to be so."""
    replay(trace, VARIANTS[trace.variant].relation, claim)


def refuse(trace: Trace, claim: Part, words: str) -> None:
    """Check that a run is refused with one sentence that has these words."""
    with pytest.raises(ReplayError) as caught:
        accept(trace, claim)
    sentence = str(caught.value)
    assert re.fullmatch(r"step \d+ of \d+: [^\n]+[^.]\.", sentence), sentence
    assert words in sentence, sentence


def endless(play: Play, loop: int | None = None) -> Trace:
    """Return the run so far, which goes back to a step for ever; unless told otherwise, it stutters."""
    return play.trace("P-0", loop=len(play.steps) if loop is None else loop)


def calling(where: World = ALONE, variant: str = "silent-closed") -> Play:
    """Return a play in which A has sent its SYN, segment 0, to an end that does not answer."""
    play = Play(where, variant)
    play.own(A, "OPEN", ACTIVE=True)
    return play


def losing(losses: int | None = None) -> Play:
    """Return a play in which A's SYN is lost and sent again: the last two steps can go on for ever."""
    play = calling(world(CALLER, NOBODY, replace(FOR_EVER, losses=losses)))
    play.lose(0)
    play.own(A, AGAIN)
    return play
