"""Lemmas that are found: candidates against what the explorer reaches, and what Houdini proves with them."""

from __future__ import annotations

from functools import cache

import pytest

from checker.explore.watch import formulas_of
from checker.symbolic.houdini import Found, find
from checker.symbolic.mining import Candidate, Kinds, Samples, candidates, lemmas, literals, samples, variables_of
from checker.symbolic.one_step import OneStep
from spec.ghosts import CLOSE_FIRST, INC, INCS, OCTETS_SENT, PINC
from spec.language import all_of
from spec.lemmas.one_end import ASSUMPTIONS, LEMMAS
from spec.properties import PROPERTIES
from spec.scenarios import QUICK
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import CLOSE_QUEUED, IRS, ISS, RCV, SND

TELLS = PROPERTIES["P-07"]
WORLDS = QUICK[:6]
ASSUMED = [formula for assumption in ASSUMPTIONS for formula in assumption.holds]


@cache
def seen() -> Samples:
    return samples(TCP, WORLDS, [TELLS])


@cache
def mined() -> tuple[Candidate, ...]:
    return tuple(candidates(TCP, seen(), variables_of(TCP, [*formulas_of([TELLS]), *ASSUMED]))[1])


@cache
def found(variant: str = "three-way") -> Found:
    return find(VARIANTS[variant].relation, WORLDS, [TELLS], 8)


def test_candidates_hold_in_every_sample_and_speak_of_one() -> None:
    everywhere = (1 << len(seen().met)) - 1
    for lemma in lemmas(mined()):
        given = seen().where(all_of(*lemma.given))
        assert given, lemma.sentence
        assert not everywhere & given & ~seen().where(lemma.holds[0]), lemma.sentence


def test_what_does_not_hold_in_a_sample_is_no_candidate() -> None:
    listening = {str(each.literal) for each in mined() if each.state == "LISTEN" and not each.given}
    assert {"not CLOSE.QUEUED", "ORIGIN = passive"} <= listening
    assert not {"CLOSE.QUEUED", "ORIGIN = active", "INC > 0", "INC = 0"} & listening


def test_numbers_are_compared_only_with_numbers_of_their_kind() -> None:
    kinds = Kinds(TCP)
    octets, received, own, peers = (kinds.of(each) for each in (SND.NXT - ISS, RCV.NXT - IRS, INC, PINC))
    assert len({octets, received, own, peers}) == 4
    assert (kinds.of(SND.QUEUED), kinds.of(OCTETS_SENT), kinds.of(RCV.WND)) == (octets, octets, received)
    assert kinds.of(INCS) == own
    assert kinds.of_pairs(CLOSE_FIRST) == (own, peers)
    said = {str(each) for each in literals(TCP, [ISS, SND.NXT, RCV.NXT, INC, PINC, CLOSE_QUEUED])}
    assert {"ISS =< SND.NXT", "SND.NXT = ISS + 1", "SND.NXT - ISS > 0", "not CLOSE.QUEUED", "INC > 0"} <= said
    assert not {"INC = PINC", "ISS =< RCV.NXT", "INC =< SND.NXT - ISS"} & said


def test_arbitrary_incarnations_are_all_incarnations() -> None:
    read = [str(each.literal) for each in mined() if each.state == "CLOSED" and each.numbers]
    assert "not ((X, Y) in CLOSE.FIRST) or X =< INCS" in read
    assert "not ((X, Y) in CLOSE.FIRST) or X =< PINC" not in read


def test_the_state_tells_whose_fin_is_where_by_found_lemmas_alone() -> None:
    result = found()
    assert (result.proved, result.counterexamples) == (True, [])
    assert result.candidates > result.survivors > result.inductive > len(result.kept) > 0
    assert result.rounds > 1
    assert not {id(lemma) for lemma in result.kept} & {id(lemma) for lemma in LEMMAS}


def test_the_found_lemmas_are_inductive_for_whoever_checks_them() -> None:
    proof = OneStep(TCP, 8, found().kept, [TELLS], ASSUMPTIONS)
    assert all(claim.stands for claim in proof.initiation())
    claims = list(proof.consecution([*proof.lemma_goals(), *proof.goals(TELLS)]))
    assert claims
    assert [claim.name for claim in claims if not claim.stands] == []


def test_a_mutant_is_not_proved_and_the_step_that_breaks_it_is_told() -> None:
    result = found("fin-in-ack2")
    assert not result.proved
    broken = {each.part: each for each in result.counterexamples}
    assert list(broken) == ["P-07/2"]
    told = broken["P-07/2"]
    assert told.word == "sat"
    assert told.step.startswith("SEGMENT ARRIVES in ")
    assert told.step.endswith(" F-1")
    assert {"FIN.OUT = False", "SEG.FIN bit = True"} <= set(told.values)


@pytest.mark.parametrize("name", ["P-17", "P-18", "P-26"])
def test_what_is_not_about_every_state_or_step_of_one_end_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        find(TCP, WORLDS, [PROPERTIES[name]], 8)


def test_of_a_state_that_no_sample_is_in_the_candidate_is_that_no_end_is_ever_in_it() -> None:
    never = Samples(seen().fields, tuple(each for each in seen().met if each.tcb[0] != "CLOSING"))
    tried, there = candidates(TCP, never, [CLOSE_QUEUED, SND.QUEUED])
    assert tried > len(there) > 0
    assert [str(each.literal) for each in there if each.state == "CLOSING"] == ["not (STATE in {CLOSING})"]
