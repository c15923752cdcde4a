"""The `certify` command's work: certificates re-checked by other solvers, and the folder against its manifest."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker import manifest
from checker.delivery import Tell
from checker.exits import EXIT_INCONCLUSIVE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_OK
from checker.manifest import SUFFIX, Certificate, Listed
from checker.solvers import TIME_OUT, UNREAD, Said, Solver, solver
from checker.usage import UsageError

AGREES, DISAGREES, UNDECIDED = "agrees", "disagrees", "unknown"
OUTCOMES = (AGREES, DISAGREES, UNDECIDED, TIME_OUT, UNREAD)
"""What a solver's answer is next to the manifest's; an unread file is one that the solver cannot read."""
NEEDED = {
    "induction": ("initiation", "consecution", "safety", "vacuity"),
    "one-step induction": ("initiation", "consecution"),
}
"""The kinds of claims that a proof by a method consists of."""


@dataclass(frozen=True)
class Check:
    """What one solver says to one claim, after so many seconds (none for a text that it has answered before)."""

    claim: Listed
    solver: str
    said: Said
    seconds: float

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        if self.said.word in (TIME_OUT, UNREAD):
            return self.said.word
        if "unknown" in (self.said.word, self.claim.expected):
            return UNDECIDED
        return AGREES if self.said.word == self.claim.expected else DISAGREES

    @property
    def says(self) -> str:
        """The outcome in words, for people."""
        if self.outcome == DISAGREES:
            return f"{self.solver} says {self.said.word}, the manifest {self.claim.expected}: {self.claim.name}"
        if self.claim.expected == "unknown":
            return f"z3 did not decide it; {self.solver} says {self.said.word}: {self.claim.name}"
        return f"{self.solver}: {': '.join(filter(None, (self.outcome, self.said.detail)))}: {self.claim.name}"


@dataclass(frozen=True)
class Fault:
    """A file that is not what the manifest lists, or a proof that is not whole; `what` is a word, `says` a sentence."""

    file: str
    what: str
    says: str


@dataclass
class Report:
    """What was established of a folder of certificates; `solvers` are names with versions."""

    folder: str
    solvers: dict[str, str]
    proofs: tuple[Certificate, ...]
    faults: list[Fault]
    checks: dict[str, list[Check]] = field(default_factory=dict)
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def every(self) -> list[Check]:
        """All checks."""
        return [check for checks in self.checks.values() for check in checks]


def certify(folder: Path, solvers: Sequence[str] = ("cvc5",), timeout: float = 60, tell: Tell | None = None) -> Report:
    """Re-check every certificate in a folder with every solver named, `timeout` seconds a claim.

    Raise UsageError when the manifest or a solver is not there. Ctrl-C ends it: the report has what was established.
    """
    began = time.perf_counter()
    if not solvers or not timeout > 0:
        raise UsageError("certify needs a solver and a positive number of seconds.")
    proofs = manifest.read(folder)
    with ExitStack() as stack:
        named = [stack.enter_context(closing(solver(name))) for name in dict.fromkeys(solvers)]
        report = Report(str(folder), {each.name: each.version for each in named}, proofs, _faults(folder, proofs))
        try:
            _check(folder, report, named, timeout, tell)
        except KeyboardInterrupt:
            report.interrupted = True
    report.seconds = time.perf_counter() - began
    return report


def _check(folder: Path, report: Report, named: Sequence[Solver], timeout: float, tell: Tell | None) -> None:
    known: dict[tuple[str, str], Said] = {}
    for proof in report.proofs:
        checks = report.checks.setdefault(proof.folder, [])
        for claim in proof.claims:
            data = _bytes(folder / claim.file)
            if data is None:
                continue
            digest = hashlib.sha256(data).hexdigest()
            if digest != claim.sha256:
                report.faults.append(Fault(claim.file, "changed", "its bytes are not those that the manifest lists"))
            for each in named:
                if tell is not None:
                    tell(f"{each.name}: {claim.file}")
                started, key = time.perf_counter(), (each.name, digest)
                if key not in known:
                    known[key] = each.ask(folder / claim.file, data.decode(errors="replace"), timeout)
                checks.append(Check(claim, each.name, known[key], time.perf_counter() - started))


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _faults(folder: Path, proofs: Sequence[Certificate]) -> list[Fault]:
    """Return what is wrong before any solver is asked."""
    listed = {claim.file for proof in proofs for claim in proof.claims}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob(f"*{SUFFIX}")}
    missing = [
        Fault(file, "missing", "the manifest lists it and it cannot be read")
        for file in sorted(listed)
        if file not in there or _bytes(folder / file) is None
    ]
    extra = [Fault(file, "unlisted", "the manifest does not list it") for file in sorted(there - listed)]
    return [*missing, *extra, *(fault for proof in proofs for fault in _incomplete(proof))]


def _incomplete(proof: Certificate) -> Iterator[Fault]:
    """Yield what a proof lacks."""
    numbers = [manifest.number(claim.file) for claim in proof.claims]
    absent = sorted(set(range(1, proof.count + 1)) - set(numbers))
    if absent:
        yield Fault(proof.folder, "incomplete", f"claim {absent[0]:04} of {proof.count} is not listed")
    elif len(numbers) != proof.count:
        yield Fault(proof.folder, "incomplete", f"{len(numbers)} claims are listed, not {proof.count}")
    if proof.verdict != "PROVED":
        return
    if not proof.claims:
        yield Fault(proof.folder, "incomplete", "it is PROVED without a claim")
    kinds = {claim.kind for claim in proof.claims}
    lacks = [kind for kind in NEEDED.get(proof.method, ()) if kind not in kinds]
    if lacks:
        yield Fault(proof.folder, "incomplete", f"a proof by {proof.method} needs claims of {', '.join(lacks)}")
    for claim in proof.claims:
        if claim.claimed != claim.expected:
            says = f"{proof.about} is PROVED, which needs {claim.claimed}, but the manifest expects {claim.expected}"
            yield Fault(claim.file, "unproved", says)


def exit_code(report: Report) -> int:
    """Return the exit code: the only place that decides it.

    0 every solver agrees with every certificate; 4 one disagrees, or the folder is not what its manifest says; 3 a
    claim is undecided, or there is none; 130 interrupted.
    """
    outcomes = {check.outcome for check in report.every}
    if report.interrupted:
        return EXIT_INTERRUPTED
    if report.faults or DISAGREES in outcomes:
        return EXIT_INTERNAL
    return EXIT_OK if outcomes == {AGREES} else EXIT_INCONCLUSIVE


# --- reports ------------------------------------------------------------------------------------------------------


def text(report: Report) -> str:
    """Return the report as text: a line a proof and solver, every problem, and what it comes to."""
    named = ", ".join(f"{name} {version}".strip() for name, version in report.solvers.items())
    claims = sum(len(proof.claims) for proof in report.proofs)
    lines = [
        f"{report.folder}: {_many(len(report.proofs), 'proof')}, {_many(claims, 'claim')}; re-checked with {named}"
    ]
    wide = max((len(proof.title) for proof in report.proofs), default=0)
    for proof in report.proofs:
        checks = report.checks.get(proof.folder, [])
        for name in report.solvers:
            own = [check for check in checks if check.solver == name]
            spent = sum(check.seconds for check in own)
            lines.append(f"  {proof.title:{wide}}  {proof.verdict:8} {name}: {_counts(own)}, {spent:.1f} s")
    problems = [f"  {fault.file}: {fault.what}: {fault.says}" for fault in report.faults]
    problems += [f"  {check.claim.file}: {check.says}" for check in report.every if check.outcome != AGREES]
    return "\n".join([*lines, *(["problems:", *problems] if problems else []), _conclusion(report), ""])


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _counts(checks: Sequence[Check]) -> str:
    found = Counter(check.outcome for check in checks)
    words = {AGREES: "agree", DISAGREES: "DISAGREE", UNDECIDED: "unknown", TIME_OUT: "out of time", UNREAD: "not read"}
    return ", ".join(f"{found[outcome]:,} {words[outcome]}" for outcome in OUTCOMES if found[outcome]) or "nothing done"


def _conclusion(report: Report) -> str:
    code, found = exit_code(report), Counter(check.outcome for check in report.every)
    spent = f"{report.seconds:.1f} s"
    if code == EXIT_OK:
        return f"accepted: all {_many(len(report.every), 'answer')} as expected ({spent})"
    if code == EXIT_INTERNAL:
        faults = _many(len(report.faults), "fault")
        return f"REFUSED: {_many(found[DISAGREES], 'answer')} against the manifest, {faults} of the folder ({spent})"
    if code == EXIT_INTERRUPTED:
        return f"interrupted: {_many(len(report.every), 'answer')} so far, {found[AGREES]:,} as expected ({spent})"
    return f"not decided: {len(report.every) - found[AGREES]:,} of {_many(len(report.every), 'answer')} ({spent})"


def as_json(report: Report) -> str:
    """Return the report as JSON text, schema 1 (checker/report/schema/certify-1.json)."""
    data = {
        "schema": 1,
        "tool": "synproof",
        "folder": report.folder,
        "solvers": [{"name": name, "version": version} for name, version in report.solvers.items()],
        "interrupted": report.interrupted,
        "exit_code": exit_code(report),
        "proofs": [_proof(proof, report) for proof in report.proofs],
        "faults": [{"file": fault.file, "fault": fault.what, "says": fault.says} for fault in report.faults],
        "problems": [_problem(check) for check in report.every if check.outcome != AGREES],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _proof(proof: Certificate, report: Report) -> dict[str, Any]:
    found = Counter((check.solver, check.outcome) for check in report.checks.get(proof.folder, []))
    return {
        "property": proof.about,
        "variant": proof.variant,
        "verdict": proof.verdict,
        "method": proof.method,
        "certificate": proof.folder,
        "claims": len(proof.claims),
        "vacuity": sum(claim.kind == "vacuity" for claim in proof.claims),
        "answers": {name: {outcome: found[name, outcome] for outcome in OUTCOMES} for name in report.solvers},
    }


def _problem(check: Check) -> dict[str, str]:
    return {
        "file": check.claim.file,
        "solver": check.solver,
        "outcome": check.outcome,
        "expected": check.claim.expected,
        "answer": check.said.word,
        "detail": check.said.detail,
    }
