"""Programs do what the functions do that they say once more; what they cannot say is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from checker.compiled import native
from checker.conform.check import loops
from checker.conform.fastpath import places as p
from checker.conform.fastpath import running
from checker.conform.fastpath.assembling import NotAssembled, assembled
from checker.conform.fastpath.tables import Tables
from checker.conform.machine import Machine
from checker.conform.profiles import machine
from tests.checker.conform.follows import followed
from tests.checker.conform.transfers import CASES

Values = tuple[Any, ...]


@cache
def learned(profile: str) -> Tables:
    """Return the tables of a profile that has seen all cases."""
    like = machine(profile)
    of = Machine(like.name, like.relation, like.tolerances)
    of.reader.patience = 1
    for case in CASES.values():
        followed(case(), of)
    tables = Tables(of)
    tables.learn()
    return tables


def draws(key: Any, like: Machine, chance: random.Random) -> Iterator[tuple[Values, Values | None, Values]]:
    """Yield TCBs, segments and calls with the discrete values of a key, their numbers near one another."""
    _, part, bits, call = key
    for _ in range(60):
        centre = chance.choice((1000, 2**31, 2**32 - 3, chance.getrandbits(32)))
        near = [(centre + chance.randint(-4, 4)) % 2**32 for _ in range(12)]
        tcb = [chance.choice((*near, 0, 1, 5)) for _ in like.reader.initial]
        tcb[like.rcv_wnd] = chance.choice((0, 1, 4, 65_535))
        for place, value in zip(like.reader.discrete_places, part, strict=True):
            tcb[place] = value
        segment = None if bits is None else (near[0], near[1], chance.choice((0, 0, 1, 3)), chance.randint(0, 9), *bits)
        numbers = chance.choice(near), chance.randint(0, 3), chance.choice(near), chance.randint(0, 9)
        active, remote, choice = call
        yield tuple(tcb), segment, (numbers[0], numbers[1], active, remote, numbers[2], numbers[3], choice)


def done(tables: Tables, run: Callable[[int], int], program: int, given: tuple[Values, Values | None, Values]) -> Any:
    """Return what a program did, as a function says it, without rules and signals."""
    tcb, segment, call = given
    registers = tables.registers
    for begin, values in ((p.T, tcb), (p.S, segment or ()), (p.C, call)):
        for place, value in enumerate(values):
            registers[begin + place] = value if isinstance(value, int) else 0
    at = run(program)
    if not tables.code[at + 1]:
        return None
    count = tables.code[at + 2] & p.COUNT_MASK
    sent = [[registers[p.M + p.FIELDS * which + i] for i in range(p.FIELDS)] for which in range(count)]
    numbers = [registers[p.T + i] for i in range(p.TCB_SIZE)]
    return tables.tcb_of(tables.code[at + 1] - 1, numbers), tuple(map(tuple, sent))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("profile", ["rfc9293", "linux", "rfc793"])
def test_a_program_does_what_its_function_does(profile: str, *, compiled: bool) -> None:
    tables = learned(profile)
    addresses = native.number(tables.code.address), native.number(tables.registers.address)
    ways: dict[bool, Callable[[int], int]] = {
        True: lambda program: loops()["run"](*addresses, program),
        False: lambda program: running.run(tables.code.numbers, tables.registers.numbers, program),
    }
    fired = 0
    for key, program in tables.programs.items():
        function = tables.reader.functions[key]
        for given in draws(key, tables.machine, random.Random(str(key))):  # noqa: S311  # the same in every run
            expected = function(*given)
            found = done(tables, ways[compiled], program, given)
            assert found == (None if expected is None else (expected[0], expected[2])), (key, given)
            fired += found is not None
    assert len(tables.programs) > 30
    assert fired > 20 * len(tables.programs)


REFUSED = {
    "a sum that does not wrap": "n4 = t4 + t5",
    "a product": "n4 = ((t4 * t5) & M)",
    "an unknown name": "n4 = q4",
    "a call": "n4 = max(t4, t5)",
    "a loop": "while t4: pass",
    "membership": "if t4 in (1, 2):\n        return None",
    "another result": "return 1",
    "a variable elsewhere": "return (t1,), (), (), ()",
    "segments out of order": "return (t0,), (), (m1, m0, ), ()",
    "a RST bit that is worked out": "m0 = (t4, t5, 0, 0, False, True, False, t6, )",
    "more segments than there is room for": "m4 = (t4, t5, 0, 0, False, True, False, False, )",
}


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_instruction_says_is_refused(line: str) -> None:
    with pytest.raises(NotAssembled):
        assembled(f"def f(t, s, c):\n    {line}", 0, lambda _: p.K, lambda _: (1, 0))


def test_more_numbers_than_registers_are_refused() -> None:
    asked = " and ".join(["(((t4 - t5) & M) <= H)"] * p.REGISTERS)
    with pytest.raises(NotAssembled, match="registers"):
        assembled(f"def f(t, s, c):\n    if {asked}:\n        return None", 0, lambda _: p.K, lambda _: (1, 0))
