"""Mutants of the handshake and close rules: changing any guard, update, send or goto is noticed.

Each mutant changes one thing of one rule. It is noticed when an example of tests/spec/test_rfc_rows.py fails, or else
when its fingerprint differs, which is what a report states: verdicts with their steps, edges, terminal states,
rules fired, states and transitions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from checker.concrete import ConcreteReader, RulesOverlap
from checker.explore.run import explore_world
from checker.verdict import judge
from spec.environment import Faults, User, active_open, close, passive_open, send
from spec.language import Message, Relation, Rule
from spec.properties import PROPERTIES
from spec.scenarios import OPEN_CLOSE, REOPEN, SIMULTANEOUS, TUTORIAL_WORLD
from spec.tcp import TCP
from spec.vocabulary import CALL_FIELDS, State

RULES = (
    "U-1", "U-2", "U-8", "U-13", "U-14", "U-15", "U-17", "U-18", "C-2a", "C-2b", "L-2", "L-3", "SS-2", "SS-3",
    "SS-5", "SS-6", "SS-7", "Q-2", "Q-4", "R-2", "R-5", "A-1", "A-2", "A-3", "A-4", "A-6", "A-9",
    "D-1", "F-1", "F-2", "F-3", "T-2a", "T-2b", "T-2d", "T-4",
)  # fmt: skip
WORLDS = (
    replace(TUTORIAL_WORLD, users=(User((active_open(), send(1), close())), User((passive_open(), close())))),
    replace(OPEN_CLOSE, faults=Faults(losses=1, retransmissions=1)),
    replace(REOPEN, users=(User((active_open(2), close())), User((close(),), listens=True)), faults=Faults()),
    replace(SIMULTANEOUS, faults=Faults()),
)
ASKED = [prop for prop in PROPERTIES.values() if prop.graph != "coverage"]


def mutants(rule: Rule[State]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (what is changed, the change): each condition, update and send dropped, the state not entered."""
    for i, condition in enumerate(rule.when):
        yield f"when {condition} dropped", {"when": rule.when[:i] + rule.when[i + 1 :]}
    for i, update in enumerate(rule.then):
        yield f"{update} dropped", {"then": rule.then[:i] + rule.then[i + 1 :]}
    if rule.send:
        yield "send dropped", {"send": rule.send[1:]}
        for name in ("SEQ", "ACK") if rule.send[0].fields["ACK bit"].payload else ("SEQ",):
            fields = dict(rule.send[0].fields)
            fields[name] = fields[name] + 1  # type: ignore[operator, assignment]  # a sequence number
            yield f"{name} one too far", {"send": (Message(fields), *rule.send[1:])}
    if rule.goto is not None:
        yield "goto dropped", {"goto": None}


SAMPLE = [(TCP.rule(name), what, change) for name in RULES for what, change in mutants(TCP.rule(name))]
UNNOTICED: dict[tuple[str, str], str] = {
    ("SS-7", "when SYN not in SEG.CTL dropped"): "equivalent: SS-5 and SS-6 have taken every SYN",
    ("SS-7", "when RST not in SEG.CTL dropped"): "equivalent: SS-3 and SS-4 have taken every RST",
    ("T-2d", "when SND.UNA /= ISS dropped"): "equivalent: with a FIN numbered, one number outstanding is not the SYN",
}
"""Mutants that nothing here notices, each with its reason."""


def fingerprint(relation: Relation[State]) -> object:
    """Return what a report says of the relation, or that two of its rules fire at once."""
    try:
        runs = [explore_world(relation, world, ASKED) for world in WORLDS]
    except RulesOverlap:
        return "rules overlap"
    verdicts = [(p.id, judge(p, runs).word, judge(p, runs).steps) for p in ASKED]
    return verdicts, [(r.states, r.transitions, r.fired, sorted(r.edges), sorted(r.terminal)) for r in runs]


@pytest.fixture(scope="module")
def rows() -> ModuleType:
    """Return the module of the RFC's rows; test modules cannot import each other by name."""
    path = Path(__file__).parents[1] / "spec" / "test_rfc_rows.py"
    found = spec_from_file_location("rfc_rows", path)
    assert found is not None
    assert found.loader is not None
    module = module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


def an_example_fails(rows: ModuleType, relation: Relation[State]) -> bool:
    rows.READER = ConcreteReader(relation, 32, CALL_FIELDS)  # type: ignore[attr-defined]  # the module's own reader
    try:
        for row in rows.EXAMPLES:
            rows.test_what_the_rfc_says(row)
    except (AssertionError, RulesOverlap):
        return True
    return False


@pytest.fixture(scope="module")
def original() -> object:
    return fingerprint(TCP)


@pytest.mark.parametrize(("rule", "what", "change"), SAMPLE, ids=[f"{rule.id}: {what}" for rule, what, _ in SAMPLE])
def test_a_mutant_is_noticed(
    rule: Rule[State], what: str, change: dict[str, Any], original: object, rows: ModuleType
) -> None:
    mutant = TCP.replace(rule.id, **change)
    noticed = an_example_fails(rows, mutant) or fingerprint(mutant) != original
    assert noticed == ((rule.id, what) not in UNNOTICED)


def test_the_original_is_not_taken_for_a_mutant(original: object, rows: ModuleType) -> None:
    assert not an_example_fails(rows, TCP)
    assert fingerprint(TCP) == original


def test_the_list_of_unnoticed_mutants_names_mutants() -> None:
    assert set(UNNOTICED) <= {(rule.id, what) for rule, what, _ in SAMPLE}
