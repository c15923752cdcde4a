"""Certificates are re-checked by other solvers; whatever differs from the manifest is refused, with the file's name."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import z3
from jsonschema import Draft202012Validator

from checker import certify as under_test
from checker import solvers
from checker.certify import Report, as_json, certify, exit_code, text
from checker.solvers import Said, meaning
from checker.symbolic.certificates import write
from checker.symbolic.proof import Claim, Proof
from checker.symbolic.queries import answer
from checker.usage import UsageError

SCHEMA_FILE = Path(under_test.__file__).parent / "report" / "schema" / "certify-1.json"
SCHEMA = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
ROUTES = [
    pytest.param(name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"{name}: pip install {name}"))
    for name in ("cvc5", "bitwuzla", "z3")
]
needs_cvc5 = pytest.mark.skipif(find_spec("cvc5") is None, reason="cvc5 is not installed: pip install cvc5")
WRONG = "Z-4-three-way/0001-query.smt2"
A, B = z3.Bools("a b")
KINDS = ("initiation", "consecution", "safety")


@cache
def proofs() -> tuple[Proof, ...]:
    return tuple(answer(query) for query in ("Z-2", "Z-4"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    write(proofs(), folder)
    return folder


@pytest.fixture
def copy(certificates: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(certificates, tmp_path / "copy"))


def induction(*, lacks: str = "", **changed: Any) -> Proof:
    claims = [Claim(kind, kind, (A, z3.Not(A)), "unsat", "unsat") for kind in KINDS]
    claims.append(Claim("possible", "vacuity", (A, B), "sat", "sat"))
    kept = tuple(claim for claim in claims if claim.kind != lacks)
    return replace(Proof("P-01", "three-way", "PROVED", "induction", 8, "It holds.", claims=kept), **changed)


def a_program(path: Path, source: str) -> str:
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{source}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def honest(tmp_path: Path) -> str:
    """A program that repeats the :status of a file: what a solver would say of untouched files, at no cost."""
    return a_program(tmp_path / "honest", "print(open(sys.argv[1]).read().split(':status ')[1].split(')')[0])")


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(data)
    (folder / "manifest.json").write_text(json.dumps(data), encoding="utf-8")


def entry(data: Any, file: str) -> Any:
    return next(claim for proof in data["proofs"] for claim in proof["claims"] if claim["file"] == file)


def signed(folder: Path, file: str) -> None:
    """List a file as it now is."""
    digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    edit(folder, lambda data: entry(data, file).update(sha256=digest))


def rewrite(path: Path, old: str, new: str) -> None:
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new), encoding="utf-8")


def without_a_conjunct(path: Path) -> None:
    """Remove the first assertion without which what is left can hold."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.startswith("(assert"):
            rest = "".join([*lines[:number], *lines[number + 1 :]])
            if z3.Solver().check(*z3.parse_smt2_string(rest)) == z3.sat:
                path.write_text(rest, encoding="utf-8")
                return
    raise AssertionError(path)


def faults(report: Report) -> list[tuple[str, str]]:
    return [(fault.file, fault.what) for fault in report.faults]


def problems(report: Report) -> list[tuple[str, str]]:
    return [(check.claim.file, check.outcome) for check in report.every if check.outcome != "agrees"]


# --- solvers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROUTES)
def test_solvers_accept_every_certificate(certificates: Path, name: str) -> None:
    told = list[str]()
    report = certify(certificates, [name], tell=told.append)
    assert (faults(report), problems(report), exit_code(report)) == ([], [], 0)
    assert len(report.every) == len(told) == sum(len(proof.claims) for proof in proofs())
    assert text(report).splitlines()[0].endswith(f"2 proofs, 19 claims; re-checked with {name} {report.solvers[name]}")
    assert "accepted: all 19 answers as expected" in text(report)


@pytest.mark.parametrize("name", ROUTES)
def test_a_certificate_with_one_conjunct_removed_is_refused(copy: Path, name: str) -> None:
    without_a_conjunct(copy / WRONG)
    report = certify(copy, [name])
    assert (faults(report), problems(report), exit_code(report)) == ([(WRONG, "changed")], [(WRONG, "disagrees")], 4)
    signed(copy, WRONG)
    report = certify(copy, [name])
    assert (faults(report), problems(report), exit_code(report)) == ([], [(WRONG, "disagrees")], 4)
    assert f"  {WRONG}: {name} says sat, the manifest unsat: " in text(report)
    assert "REFUSED: 1 answer against the manifest, 0 faults of the folder" in text(report)


@pytest.mark.parametrize("name", ROUTES)
def test_only_the_word_of_the_manifest_counts(copy: Path, name: str) -> None:
    rewrite(copy / WRONG, ":status unsat", ":status sat")
    signed(copy, WRONG)
    assert exit_code(certify(copy, [name])) == 0


@pytest.mark.parametrize("name", ROUTES)
def test_what_cannot_be_read_decides_nothing(copy: Path, name: str) -> None:
    rewrite(copy / WRONG, "(check-sat)", "(check-sat")
    signed(copy, WRONG)
    report = certify(copy, [name])
    assert problems(report) == [(WRONG, "unread")]
    assert exit_code(report) == 3


@needs_cvc5
def test_a_solver_that_takes_too_long_is_stopped_and_asked_on(tmp_path: Path) -> None:
    x, y = z3.BitVecs("x y", 256)
    hard = [z3.ZeroExt(256, x) * z3.ZeroExt(256, y) == (2**521 - 1) * 2**3 // 7 | 1, z3.UGT(x, 1), z3.UGT(y, 1)]
    claims = [Claim("hard", "safety", tuple(hard), "unsat", "unsat"), *induction().claims]
    write([induction(claims=tuple(claims))], tmp_path / "out")
    report = certify(tmp_path / "out", ["cvc5"], timeout=1)
    assert problems(report) == [("P-01-three-way/0001-safety.smt2", "time-out")]
    assert len(report.every) == 5
    assert exit_code(report) == 3
    assert "not decided: 1 of 5 answers" in text(report)


def test_a_program_is_asked_with_the_file(copy: Path, honest: str) -> None:
    report = certify(copy, [honest])
    assert (report.solvers, exit_code(report)) == ({honest: ""}, 0)


@pytest.mark.parametrize(
    ("source", "outcome", "code"),
    [
        ("print('unknown')", "unknown", 3),
        ("time.sleep(30)", "time-out", 3),
        ("", "unread", 3),
        ("print('sat')\nprint('unsat')", "unread", 3),
        ("print('sat')\nprint('(error \"line 1\")')", "unread", 3),
        ("print({'sat': 'unsat'}.get(open(sys.argv[1]).read().split(':status ')[1][:3], 'sat'))", "disagrees", 4),
    ],
)
def test_an_answer_other_than_the_expected_is_a_problem(tmp_path: Path, source: str, outcome: str, code: int) -> None:
    write([induction(claims=induction().claims[:1], method="arithmetic")], tmp_path / "out")
    report = certify(tmp_path / "out", [a_program(tmp_path / "program", source)], timeout=1)
    assert problems(report) == [("P-01-three-way/0001-initiation.smt2", outcome)]
    assert exit_code(report) == code


def test_each_solver_has_its_say(copy: Path, honest: str, tmp_path: Path) -> None:
    other = a_program(tmp_path / "other", "print('sat')")
    report = certify(copy, [honest, other, honest])
    assert {check.solver for check in report.every} == {honest, other}
    assert {check.solver for check in report.every if check.outcome != "agrees"} == {other}


def test_what_several_proofs_share_is_asked_once(tmp_path: Path) -> None:
    write([induction(), induction(property="P-02")], tmp_path / "out")
    count = a_program(tmp_path / "count", f"open({str(tmp_path / 'log')!r}, 'a').write('.'); print('unsat')")
    report = certify(tmp_path / "out", [count])
    texts = {path.read_bytes() for path in (tmp_path / "out").rglob("*.smt2")}
    assert len((tmp_path / "log").read_text(encoding="utf-8")) == len(texts)
    assert len(report.every) == 8


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("sat\n", Said("sat")),
        ("success\nunsat\n", Said("unsat")),
        ('(error "Expected result unsat but got sat")\n', Said("sat")),
        ('sat\n(error "line 1 column 52: check annotation that says unsat")\n', Said("sat")),
        ("", Said("unread", "0 answers instead of one")),
        ("unsat\nunsat\n", Said("unread", "2 answers instead of one: unsat")),
    ],
)
def test_the_output_of_a_solver_is_one_answer_or_none(output: str, said: Said) -> None:
    assert meaning(output) == said


def test_unknown_solvers_are_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"^solver 'cvc4' is none of cvc5, z3, bitwuzla, nor .* Did you mean .*cvc5"):
        certify(copy, ["cvc4"])
    monkeypatch.setattr(solvers, "find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UsageError, match=r"^cvc5 is not installed: pip install cvc5, or [^\n.]*\.$"):
        certify(copy)
    with pytest.raises(UsageError, match=r"^z3 is not installed: pip install z3-solver, or"):
        certify(copy, ["z3"])


# --- the folder ---------------------------------------------------------------------------------------------------


def test_a_changed_file_is_refused_even_if_it_says_the_same(copy: Path, honest: str) -> None:
    rewrite(copy / WRONG, "(check-sat)", "(check-sat) ; as before")
    report = certify(copy, [honest])
    assert (faults(report), problems(report), exit_code(report)) == ([(WRONG, "changed")], [], 4)
    assert f"  {WRONG}: changed: " in text(report)


def test_a_missing_file_is_refused(copy: Path, honest: str) -> None:
    (copy / WRONG).unlink()
    report = certify(copy, [honest])
    assert (faults(report), problems(report), exit_code(report)) == ([(WRONG, "missing")], [], 4)
    assert f"  {WRONG}: missing: " in text(report)


@pytest.mark.parametrize("name", ["Z-2/9999-query.smt2", "more.smt2", "another/0001-query.smt2"])
def test_an_unlisted_file_is_refused(copy: Path, honest: str, name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    shutil.copy(copy / WRONG, copy / name)
    report = certify(copy, [honest])
    assert (faults(report), problems(report), exit_code(report)) == ([(name, "unlisted")], [], 4)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_claim_taken_out_of_the_manifest_too_is_missed(copy: Path, honest: str, number: int) -> None:
    removed = list[str]()
    edit(copy, lambda data: removed.append(data["proofs"][1]["claims"].pop(number)["file"]))
    (copy / removed[0]).unlink()
    report = certify(copy, [honest])
    assert faults(report) == [("Z-4-three-way", "incomplete")]
    assert f"claim {removed[0][14:18]} of 7 is not listed" in text(report)
    assert exit_code(report) == 4


@pytest.mark.parametrize("kind", [*KINDS, "vacuity"])
def test_an_induction_lacks_no_kind_of_claim(tmp_path: Path, honest: str, kind: str) -> None:
    write([induction(lacks=kind)], tmp_path / "out")
    report = certify(tmp_path / "out", [honest])
    assert faults(report) == [("P-01-three-way", "incomplete")]
    assert f"a proof by induction needs claims of {kind}" in text(report)
    assert exit_code(report) == 4


def test_a_proof_rests_on_claims_and_all_of_them_stand(tmp_path: Path, honest: str) -> None:
    *claims, last = induction().claims
    write([induction(claims=(*claims, replace(last, found="unsat")))], tmp_path / "out")
    assert faults(certify(tmp_path / "out", [honest])) == [("P-01-three-way/0004-vacuity.smt2", "unproved")]
    edit(tmp_path / "out", lambda data: data["proofs"][0].update(claims=[], count=0))
    assert ("P-01-three-way", "incomplete") in faults(certify(tmp_path / "out", [honest]))


def test_a_refuted_property_is_certified_as_refuted(tmp_path: Path, honest: str) -> None:
    claims = (Claim("a run", "query", (A, B), "unsat", "sat"), Claim("more", "query", (A,), "unsat", "unknown"))
    write([induction(claims=claims[:1], verdict="REFUTED")], tmp_path / "out")
    assert exit_code(certify(tmp_path / "out", [honest])) == 0
    write([induction(claims=claims, verdict="UNKNOWN")], tmp_path / "out")
    report = certify(tmp_path / "out", [honest])
    assert exit_code(report) == 3
    assert "z3 did not decide it" in text(report)


def test_nothing_at_all_is_not_accepted(tmp_path: Path, honest: str) -> None:
    write([], tmp_path / "out")
    assert exit_code(certify(tmp_path / "out", [honest])) == 3


def _set(file: str, key: str, value: Any) -> Callable[[Any], object]:
    return lambda data: entry(data, file).update({key: value})


DAMAGE: dict[str, tuple[Callable[[Any], object], str]] = {
    "another tool": (lambda data: data.update(tool="other"), "is not a manifest of certificates"),
    "a later schema": (lambda data: data.update(schema=2), "has schema 2; this version reads schema 1"),
    "no proofs": (lambda data: data.update(proofs=7), "'proofs' is missing or no list"),
    "a strange proof": (lambda data: data["proofs"].append(7), "a proof is not an object"),
    "a strange claim": (lambda data: data["proofs"][0]["claims"].append([]), "a claim of Z-2 is not an object"),
    "a folder elsewhere": (lambda data: data["proofs"][0].update(folder="../x"), "'../x' cannot be a proof's folder"),
    "a file elsewhere": (_set(WRONG, "file", "Z-4-three-way/../../0001-x.smt2"), "cannot be a claim's file"),
    "a file twice": (_set(WRONG, "file", WRONG.replace("1", "3")), "is listed twice"),
    "no such answer": (_set(WRONG, "expected", "maybe"), f"'sha256' of {WRONG} makes no sense"),
    "no digest": (_set(WRONG, "sha256", "0"), f"'sha256' of {WRONG} makes no sense"),
    "no name": (lambda data: entry(data, WRONG).pop("name"), f"'name' is missing or no text in '{WRONG}'"),
    "no count": (lambda data: data["proofs"][0].update(count=-1), "'count' of Z-2 is missing or no number"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_manifest_is_refused_in_one_sentence(copy: Path, honest: str, damage: str) -> None:
    change, says = DAMAGE[damage]
    if damage == "a file twice":
        edit(copy, lambda data: data["proofs"][1]["claims"].append(dict(entry(data, WRONG))))
    else:
        edit(copy, change)
    with pytest.raises(UsageError) as caught:
        certify(copy, [honest])
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{copy}")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"proofs": []}', "\x00", "[" * 100_000])
def test_a_manifest_that_is_none_is_refused(copy: Path, honest: str, content: str) -> None:
    (copy / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"manifest\.json: is (damaged: it is not JSON|not a manifest)"):
        certify(copy, [honest])


def test_what_is_no_folder_of_certificates_is_refused(tmp_path: Path, honest: str) -> None:
    with pytest.raises(UsageError, match=r"has no manifest\.json, so it is no folder of certificates\.$"):
        certify(tmp_path, [honest])
    with pytest.raises(UsageError, match=r"nowhere: does not exist\.$"):
        certify(tmp_path / "nowhere", [honest])
    with pytest.raises(UsageError, match=r"honest: is not a folder\.$"):
        certify(Path(honest), [honest])


# --- reports ------------------------------------------------------------------------------------------------------


def test_an_interrupted_run_reports_what_was_established(copy: Path, honest: str) -> None:
    told = list[str]()

    def stop(line: str) -> None:
        told.append(line)
        if len(told) == 4:
            raise KeyboardInterrupt

    report = certify(copy, [honest], tell=stop)
    assert (report.interrupted, len(report.every), exit_code(report)) == (True, 3, 130)
    assert "interrupted: 3 answers so far, 3 as expected" in text(report)
    SCHEMA.validate(json.loads(as_json(report)))


def test_the_json_report_keeps_to_its_schema(copy: Path, honest: str) -> None:
    (copy / "more.smt2").write_text("", encoding="utf-8")
    edit(copy, _set(WRONG, "expected", "sat"))
    report = certify(copy, [honest])
    data = json.loads(as_json(report))
    SCHEMA.validate(data)
    assert as_json(report) == as_json(certify(copy, [honest]))
    assert data["exit_code"] == 4
    assert [fault["fault"] for fault in data["faults"]] == ["unlisted", "unproved"]
    assert data["problems"] == [
        {
            "file": WRONG, "solver": honest, "outcome": "disagrees", "expected": "sat", "answer": "unsat", "detail": "",
        }
    ]  # fmt: skip
    assert data["proofs"][1]["answers"][honest]["agrees"] == 6


def test_the_schema_allows_no_other_keys() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)
    report = Report("folder", {"cvc5": ""}, (), [])
    assert not SCHEMA.is_valid({**json.loads(as_json(report)), "more": 1})
