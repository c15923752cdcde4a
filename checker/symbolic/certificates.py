"""Certificates: every claim of a proof as an SMT-LIB file that stands alone, and a manifest of them.

A claim's file says what Claim.text says, in fewer bytes: hundreds of claims share premises, so the text of each term
is made once, and without the indentation.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import z3

from checker import manifest
from checker.manifest import MANIFEST, SUFFIX, Certificate, Listed
from checker.symbolic.proof import Claim, Proof
from checker.symbolic.terms import Term
from checker.usage import UsageError

Progress = Callable[[str], None]
_TOKENS = re.compile(r"\|[^|]*\||\s+|[()]")


def write(proofs: Sequence[Proof], folder: Path, progress: Progress | None = None) -> list[Proof]:
    """Write the certificates of proofs to a folder, all or none; return the proofs, each with where its own is.

    A proof without claims has nothing to certify: it is left out and its `certificate` stays "". An earlier folder of
    certificates is replaced; any other that is not empty is refused with a UsageError.
    """
    writable(folder)
    names = _folders(proofs)
    target = folder.resolve()
    scratch, old = (target.with_name(f".synproof-{os.getpid()}.{word}") for word in ("part", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch.mkdir()
        _fill(scratch, _together(proofs, names), progress)
        _exchange(scratch, target, old)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}).") from error
    finally:
        for left in (scratch, old):
            shutil.rmtree(left, ignore_errors=True)
    return [replace(proof, certificate=name) for proof, name in zip(proofs, names, strict=True)]


def writable(folder: Path) -> None:
    """Raise UsageError, before any work is done, when certificates must not be written there."""
    near = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if not near.is_dir():
        raise UsageError(f"{folder}: {'it' if near == folder else near} is a file, not a folder.")
    if near != folder:
        return
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    if not there:
        return
    try:
        known = {claim.file for proof in manifest.read(folder) for claim in proof.claims}
    except UsageError as error:
        raise UsageError(f"{folder}: holds no certificates but other files; name a new or an empty folder.") from error
    extra = sorted(there - known - {MANIFEST})
    if extra:
        raise UsageError(f"{folder}: holds {extra[0]}, which is no certificate; name a new or an empty folder.")


def _exchange(scratch: Path, target: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    try:
        scratch.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def _together(proofs: Sequence[Proof], names: Sequence[str]) -> list[tuple[Proof, str]]:
    """Return a proof for each folder: one of all the properties that share its claims."""
    made = []
    for name in dict.fromkeys(name for name in names if name):
        mine = [proof for proof, own in zip(proofs, names, strict=True) if own == name]
        about = ", ".join(proof.property for proof in mine)
        says = ", ".join(dict.fromkeys(proof.says for proof in mine))
        made.append((replace(mine[0], property=about, says=says), name))
    return made


def _folders(proofs: Sequence[Proof]) -> list[str]:
    """Return a folder's name for each proof, "" for one without claims; proofs by the very same claims share one."""
    taken: list[str] = []
    shared: dict[tuple[int, str], str] = {}
    for proof in proofs:
        key = (id(proof.claims), proof.verdict)
        if proof.claims and key in shared:
            taken.append(shared[key])
            continue
        plain = re.sub(r"[^\w.-]+", "-", "-".join(word for word in (proof.property, proof.variant) if word))
        more = (f"{plain}-{number}" for number in range(2, len(proofs) + 2))
        free = plain if plain not in taken else next(name for name in more if name not in taken)
        shared[key] = free
        taken.append(free if proof.claims else "")
    return taken


def _fill(folder: Path, proofs: Sequence[tuple[Proof, str]], progress: Progress | None) -> None:
    texts, made = _Texts(), []
    for proof, name in proofs:
        (folder / name).mkdir()
        listed = []
        for number, claim in enumerate(proof.claims, 1):
            file = f"{name}/{number:04}-{claim.kind}{SUFFIX}"
            if progress is not None:
                progress(file)
            data = texts.of(claim).encode()
            (folder / file).write_bytes(data)
            digest = hashlib.sha256(data).hexdigest()
            listed.append(Listed(file, claim.name, claim.kind, claim.expected, claim.found, digest))
        made.append(_certificate(proof, name, listed))
    text = manifest.dumps(f"z3 {z3.get_version_string()}", tuple(made))
    (folder / MANIFEST).write_bytes(text.encode())


def _certificate(proof: Proof, name: str, listed: Sequence[Listed]) -> Certificate:
    return Certificate(
        folder=name,
        about=proof.property,
        variant=proof.variant,
        verdict=proof.verdict,
        method=proof.method,
        width=proof.width,
        says=proof.says,
        unbounded=proof.unbounded,
        assumptions=proof.assumptions,
        count=len(listed),
        claims=tuple(listed),
    )


class _Texts:
    """Claims as text; the declarations and assertions of a term are worked out once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Term, list[str], list[str]]] = {}

    def of(self, claim: Claim) -> str:
        """Return a claim as an SMT-LIB file."""
        parts = [self._term(term) for term in claim.conditions]
        declared = dict.fromkeys(line for _, declarations, _ in parts for line in declarations)
        asserted = [line for _, _, assertions in parts for line in assertions]
        return "\n".join(
            [
                f"; {claim.kind}: {' '.join(claim.name.split())}",
                f"; assumptions: {', '.join(claim.assumptions) or 'none'}",
                f"(set-info :status {claim.found})",
                f"(set-logic {claim.logic})",
                *declared,
                *asserted,
                "(check-sat)",
                "",
            ]
        )

    def _term(self, term: Term) -> tuple[Term, list[str], list[str]]:
        key = term.get_id()
        if key not in self._known:
            made = z3.SimpleSolver()
            made.add(term)
            forms = list(_forms(made.sexpr()))
            asserted = [form for form in forms if form.startswith("(assert ")]
            self._known[key] = (term, [form for form in forms if form not in asserted], asserted)
        return self._known[key]


def _forms(text: str) -> Iterator[str]:
    """Yield the parenthesised forms of a text, each on one line; what stands between bars stays as it is."""
    depth, parts, last = 0, list[str](), 0
    for token in _TOKENS.finditer(text):
        word = token[0]
        if word.isspace():
            parts += [text[last : token.start()], " "]
            last = token.end()
            continue
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 and word == ")":
            yield "".join([*parts, text[last : token.end()]]).strip()
            parts, last = [], token.end()
