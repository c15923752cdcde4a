"""Two ends and any network: what keeps P-02 inductive, and what breaks it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from checker.symbolic.induction import Induction
from checker.symbolic.proof import Claim
from checker.symbolic.questions import shown
from checker.symbolic.system import System
from spec.language import Relation
from spec.lemmas import Assumption, Lemma
from spec.lemmas.two_ends import ARRIVAL, ASSUMPTIONS, LEMMAS
from spec.properties import PROPERTIES
from spec.scenarios import REOPEN
from spec.tcp import TCP
from spec.variants import VARIANTS


def induction(
    relation: Relation[Any] = TCP,
    lemmas: Sequence[Lemma] = LEMMAS,
    assumptions: Sequence[Assumption] = ASSUMPTIONS,
) -> Induction:
    formulas = [f for lemma in (*lemmas, ARRIVAL) for f in (*lemma.given, *lemma.holds)]
    return Induction(System(relation, 8, formulas, assumptions), lemmas)


def after(found: Induction, *states: str, chain: tuple[str, ...] | None = None) -> list[Claim]:
    """Return the claims of the steps from some states, or of one chain of rules only."""
    steps = [s for s in found.system.steps(states) if chain is None or s.happened.path.chain == chain]
    assert steps
    return [claim for step in steps for claim in found.consecution(step)]


def test_an_open_keeps_every_lemma_and_rests_on_fresh_isns() -> None:
    claims = after(induction(), "CLOSED", chain=("U-2",))
    assert all(claim.stands for claim in claims)
    assert "fresh-isn" in {name for claim in claims for name in claim.assumptions}


@pytest.mark.parametrize("gone", ["fresh-isn", "half-space"])
def test_without_an_assumption_an_open_breaks_a_lemma(gone: str) -> None:
    found = induction(assumptions=[each for each in ASSUMPTIONS if each.id != gone])
    claims = after(found, "CLOSED", chain=("U-2",))
    assert any(claim.found == "sat" for claim in claims)


def test_the_ack_of_our_syn_keeps_every_lemma() -> None:
    assert all(claim.stands for claim in after(induction(), "SYN-RECEIVED", chain=("A-1", "A-3")))


@pytest.mark.parametrize("gone", ["I-17", "I-22"])
def test_without_its_lemma_agreement_is_not_inductive_and_two_states_and_a_step_are_shown(gone: str) -> None:
    found = induction(lemmas=[lemma for lemma in LEMMAS if lemma.id != gone])
    claims = after(found, "SYN-RECEIVED", chain=("A-1", "A-3"))
    assert any(claim.name.startswith("P-02") and claim.found == "sat" for claim in claims)
    witness = found.broken[0].witness
    assert witness[0] == "before:"
    assert any(line.startswith("A: SEGMENT ARRIVES <SEQ=") and line.endswith("(rules A-1 A-3)") for line in witness)
    assert "after:" in witness


def test_two_way_is_not_inductive_where_the_server_takes_a_syn() -> None:
    found = induction(VARIANTS["two-way"].relation)
    after(found, "LISTEN", chain=("L-3",))
    broken = next(broken for broken in found.broken if broken.lemma == "P-02/1")
    lines = shown(broken, VARIANTS["two-way"].relation, REOPEN)
    assert lines[0] == "P-02/1 is not kept by SEGMENT ARRIVES in LISTEN: L-3:"
    assert re.fullmatch(
        r"the explorer (reaches|does not reach) the first state in world reopen \(.* states\)", lines[-1]
    )


def test_rfc_793s_comparison_breaks_agreement() -> None:
    """Erratum 3301: SND.UNA =< SEG.ACK takes an ACK of the number before our SYN."""
    found = induction(VARIANTS["srcvd-ack-793"].relation)
    claims = after(found, "SYN-RECEIVED", chain=("A-1", "A-3d"))
    assert any(not claim.stands for claim in claims)


def test_initiation_and_safety_stand_and_a_step_is_possible() -> None:
    found = induction()
    claims = [*found.initiation(), *found.safety(PROPERTIES["P-01"]), *found.safety(PROPERTIES["P-02"])]
    assert {claim.kind for claim in claims} == {"initiation", "safety"}
    assert all(claim.stands for claim in claims)
    step = next(step for step in found.system.steps(("LISTEN",)) if step.happened.path.chain == ("L-3",))
    possible = found.possible(step)
    assert possible is not None
    assert (possible.kind, possible.expected, possible.stands) == ("vacuity", "sat", True)


def test_safety_does_not_follow_without_agreement() -> None:
    found = induction(lemmas=[lemma for lemma in LEMMAS if not lemma.id.startswith("P-02")])
    assert not all(claim.stands for claim in found.safety(PROPERTIES["P-01"]))
