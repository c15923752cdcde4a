"""Ghosts that speak of rules by id name all the rules there are, in every variant."""

from __future__ import annotations

import pytest

from spec.ghosts import GHOSTS, OCTETS_SENT, TAKES_FIN, TAKES_TEXT, TOLD_OF_RESET, USER_CLOSES
from spec.language import GHOST, name_of
from spec.variants import VARIANTS
from spec.vocabulary import CLOSE, OTHER_STEPS, SEGMENT_ARRIVES


def named_in(variable: str) -> set[str]:
    ghost = next(g for g in GHOSTS if g.name == variable)
    return {rule for when, _ in ghost.updates for part in when.walk() if part.op == "fired" for rule in part.payload}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_rule_that_takes_text_or_a_fin_is_named(variant: str) -> None:
    takes = [r for r in VARIANTS[variant].relation.rules if any(name_of(u.variable) == "RCV.NXT" for u in r.then)]
    assert {r.id for r in takes if r.on == OTHER_STEPS.TEXT} <= set(TAKES_TEXT.payload)
    assert {r.id for r in takes if r.on == OTHER_STEPS.FIN} <= set(TAKES_FIN.payload)
    synchronising = {r.id for r in takes if any(name_of(u.variable) == "IRS" for u in r.then)}
    assert {r.id for r in takes} == synchronising | ({r.id for r in takes} & {*TAKES_TEXT.payload, *TAKES_FIN.payload})


def numbering(variant: str) -> set[str]:
    return {
        rule.id
        for rule in VARIANTS[variant].relation.rules
        if any(name_of(update.variable) == "SND.NXT" for update in rule.then)
        and any(message.fields["DATA"].key() != ("const", 0) for message in rule.send)
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_rule_that_numbers_text_is_named(variant: str) -> None:
    assert {"U-8", "O-1"} <= numbering(variant) <= named_in(name_of(OCTETS_SENT))


def test_every_rule_that_a_ghost_names_exists() -> None:
    rules = {rule.id for variant in VARIANTS.values() for rule in variant.relation.rules}
    named = {
        rule
        for ghost in GHOSTS
        for formulas in ghost.updates
        for formula in formulas
        for part in formula.walk()
        if part.op == "fired"
        for rule in part.payload
    }
    assert {*TAKES_TEXT.payload, *TAKES_FIN.payload} <= named <= rules
    assert named_in(name_of(OCTETS_SENT)) == {rule for variant in VARIANTS for rule in numbering(variant)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_rule_that_closes_or_tells_of_a_reset_is_named(variant: str) -> None:
    rules = VARIANTS[variant].relation.rules
    assert {rule.id for rule in rules if CLOSE in rule.steps and rule.signal is None} == set(USER_CLOSES.payload)
    arriving = [rule for rule in rules if rule.signal and any(step.event == SEGMENT_ARRIVES for step in rule.steps)]
    told = {rule.id for rule in arriving if rule.signal and rule.signal.endswith(("reset", "refused"))}
    assert told == {rule.id for rule in rules} & set(TOLD_OF_RESET.payload)


def test_ghosts_are_ghosts_and_described() -> None:
    assert len({ghost.name for ghost in GHOSTS}) == len(GHOSTS)
    for ghost in GHOSTS:
        assert ghost.variable.payload[0] == GHOST
        assert ghost.meaning.endswith(".")
