"""Imports of ours go one way: spec <- diagrams <- checker; spec knows the standard library and no more."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"spec", "diagrams", "checker", "benchmarks", "tests"}
MAY_IMPORT = {
    "spec": {"spec"},
    "diagrams": {"spec", "diagrams"},
    "checker": {"spec", "diagrams", "checker"},
    "benchmarks": OURS - {"tests"},
}


def imported(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the top-level package of every import, wherever it stands in the source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, package if node.level else (node.module or "").split(".")[0]


def imports_of(package: str) -> list[tuple[str, str]]:
    """Return (place, imported package) for every import of a package of ours."""
    return [
        (f"{path.relative_to(ROOT).as_posix()}:{line}", name)
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, name in imported(path.read_text(encoding="utf-8"), package)
    ]


def test_every_form_of_import_is_seen() -> None:
    source = """
import os, checker.cli as cli
from spec.language import Rule
from . import sorts
from .. import errors
def late():
    if True:
        import diagrams.model
"""
    assert sorted(imported(source, "spec")) == [
        (2, "checker"), (2, "os"), (3, "spec"), (4, "spec"), (5, "spec"), (8, "diagrams"),
    ]  # fmt: skip


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    found = [(place, name) for place, name in imports_of(package) if name in OURS - MAY_IMPORT[package]]
    assert found == []


def test_the_relation_needs_nothing_but_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"spec"}
    found = imports_of("spec")
    assert len(found) > 50
    assert [(place, name) for place, name in found if name not in allowed] == []


def test_z3_is_known_to_the_symbolic_reader_alone() -> None:
    users = {place.split(":")[0] for package in OURS - {"tests"} for place, name in imports_of(package) if name == "z3"}
    assert users
    assert [path for path in sorted(users) if not path.startswith("checker/symbolic/")] == []
