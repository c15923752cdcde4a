"""What a run learned of a profile is there for the next; nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.conform.fastpath import learned
from checker.conform.fastpath.tables import Tables
from checker.conform.machine import Machine
from checker.conform.profiles import machine
from tests.checker.conform.follows import followed
from tests.checker.conform.transfers import CASES


def fresh(profile: str = "rfc9293") -> Machine:
    like = machine(profile)
    return Machine(like.name, like.relation, like.tolerances)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tables:
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path))
    of = fresh()
    of.reader.patience = 1
    followed(CASES["simultaneous-close"](), of)
    followed(CASES["transfer of 65"](), of)
    tables = Tables(of)
    tables.learn()
    learned.keep(tables)
    return tables


def test_tables_are_restored_as_they_were(known: Tables) -> None:
    again = Tables(fresh())
    learned.restore(again)
    assert again.programs == known.programs
    assert again.parts == known.parts
    assert again.code.numbers[: again.end] == known.code.numbers[: known.end]
    assert again.registers.numbers == known.registers.numbers
    assert again.machine.habits == known.machine.habits
    assert again.machine.from_listeners == known.machine.from_listeners
    again.learn()
    assert again.programs == known.programs
    assert not again.grown


def test_another_relation_learns_for_itself(known: Tables) -> None:
    assert known.programs
    for other in (fresh("linux"), fresh("rfc793")):
        tables = Tables(other)
        learned.restore(tables)
        assert not tables.programs
    relation = fresh().relation
    changed = Machine("rfc9293", relation.replace("Q-2", when=relation.rule("Q-2").when[:1]))
    tables = Tables(changed)
    learned.restore(tables)
    assert not tables.programs


def test_a_damaged_copy_is_none(known: Tables, tmp_path: Path) -> None:
    assert known.programs
    (kept,) = tmp_path.glob("*.rules")
    kept.write_bytes(kept.read_bytes()[:-8])
    tables = Tables(fresh())
    learned.restore(tables)
    assert not tables.programs


def test_what_has_not_grown_is_not_kept_again(known: Tables, tmp_path: Path) -> None:
    assert known.grown
    (kept,) = tmp_path.glob("*.rules")
    kept.unlink()
    tables = Tables(fresh())
    learned.keep(tables)
    assert not list(tmp_path.iterdir())
