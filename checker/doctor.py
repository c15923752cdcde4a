"""The `doctor` command: what is here, what each thing is for, and what to do about what is missing."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import spec
from checker.exits import EXIT_FAILED, EXIT_OK
from checker.output import emit
from diagrams.render.graphviz import REMEDY, which

FINE, MISSING, NEEDED = "ok", "-", "MISSING"
"""It is here; it is not, and only some things need it; it is not, and much does."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for: what, how it is, what it is for or what would mend it."""

    what: str
    state: str
    words: str


def findings() -> Iterator[Finding]:
    """Yield what is here and what is not."""
    enough = sys.version_info >= (3, 11)
    words = f"{platform.python_version()} at {sys.executable}"
    yield Finding("Python", FINE if enough else NEEDED, words if enough else f"{words}: 3.11 or newer is needed")
    for package, needed, purpose in PACKAGES:
        yield _package(package, purpose, NEEDED if needed else MISSING)
    yield Finding("Graphviz", *_graphviz())
    yield Finding("the rules", *_own())


PACKAGES: tuple[tuple[str, bool, str], ...] = (
    ("numpy", True, "endless runs (liveness)"),
    ("scipy", True, "endless runs (liveness)"),
    ("llvmlite", False, "large explorations (without it Python runs them, some fifty times as slow)"),
    ("z3-solver", True, "prove, verify --engine z3"),
    ("graphviz", False, "PNG and PDF by Graphviz's own programs"),
    ("pygraphviz", False, "PNG and PDF without them"),
    ("cvc5", False, "certify"),
    ("sphinx", False, "the directives of checker.sphinx_ext"),
)
"""Packages looked for: the name, whether what users do every day needs it, and what for."""


def _package(name: str, purpose: str, otherwise: str) -> Finding:
    try:
        return Finding(name, FINE, f"{version(name)}, for {purpose}")
    except PackageNotFoundError:
        return Finding(name, otherwise, f"for {purpose}: pip install {name}")


def _graphviz() -> tuple[str, str]:
    found = which()
    if not found:
        return MISSING, f"PNG, PDF and graphs of pairs are not drawn, SVG and Mermaid are; {REMEDY}"
    where = shutil.which("dot") if found == "dot" else "inside pygraphviz"
    return FINE, f"{where}, for PNG, PDF and graphs of pairs"


def _own() -> tuple[str, str]:
    """Return whether `spec` is ours: another package of that name may stand before it on the path."""
    here, ours = Path(spec.__file__ or "").resolve().parent, Path(__file__).resolve().parents[1] / "spec"
    if here == ours:
        return FINE, f"{here}"
    return NEEDED, f"{here} is another package called spec; start from another folder, or use the command synproof"


def text() -> tuple[str, bool]:
    """Return the findings as text, and whether everything needed is here."""
    found = list(findings())
    wide = max(len(each.what) for each in found)
    lines = [f"{each.state:<8}{each.what:<{wide}}  {each.words}" for each in found]
    fine = all(each.state != NEEDED for each in found)
    lines += ["", "Everything that verify and prove need is here." if fine else "Something that is needed is missing."]
    return "\n".join(lines) + "\n", fine


def run_doctor(_: argparse.Namespace) -> int:
    """Print the findings; return the exit code: 1 when something is missing that much needs."""
    told, fine = text()
    emit(told)
    return EXIT_OK if fine else EXIT_FAILED
