"""`prove`: everything it is asked by default, the comparison with the explorer, reports, mistakes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import z3
from jsonschema import Draft202012Validator

from checker import prove as engine
from checker.cli import main
from checker.explore.run import explore_world
from checker.prove import PROVABLE, Asked, Proofs, asked, compare, exit_code, is_expected, prove
from checker.report import proofs as report
from checker.report.style import Style
from checker.symbolic import questions
from checker.symbolic.proof import PROVED, REFUTED, UNDECIDED, Proof
from checker.symbolic.solving import ask
from checker.usage import UsageError
from checker.verdict import Verdict, judge
from checker.verify import Request, verify
from spec.environment import Scenario
from spec.properties import PROPERTIES
from spec.queries import QUERIES
from spec.scenarios import REOPEN
from spec.variants import VARIANTS

SCHEMA = json.loads((Path(report.__file__).parent / "schema" / "prove-1.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def everything() -> Proofs:
    return prove(Asked())


def answer(proofs: Proofs, name: str, variant: str = "three-way") -> Proof:
    return next(proof for proof in proofs.found if proof.property == name and proof.variant in (variant, ""))


def test_every_answer_is_the_expected_one(everything: Proofs) -> None:
    assert [(p.property, p.variant, p.says) for p in everything.found if not is_expected(p)] == []
    assert exit_code(everything) == 0
    assert {proof.property for proof in everything.found} == set(PROVABLE)


@pytest.mark.parametrize("name", ["P-01", "P-02"])
def test_three_way_is_proved_for_any_network_and_needs_fresh_isns(everything: Proofs, name: str) -> None:
    proof = answer(everything, name)
    assert (proof.verdict, proof.method, proof.width) == (PROVED, "induction", 32)
    assert {"loss", "duplication", "reordering", "delay"} <= set(proof.unbounded)
    assert "the unsat cores need fresh-isn, half-space" in proof.says
    assert proof.witness[0] == "without assumptions on ISNs:"
    assert {claim.kind for claim in proof.claims} == {"initiation", "consecution", "safety", "vacuity"}


@pytest.mark.parametrize("name", ["P-01", "P-02"])
def test_two_way_is_refuted_in_as_many_steps_as_the_explorer_needs(everything: Proofs, name: str) -> None:
    prop = PROPERTIES[name]
    explored = judge(prop, [explore_world(VARIANTS["two-way"].relation, REOPEN, [prop])])
    proof = answer(everything, name, "two-way")
    assert (proof.verdict, proof.steps) == (REFUTED, explored.steps)


def test_every_query_has_an_answer_with_a_sentence(everything: Proofs) -> None:
    told = {proof.property: proof.says for proof in everything.found if proof.property in QUERIES}
    assert set(told) == set(QUERIES)
    assert all(told.values())


def test_the_reports_tell_everything(everything: Proofs) -> None:
    text = report.text(everything, Style(colour=False), verbose=True)
    assert all(f"{name} " in text for name in PROVABLE)
    assert "fresh-isn: A new ISS is not smaller" in text
    data = json.loads(report.as_json(everything, 0))
    assert list(Draft202012Validator(SCHEMA).iter_errors(data)) == []


def test_an_undecided_answer_never_exits_0(everything: Proofs) -> None:
    left = replace(everything.found[0], verdict=UNDECIDED)
    assert exit_code(Proofs([left, *everything.found[1:]])) == 3
    assert exit_code(Proofs([])) == 3
    assert exit_code(Proofs(everything.found, interrupted=True)) == 130


def explored(variant: str, names: tuple[str, ...]) -> list[Verdict]:
    scenario = Scenario("standard", "", (REOPEN,))
    return verify(Request((variant,), names, scenario)).verdicts


def test_engines_that_contradict_each_other_exit_4() -> None:
    verdicts = explored("two-way", ("P-01",))
    fine = Proofs([Proof("P-01", "two-way", REFUTED, "", 32, "", steps=3)])
    compare(fine, verdicts)
    assert (fine.disagree, exit_code(fine)) == ([], 0)
    for proof in (Proof("P-01", "two-way", PROVED, "", 32, ""), Proof("P-01", "two-way", REFUTED, "", 32, "", steps=2)):
        wrong = Proofs([proof])
        compare(wrong, verdicts)
        assert exit_code(wrong) == 4
    wrong = Proofs([Proof("P-01", "three-way", REFUTED, "", 32, "", steps=3)])
    compare(wrong, explored("three-way", ("P-01",)))
    assert wrong.disagree == ["P-01 of three-way: z3 has a run that breaks it, the explorer finds none in that world"]


def test_ctrl_c_leaves_what_was_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> Proof:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "lifted", interrupted)
    found = prove(asked((), ("Z-2", "Z-11"), 32))
    assert [proof.property for proof in found.found] == ["Z-2"]
    assert exit_code(found) == 130


@pytest.mark.parametrize("seconds", [2, 9])
def test_ctrl_c_is_heard_whatever_z3_is_doing(seconds: float) -> None:
    """z3 catches the signal itself and calls what it was asked unknown, as it does when its limit is reached."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job, and all that it starts, ignores it
    command = [sys.executable, "-m", "checker", "prove", "-q"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        time.sleep(seconds)
        program.send_signal(signal.SIGINT)
        try:
            said, _ = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode == 130, said
    assert "nterrupted" in said


def test_a_limit_that_is_reached_is_no_ctrl_c() -> None:
    a, b = z3.BitVecs("a b", 64)
    hard = [a * b == z3.BitVecVal(0x7FFFFFED * 0x7FFFFFFF, 64), z3.ULT(a, 1 << 32), z3.ULT(b, 1 << 32), z3.UGT(b, a)]
    for logic in ("QF_UFBV", "QF_BV", ""):
        assert ask([*hard, a > 1], logic=logic, limit=300_000).word == "unknown"


def test_a_variant_that_closes_too_early_is_not_proved_inductive() -> None:
    proof = questions.one_step(VARIANTS["auto-fin"].relation, "auto-fin", ("P-07",), 8, None)[0]
    assert proof.verdict == UNDECIDED
    assert proof.says.startswith("not inductive: P-07")


def test_names_are_checked() -> None:
    with pytest.raises(UsageError, match="'P-77' is nothing that z3 is asked"):
        asked((), ("P-77",), 32)
    what = asked(("two-way",), ("p-01", "z-2"), 32)
    assert (what.of, what.queries) == ((("two-way", ("P-01",)),), ("Z-2",))


def test_queries_are_asked_of_three_way_whatever_the_variant() -> None:
    assert asked(("two-way",), (), 32).queries == ()
    assert asked(("two-way", "three-way"), (), 32).queries == tuple(QUERIES)
    what = asked(("two-way",), ("P-02", "Z-12", "Z-5"), 32)
    assert what.of == (("two-way", ("P-02",)), ("three-way", ("P-10", "P-01", "P-02")))
    assert asked((), ("Z-5",), 32).of == (("three-way", ("P-10",)),)


def test_a_query_named_with_another_variant_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--variant", "two-way", "--property", "Z-5", "--bits", "8"]) == 0
    assert "Z-5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("prove --property P-99", "'P-99' is nothing that z3 is asked"),
        ("prove --variant towway", "Did you mean 'two-way'?"),
        ("prove --bits 3", "--bits: must be a number from 8 to 64, not 3"),
        ("prove --format xml", "choose from text, json"),
        ("prove -o nowhere/x", "the folder nowhere does not exist"),
        ("verify --property P-10", "proved for all TCBs, not explored: use `prove --property`"),
        ("verify --engine z3 --property P-03", "--engine: z3 is asked P-01, P-02,"),
        ("verify --engine spin", "must be one of explore, z3, both"),
        ("certify nowhere", "nowhere"),
    ],
)
def test_a_mistake_is_one_line(
    command: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err


@pytest.mark.parametrize(
    "command", ["prove", "certify .", "verify --engine both --variant two-way", "verify --engine z3"]
)
def test_without_z3_one_line_says_what_is_needed(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checker.usage.find_spec", lambda _: None)
    assert main(command.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "needs the package z3-solver" in err


def test_both_engines_agree_on_two_way(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "verify --engine both --scenario quick --variant two-way --property P-01 --property P-02 -q"
    assert main(arguments.split()) == 0
    out, _ = capsys.readouterr()
    assert "2 answers: 2 as expected" in out
    assert "DISAGREE" not in out
