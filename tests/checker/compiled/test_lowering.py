"""The subset means the same compiled as run by Python; what is outside of it is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.compiled import native, program
from checker.compiled.lowering import LoweringError, lowered
from checker.compiled.memory import Words
from tests.checker.compiled import sample

WORDS = st.integers(0, 2**64 - 1)
SMALL = st.integers(0, 63)
CALLED: tuple[Callable[..., int], ...] = (
    sample.arithmetic, sample.conditions, sample.loops, sample.halves, sample.wide, sample.spread,
)  # fmt: skip


@pytest.fixture(scope="module", params=[64, 128])
def functions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> program.Functions:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNPROOF_CACHE", str(tmp_path_factory.mktemp("kept")))
        return program.compiled(program.Text((sample,), CALLED, (), request.param))


@given(WORDS, WORDS, SMALL)
def test_arithmetic(functions: program.Functions, a: int, b: int, shift: int) -> None:
    assert functions["arithmetic"](a, b, shift) == sample.arithmetic(a, b, shift)


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_conditions(functions: program.Functions, a: int, b: int, bound: int) -> None:
    assert functions["conditions"](a, b, bound) == sample.conditions(a, b, bound)


@given(st.lists(st.one_of(WORDS, st.integers(0, 8)), max_size=12))
def test_loops(functions: program.Functions, numbers: list[int]) -> None:
    array = Words(max(len(numbers), 1))
    for i, number in enumerate(numbers):
        array[i] = number
    assert functions["loops"](array.address, len(numbers)) == sample.loops(array.numbers, len(numbers))


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12))
def test_arrays_of_halves(functions: program.Functions, numbers: list[int]) -> None:
    one, other = Words(len(numbers), 4), Words(len(numbers), 4)
    for i, number in enumerate(numbers):
        one[i] = other[i] = number
    assert functions["halves"](one.address, len(numbers)) == sample.halves(other.numbers, len(numbers))
    assert list(one.head(len(numbers))) == list(other.head(len(numbers)))


@given(high=st.integers(0, 2**42 - 1), low=WORDS, shift=st.integers(0, 60))
def test_wide_numbers(functions: program.Functions, high: int, low: int, shift: int) -> None:
    assert functions["wide"](high, low, shift) == sample.wide(high, low, shift)


def test_numbers_wider_than_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path))
    wide = program.compiled(program.Text((sample,), CALLED, (), 128))["wide"]
    for high in (2**63, 2**64 - 1, 0x1234_5678_9ABC_DEF0):
        for shift in (0, 1, 40, 64, 90):
            assert wide(high, 7, shift) == sample.wide(high, 7, shift)


@pytest.mark.parametrize("reachable", [False, True])
@pytest.mark.parametrize("thoroughly", [False, True])
def test_code_keeps_its_constants_beside_it_or_has_none(
    thoroughly: bool,  # noqa: FBT001  # both ways
    reachable: bool,  # noqa: FBT001  # both ways
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path))
    if not reachable:
        monkeypatch.setattr(native, "_RELATIVE", ())
    text = program.Text((sample,), CALLED, (), 64, thoroughly)
    program.compiled(text)
    kept = program.ready(text)
    assert kept is not None
    one, other = Words(1000), Words(1000)
    for i in range(1000):
        one[i] = other[i] = i**6
    assert kept["spread"](one.address, 1000) == sample.spread(other.numbers, 1000)
    assert list(one.head(1000)) == list(other.head(1000))


def test_code_that_needs_something_from_outside_is_not_taken() -> None:
    pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing is compiled")
    calls = (
        "declare i64 @elsewhere(i64)\ndefine i64 @f(i64 %a) {\n  %b = call i64 @elsewhere(i64 %a)\n  ret i64 %b\n}\n"
    )
    with pytest.raises(native.NotNative, match="refers to something outside itself"):
        native.compiled(calls, thoroughly=False)


def test_a_parameter_can_be_fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path))
    fixed = program.compiled(program.Text((sample,), CALLED, (("shift", 3),)))["arithmetic"]
    assert fixed(5, 9, 60) == sample.arithmetic(5, 9, 3)


WRONG: Sequence[tuple[str, str]] = (
    ("def f(a: int) -> int:\n    return a / 2\n", "no expression of the subset: a / 2"),
    ("def f(a: int) -> int:\n    return -a\n", "no expression of the subset: -a"),
    ("def f(a: int) -> int:\n    for x in a:\n        pass\n    return a\n", "no statement of the subset"),
    ("def f(a: float) -> int:\n    return 1\n", "every parameter and result is int, Wide, U64 or U32"),
    ("def f(a):\n    return 1\n", "every parameter and result is int, Wide, U64 or U32"),
    ("def f(a: int) -> int:\n    if a:\n        return 1\n    return 0\n", "no condition of the subset: a"),
    ("def f(a: int) -> int:\n    return 1 < a < 3\n", "no expression of the subset"),
    ("def f(a: int) -> int:\n    if 1 < a < 3:\n        return 1\n    return 0\n", "no condition of the subset"),
    ("def f(a: int) -> int:\n    return print(a)\n", "no call of the subset: print(a)"),
    ("def f(a: int) -> int:\n    return a[0]\n", "no element of an array: a[0]"),
    ("def f(a: U64) -> int:\n    return a\n", "no expression of the subset: a"),
    ("def f(a: U64) -> int:\n    return f(a, 1)\n", "f takes 1 arguments"),
    ("def f(a: U64) -> int:\n    return g(a)\ndef g(b: U32) -> int:\n    return 1\n", "b must be an array U32"),
    ("def f(a: int) -> int:\n    b: Wide = a\n    return b\n", "is too wide: use word(): return b"),
    ("def f(a: int) -> int:\n    return 18446744073709551616\n", "is not below 2^64"),
    ("def f(a: int) -> int:\n    a.b = 1\n    return a\n", "cannot be assigned to: a.b"),
    ("def f(a: int) -> int:\n    return unknown\n", "no expression of the subset: unknown"),
)


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_is_outside_of_the_subset_is_named(text: str, says: str) -> None:
    with pytest.raises(LoweringError) as error:
        lowered(text, {}, ("f",), {}, wide_bits=128)
    assert says in str(error.value)


def test_the_same_text_gives_the_same_ir() -> None:
    source = Path(str(sample.__file__)).read_text(encoding="utf-8")
    texts = [lowered(source, {"M64": 2**64 - 1, "LOW32": 2**32 - 1}, ("wide",), {}, wide_bits=128) for _ in range(2)]
    assert texts[0] == texts[1]


def _as_kept(folder: Path) -> Path:
    (kept,) = folder.iterdir()
    return kept


def test_a_copy_is_kept_and_used_if_it_is_whole_and_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path / "cache"))
    text = program.Text((sample,), CALLED, (("shift", 5),))
    assert program.ready(text) is None
    program.compiled(text)
    kept = _as_kept(tmp_path / "cache")
    assert kept.stat().st_mode & 0o077 == 0
    functions = program.ready(text)
    assert functions is not None
    assert functions["arithmetic"](1, 2, 0) == sample.arithmetic(1, 2, 5)
    whole = kept.read_bytes()
    for damaged in (whole[:-1], whole[:100] + b"x" + whole[101:], b"", whole[:64]):
        kept.write_bytes(damaged)
        assert program.ready(text) is None
    kept.write_bytes(whole)
    kept.chmod(0o666)
    assert program.ready(text) is None  # anybody could have put it there


def test_where_nothing_can_be_kept_it_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path / "file" / "cache"))
    text = program.Text((sample,), CALLED, (("shift", 6),))
    assert program.compiled(text)["arithmetic"](1, 2, 0) == sample.arithmetic(1, 2, 6)
    assert program.ready(text) is None


def test_other_texts_and_machines_have_other_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: set[str] = set()
    key: Any = program._key  # noqa: SLF001  # what a copy is called
    for text in (program.Text((sample,), CALLED), program.Text((sample,), CALLED, (), 128)):
        keys.add(key(text))
    monkeypatch.setattr(native, "machine_key", lambda: "another machine")
    key.cache_clear()
    keys.add(key(program.Text((sample,), CALLED)))
    key.cache_clear()
    assert len(keys) == 3
    assert os.sep not in "".join(keys)
