"""Certificates are written all or none, the same bytes each time, and say what the claims say."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import z3

from checker.symbolic.certificates import writable, write
from checker.symbolic.proof import Claim, Proof
from checker.symbolic.queries import answer
from checker.usage import UsageError

ROOT = Path(__file__).parents[3]
QUERIES = ("Z-2", "Z-4")
A, B = z3.Bools("a b")


@cache
def proofs() -> tuple[Proof, ...]:
    return tuple(answer(query) for query in QUERIES)


def a_proof(*claims: Claim, **changed: Any) -> Proof:
    return replace(Proof("P-01", "three-way", "PROVED", "induction", 8, "It holds.", claims=claims), **changed)


def a_claim(*conditions: Any, found: str = "unsat", **changed: Any) -> Claim:
    return replace(Claim("a claim", "safety", conditions, "unsat", found), **changed)


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_every_claim_has_a_numbered_file_that_the_manifest_lists(tmp_path: Path) -> None:
    told = list[str]()
    written = write(proofs(), tmp_path / "out", told.append)
    assert [proof.certificate for proof in written] == ["Z-2", "Z-4-three-way"]
    data, files = manifest(tmp_path / "out"), everything(tmp_path / "out")
    assert (data["schema"], data["tool"]) == (1, "synproof")
    listed = [claim for entry in data["proofs"] for claim in entry["claims"]]
    assert told == [claim["file"] for claim in listed]
    assert files.keys() == {"manifest.json", *told}
    assert all(hashlib.sha256(files[claim["file"]]).hexdigest() == claim["sha256"] for claim in listed)
    for proof, entry in zip(written, data["proofs"], strict=True):
        assert entry["folder"] == proof.certificate
        assert [entry[key] for key in ("property", "variant", "verdict", "method", "width", "says")] == [
            proof.property, proof.variant, proof.verdict, proof.method, proof.width, proof.says,
        ]  # fmt: skip
        assert entry["count"] == len(proof.claims)
        names = [f"{proof.certificate}/{n:04}-{claim.kind}.smt2" for n, claim in enumerate(proof.claims, 1)]
        assert [claim["file"] for claim in entry["claims"]] == names
        assert [(claim["name"], claim["expected"]) for claim in entry["claims"]] == [
            (claim.name, claim.expected) for claim in proof.claims
        ]


def test_a_file_says_what_its_claim_says(tmp_path: Path) -> None:
    for proof in write(proofs(), tmp_path / "out"):
        for path, claim in zip(sorted((tmp_path / "out" / proof.certificate).iterdir()), proof.claims, strict=True):
            text = path.read_text(encoding="utf-8")
            read, meant = z3.And(*z3.parse_smt2_string(text)), z3.And(*claim.conditions)
            assert z3.Solver().check(read != meant) == z3.unsat, path
            assert f"(set-info :status {claim.expected})\n(set-logic {claim.logic})\n" in text
            assert text.startswith(f"; {claim.kind}: {claim.name}\n; assumptions: none\n")


def test_assumptions_are_named_and_a_name_stays_a_comment(tmp_path: Path) -> None:
    claim = a_claim(A, z3.Not(A), name="two\n(lines)", assumptions=("ISN", "SIZES"))
    write([a_proof(claim)], tmp_path / "out")
    text = next((tmp_path / "out").rglob("*.smt2")).read_text(encoding="utf-8")
    assert text.splitlines()[:2] == ["; safety: two (lines)", "; assumptions: ISN, SIZES"]


def test_a_symbol_is_declared_once_and_keeps_its_spaces_and_parentheses(tmp_path: Path) -> None:
    odd = z3.BitVec("a  (b", 8)
    write([a_proof(a_claim(odd == 1, odd == 2, z3.And(A, B)))], tmp_path / "out")
    text = next((tmp_path / "out").rglob("*.smt2")).read_text(encoding="utf-8")
    declared = re.findall(r"\(declare-fun (\S+|\|.*\|) \(\)", text)
    assert sorted(declared) == ["a", "b", "|a  (b|"]
    assert "(assert (= |a  (b| #x01))\n(assert (= |a  (b| #x02))\n(assert a)\n(assert b)\n(check-sat)\n" in text


def test_the_same_command_gives_the_same_bytes(tmp_path: Path) -> None:
    """In fresh processes: how z3 names shared terms in print depends on what else a process holds (ADR 0010)."""
    asked = [word for query in QUERIES for word in ("--property", query)]
    for number, name in enumerate(("one", "two")):
        command = (sys.executable, "-m", "checker", "prove", *asked, "--certificates", name, "-o", f"{name}.txt")
        environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(number)}
        subprocess.run(command, cwd=tmp_path, check=True, env=environment)
    assert len(everything(tmp_path / "one")) > 10
    assert everything(tmp_path / "one") == everything(tmp_path / "two")


def test_what_does_not_stand_is_certified_as_it_was_found(tmp_path: Path) -> None:
    claims = [a_claim(A, found="sat"), a_claim(B, found="unknown")]
    write([a_proof(*claims, verdict="REFUTED")], tmp_path / "out")
    listed = manifest(tmp_path / "out")["proofs"][0]["claims"]
    assert [(claim["claimed"], claim["expected"]) for claim in listed] == [("unsat", "sat"), ("unsat", "unknown")]


def test_a_proof_without_claims_has_no_certificate(tmp_path: Path) -> None:
    written = write([a_proof(), a_proof(a_claim(A, z3.Not(A)))], tmp_path / "out")
    assert written[0].certificate == ""
    assert [entry["folder"] for entry in manifest(tmp_path / "out")["proofs"]] == [written[1].certificate]


def test_two_answers_to_the_same_question_have_folders_of_their_own(tmp_path: Path) -> None:
    one, two = (a_proof(a_claim(A, z3.Not(A)), variant="isn = 3/4") for _ in "ab")
    written = write([one, two], tmp_path / "out")
    assert [each.certificate for each in written] == ["P-01-isn-3-4", "P-01-isn-3-4-2"]


def test_proofs_by_the_same_claims_have_one_folder(tmp_path: Path) -> None:
    one = a_proof(a_claim(A, z3.Not(A)))
    written = write([one, replace(one, property="P-02")], tmp_path / "out")
    assert [each.certificate for each in written] == ["P-01-three-way"] * 2
    assert [entry["property"] for entry in manifest(tmp_path / "out")["proofs"]] == ["P-01, P-02"]


def test_earlier_certificates_are_replaced(tmp_path: Path) -> None:
    write(proofs(), tmp_path / "out")
    write(proofs()[:1], tmp_path / "out")
    write(proofs()[:1], tmp_path / "new" / "out")
    assert everything(tmp_path / "out") == everything(tmp_path / "new" / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    write(proofs()[:1], tmp_path)
    assert (tmp_path / "manifest.json").exists()


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json", "Z-2/0001-query.smt2"])
def test_a_folder_of_other_files_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^[^\n]*: holds no certificates but other files; [^\n.]*\.$"):
        write(proofs(), tmp_path)
    assert everything(tmp_path) == {name: b"{}"}


def test_certificates_with_a_file_of_someone_else_are_refused(tmp_path: Path) -> None:
    write(proofs()[:1], tmp_path)
    (tmp_path / "Z-2" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds Z-2/notes\.txt, which is no certificate"):
        writable(tmp_path)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"out: it is a file, not a folder\.$"):
        write(proofs(), tmp_path / "out")
    with pytest.raises(UsageError, match=r"deeper: \S*out is a file, not a folder\.$"):
        write(proofs(), tmp_path / "out" / "deeper")


def test_an_interrupted_run_leaves_what_was_there(tmp_path: Path) -> None:
    write(proofs()[:1], tmp_path / "out")
    before = everything(tmp_path)

    def stop(file: str) -> None:
        if file.startswith("Z-4"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(proofs(), tmp_path / "out", stop)
    assert everything(tmp_path) == before
