"""Who runs the loops: Python at first, compiled code when it is worth it or was kept, Python where nothing compiles."""

from __future__ import annotations

import sys

import pytest

from checker.compiled import memory, program
from checker.compiled.memory import Words
from checker.compiled.native import NotNative
from checker.compiled.program import INTERPRETED
from checker.explore import loops
from checker.explore.core.expanding import expand
from checker.explore.loops import Loops


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr(loops, "_KEPT", {})
    monkeypatch.setattr(loops, "_LOOKED", set())
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path_factory.mktemp("kept")))
    monkeypatch.delenv(INTERPRETED, raising=False)


def by_python(found: Loops, words: int = 1) -> bool:
    return found.bound("expand", {}, words).function is expand


def test_python_begins_and_compiled_code_takes_over_when_it_is_worth_it() -> None:
    pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing is compiled")
    found = Loops(10)
    assert by_python(found)
    assert not found.worked(9)
    assert by_python(found)
    assert found.worked(1)
    assert not by_python(found)
    assert not by_python(Loops(10))  # compiled once, it is there for every search of the process
    assert by_python(Loops(10), 2)


def test_what_an_earlier_run_compiled_is_used_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing is compiled")
    first = Loops(0)
    assert not by_python(first)
    monkeypatch.setattr(loops, "_KEPT", {})
    monkeypatch.setattr(loops, "_LOOKED", set())
    monkeypatch.setattr(program, "compiled", None)
    assert not by_python(Loops(1000))


def test_a_large_search_is_compiled_again_for_better_code() -> None:
    pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing is compiled")
    found = Loops(0)
    before = found.bound("expand", {}, 1).function
    assert found.worked(loops.LARGE)
    assert found.bound("expand", {}, 1).function is not before


def test_better_code_can_be_made_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing is compiled")
    loops.prepare(1)
    monkeypatch.setattr(program, "compiled", None)
    loops.prepare(1)  # it is there
    found = Loops(1000)
    assert not by_python(found)
    assert not found.worked(loops.LARGE) or not by_python(found)


def test_where_nothing_compiles_python_runs_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    found = Loops(0)
    assert by_python(found)
    assert not found.worked(10**6)
    with pytest.raises(NotNative, match="llvmlite is not usable"):
        program.compiled(loops._text(1, 1))  # noqa: SLF001  # what is compiled


def test_python_can_be_asked_to_run_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERPRETED, "1")
    found = Loops(0)
    assert by_python(found)
    assert not found.worked(10**6)


@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize("system", ["linux", "elsewhere"])
def test_arrays_grow_and_keep_what_they_hold(width: int, system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if system == "elsewhere":
        monkeypatch.setattr(sys, "platform", "plan9")
    array = Words(10, width)
    for i in range(len(array)):
        array[i] = i * i % 1000
    size, moves = len(array), Words.moves
    array.grow(size)
    assert (len(array), Words.moves) == (size, moves)
    array.grow(size + 1)
    assert len(array) >= 2 * size
    assert Words.moves > moves
    assert list(array.head(size)) == [i * i % 1000 for i in range(size)]
    assert not any(array[i] for i in range(size, len(array)))


def test_memory_of_arrays_that_are_gone_is_used_again_and_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_held", memory._Held())  # noqa: SLF001  # nothing of other tests
    array = Words(1 << 15)
    for i in range(len(array)):
        array[i] = i + 1
    address = array.address
    del array
    smaller = Words(1 << 14)
    if sys.platform == "linux":
        assert smaller.address == address
    assert len(smaller) == 1 << 14
    assert not any(smaller.head(len(smaller)))
    smaller.grow((1 << 14) + 1)
    assert not any(smaller.head(len(smaller)))


def test_who_asks_for_much_has_what_is_held_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    held = memory._Held()  # noqa: SLF001  # what it holds is looked at
    monkeypatch.setattr(memory, "_held", held)
    one, other = Words(1 << 15), Words(100)
    del one
    assert held.bytes == 1 << 18
    other.resize(1 << 22)
    assert (held.bytes, held.by_size) == (0, {})
    del other
    assert held.bytes == 0  # too much to be held


@pytest.mark.parametrize("at_once", [False, True])
def test_an_array_begins_with_zeros(at_once: bool) -> None:  # noqa: FBT001  # both ways
    array = Words(5000, 4, at_once=at_once)
    assert not any(array.head(len(array)))
