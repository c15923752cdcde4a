"""What a profile does, as numbers: programs by event and what is discrete, and what usually sends a segment."""

from __future__ import annotations

from typing import Any

from checker.compiled.memory import Words
from checker.conform.fastpath import places as p
from checker.conform.fastpath.assembling import NotAssembled, Result, assembled
from checker.conform.machine import ARRIVES, RST_BIT, SYN_BIT, Machine, Own
from checker.conform.pair import OVER
from spec.freedoms import LETTER
from spec.freedoms.answering import HELD, NOT_NOW
from spec.vocabulary import NO_CONNECTION

Values = tuple[Any, ...]
_HELD = frozenset(HELD)


class Tables:
    """The code of one profile; it grows with what Unrolled has written.

    code, registers   as the loops of this package read them.
    parts             the discrete parts of TCBs, by number; passed: TCBs that have them, and no numbers.
    initial           the numbers of the TCB at first.
    programs          where they begin, by event and what is discrete (as Unrolled.functions); constants: by register.
    grown             whether anything was learned.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine, self.reader, self.origin = machine, machine.reader, machine.index["ORIGIN"]
        self.code, self.registers = Words(1 << 15), Words(p.REGISTERS + 2 * p.TCB_SIZE)
        self.end = p.PROGRAMS
        self.parts: list[Values] = []
        self.passed: list[Values] = []
        self.initial = _numbers_in(machine.reader.initial)
        self._numbers: dict[Values, int] = {}
        self.constants: list[int] = []
        self.programs: dict[Any, int] = {}
        self._written, self._known = 0, 0
        self.grown = False
        self.part(machine.reader.of_tcb(machine.reader.initial))
        self.code[p.KIND] |= p.FRESH

    def load(self, code: memoryview[int]) -> None:
        """Take code over as tables like these had it."""
        self.code.grow(len(code) + 64)
        self.code.numbers[: len(code)] = code
        self.end = len(code)

    def part(self, values: Values) -> int:
        """Return the number of a discrete part. Raise NotAssembled when there are too many."""
        number = self._numbers.get(values)
        if number is None:
            if len(self.parts) >= p.PARTS:
                raise NotAssembled("more discrete parts than there is room for")
            number = self._numbers[values] = len(self.parts)
            self.parts.append(values)
            self.passed.append(self.tcb_of(number, self.initial))
            state = values[0]
            self.code[p.KIND + number] = (
                p.CONNECTED * (state not in NO_CONNECTION) + p.ENDED * (state in OVER) + p.CLOSED * (state == "CLOSED")
            )
        return number

    def learn(self) -> None:
        """Take over what was written, and what became usual, since this was asked last."""
        functions, machine = self.reader.functions, self.machine
        known = sum(map(len, machine.habits.values())) + len(machine.from_listeners)
        if (len(functions), known) == (self._written, self._known):
            return
        for key in list(functions)[self._written :]:
            if key not in self.programs:
                self._add(key)
        self._written, self._known = len(functions), known
        for (state, bits, text), owns in machine.habits.items():
            for number, values in enumerate(self.parts):
                if values[0] == state:
                    self._usual(number, values, bits, owns, text=text)
        for bits in machine.from_listeners:
            opened = self.programs.get(("OPEN", self.parts[0], None, (False, True, LETTER)), 0)
            self.code[p.LISTENS + _number(bits)] = opened

    def _add(self, key: Any) -> None:
        """Write one function as a program, and enter it where the loop asks for it."""
        event, values, bits, call = key
        if call[1:] != (True, LETTER):
            return
        try:
            number = self.part(values)
            program = assembled(self.reader.written(*key), self.end, self.constant, self._ended)
        except NotAssembled:
            return
        self.code.grow(self.end + len(program) + 64)
        self.programs[key] = self._put(program)
        if event == ARRIVES and not call[0]:
            self.code[p.ARRIVES + 16 * number + _number(bits)] = self.programs[key]
        elif event == "WINDOW":
            self.code[p.ANNOUNCES + number] = self.programs[key]

    def _usual(self, number: int, values: Values, bits: Values, owns: list[Own], *, text: bool) -> None:
        """Enter what usually sends such segments; up to the first of which there is no program."""
        listed = []
        for own in owns:
            program = self.programs.get((own.event, values, None, (own.active, True, own.choice)))
            if program is None:
                break
            listed.append(program << 1 | (own.choice != LETTER or bits[RST_BIT - SYN_BIT]))
        place = p.USUAL + 32 * number + 2 * _number(bits) + text
        there = self.code[place]
        if listed and [*self.code.numbers[there : there + len(listed) + 1]] != [*listed, 0]:
            self.code.grow(self.end + len(listed) + 64)
            self.code[place] = self._put([*listed, 0])

    def _put(self, words: list[int]) -> int:
        """Write words behind all others; return where."""
        begin, self.grown = self.end, True
        for word in words:
            self.code[self.end] = word
            self.end += 1
        return begin

    def constant(self, number: int) -> int:
        """Return the register that holds a number. Raise NotAssembled when there are too many."""
        if number not in self.constants:
            if p.K + len(self.constants) >= p.W:
                raise NotAssembled("more constants than registers")
            self.registers[p.K + len(self.constants)] = number
            self.constants.append(number)
        return p.K + self.constants.index(number)

    def _ended(self, result: Result) -> tuple[int, int]:
        """Return what is said at the end of a run: the part + 1, and the count of segments with what is special."""
        said = result.sent
        if not _HELD.isdisjoint(result.chain):
            said |= p.HOLDS
        if result.chain[-1] == NOT_NOW:
            said |= p.LATER
        if result.resets:
            said |= p.RESETS
        return self.part(result.part) + 1, said

    # --- TCBs -------------------------------------------------------------------------------------------------------

    def numbers_of(self, tcb: Values) -> tuple[int, list[int]]:
        """Return a TCB's discrete part by its number, and its numbers in order. Raise NotAssembled."""
        return self.part(self.reader.of_tcb(tcb)), _numbers_in(tcb)

    def tcb_of(self, part: int, numbers: list[int]) -> Values:
        """Return the TCB of a discrete part and the numbers in order."""
        found: list[Any] = numbers[: len(self.reader.initial)]
        for place, value in zip(self.reader.discrete_places, self.parts[part], strict=True):
            found[place] = value
        return tuple(found)


def _numbers_in(tcb: Values) -> list[int]:
    """Return the numbers of a TCB in order, 0 for what is discrete."""
    return [each if type(each) is int else 0 for each in tcb]


def _number(bits: Values) -> int:
    """Return control bits as the tables are asked by them."""
    return sum(1 << place for place, bit in enumerate(bits) if bit)
