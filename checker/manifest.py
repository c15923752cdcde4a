"""The list of what a folder of certificates holds: one entry a proof, one a claim. Plain data, no solver."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checker.usage import UsageError

MANIFEST = "manifest.json"
SCHEMA, TOOL = 1, "synproof"
SUFFIX = ".smt2"
ANSWERS = ("sat", "unsat", "unknown")
_KEYS = {"about": "property"}
_FOLDER = re.compile(r"\w[\w.-]*")
_FILE = re.compile(r"(\d{4,})-[a-z][a-z-]*\.smt2")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Listed:
    """A claim's file.

    claimed   what the proof needs a solver to say, "sat" or "unsat".
    expected  what a solver has to say: what z3 found. It differs from `claimed` where a property is refuted, and is
              "unknown" where z3 found nothing.
    """

    file: str
    name: str
    kind: str
    claimed: str
    expected: str
    sha256: str


@dataclass(frozen=True)
class Certificate:
    """A proof and the files of its claims, in `folder`; `about` is its property, `count` how many claims it has."""

    folder: str
    about: str
    variant: str
    verdict: str
    method: str
    width: int | None
    says: str
    unbounded: tuple[str, ...]
    assumptions: tuple[str, ...]
    count: int
    claims: tuple[Listed, ...]

    @property
    def title(self) -> str:
        """The property and the variant."""
        return f"{self.about} {self.variant}".strip()


def dumps(solver: str, proofs: tuple[Certificate, ...]) -> str:
    """Return the manifest of proofs found by a solver (its name and version), as JSON text."""
    data = {
        "schema": SCHEMA,
        "tool": TOOL,
        "solver": solver,
        "proofs": [_entry(proof) for proof in proofs],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _entry(proof: Certificate) -> dict[str, Any]:
    return {_KEYS.get(key, key): value for key, value in asdict(proof).items()}


def read(folder: Path) -> tuple[Certificate, ...]:
    """Return the proofs that a folder's manifest lists. Raise UsageError where it is missing, damaged or not ours."""
    path = folder / MANIFEST
    if not folder.is_dir():
        raise UsageError(f"{folder}: {'is not a folder' if folder.exists() else 'does not exist'}.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{folder}: has no {MANIFEST}, so it is no folder of certificates.") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is damaged: it is not JSON.") from error
    if not isinstance(data, dict) or data.get("tool") != TOOL or "proofs" not in data:
        raise UsageError(f"{path}: is not a manifest of certificates.")
    if data.get("schema") != SCHEMA:
        raise UsageError(f"{path}: has schema {data.get('schema')!r}; this version reads schema {SCHEMA}.")
    proofs = tuple(_proof(path, entry) for entry in _items(path, data, "proofs"))
    _once(path, [proof.folder for proof in proofs])
    _once(path, [claim.file for proof in proofs for claim in proof.claims])
    return proofs


def number(file: str) -> int:
    """Return the number in a claim's file name."""
    found = _FILE.fullmatch(file.rpartition("/")[2])
    return int(found[1]) if found else 0


def _proof(path: Path, entry: Any) -> Certificate:
    if not isinstance(entry, dict):
        raise UsageError(f"{path}: is damaged: a proof is not an object.")
    folder = _text(path, entry, "folder")
    if not _FOLDER.fullmatch(folder):
        raise UsageError(f"{path}: is damaged: {folder!r} cannot be a proof's folder.")
    width = entry.get("width")
    return Certificate(
        folder=folder,
        about=_text(path, entry, "property"),
        variant=_text(path, entry, "variant"),
        verdict=_text(path, entry, "verdict"),
        method=_text(path, entry, "method"),
        width=None if width is None else _natural(path, entry, "width"),
        says=_text(path, entry, "says"),
        unbounded=tuple(str(item) for item in _items(path, entry, "unbounded")),
        assumptions=tuple(str(item) for item in _items(path, entry, "assumptions")),
        count=_natural(path, entry, "count"),
        claims=tuple(_claim(path, folder, item) for item in _items(path, entry, "claims")),
    )


def _natural(path: Path, entry: Mapping[str, Any], key: str) -> int:
    value = entry.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UsageError(f"{path}: is damaged: {key!r} of {entry.get('folder')} is missing or no number.")
    return value


def _claim(path: Path, folder: str, entry: Any) -> Listed:
    if not isinstance(entry, dict):
        raise UsageError(f"{path}: is damaged: a claim of {folder} is not an object.")
    names = ("file", "name", "kind", "claimed", "expected", "sha256")
    claim = Listed(*(_text(path, entry, key) for key in names))
    where, _, file = claim.file.partition("/")
    if where != folder or not _FILE.fullmatch(file):
        raise UsageError(f"{path}: is damaged: {claim.file!r} cannot be a claim's file in {folder}.")
    if claim.claimed not in ANSWERS[:2] or claim.expected not in ANSWERS or not _DIGEST.fullmatch(claim.sha256):
        raise UsageError(f"{path}: is damaged: 'claimed', 'expected' or 'sha256' of {claim.file} makes no sense.")
    return claim


def _text(path: Path, entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise UsageError(f"{path}: is damaged: {key!r} is missing or no text in {str(entry.get('file', 'a proof'))!r}.")
    return value


def _items(path: Path, entry: Mapping[str, Any], key: str) -> list[Any]:
    value = entry.get(key)
    if not isinstance(value, list):
        raise UsageError(f"{path}: is damaged: {key!r} is missing or no list.")
    return value


def _once(path: Path, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise UsageError(f"{path}: is damaged: {twice} is listed twice.")
