"""The kernel's loops ready to be called: by Python for small graphs, compiled for all others."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from checker.compiled import native, program
from checker.compiled.memory import Words
from checker.compiled.native import NotNative
from checker.explore.core import MODULES
from checker.explore.core.expanding import expand
from checker.explore.core.inserting import insert, reenter, rehash, watch
from checker.explore.core.repacking import repack

WORTHWHILE, LARGE = 1000, 300_000
"""How many states are expanded before the loops are compiled, and compiled again for better code.

What an earlier run compiled is used at once."""
_LOOPS: Mapping[str, Callable[..., int]] = {
    each.__name__: each for each in (expand, insert, watch, rehash, reenter, repack)
}
_PARAMETERS = {name: program.parameters(loop) for name, loop in _LOOPS.items()}
_KEPT: dict[int, tuple[int, program.Functions]] = {}
"""The loops for states of so many words as this or an earlier run compiled them, and how well: 1, or 2 for better."""
_LOOKED: set[int] = set()
"""For how many words kept copies were looked for."""


def _text(words: int, quality: int) -> program.Text:
    """Return the loops as a text to be compiled for states of so many words."""
    return program.Text(MODULES, tuple(_LOOPS.values()), (("words", words),), 128 if words == 3 else 64, quality == 2)


def prepare(words: int) -> None:
    """Compile the loops for states of so many words as well as can be and keep them, unless that was done before.

    Raise NotNative where nothing compiles.
    """
    if program.ready(_text(words, 2)) is None:
        program.compiled(_text(words, 2))


class Bound(NamedTuple):
    """A loop with all its arrays: what is called with the numbers that come first, then with `rest`."""

    function: Callable[..., int]
    rest: tuple[object, ...]


class Loops:
    """Finds the loops of `core`; after `compile_after` states they are compiled, with None never."""

    def __init__(self, compile_after: int | None = WORTHWHILE) -> None:
        self.compile_after = None if os.environ.get(program.INTERPRETED) == "1" else compile_after
        self.work = 0

    def worked(self, states: int) -> bool:
        """Count expanded states; return whether from now on the loops are to be bound anew: it is worth compiling."""
        before, self.work = self._quality(), self.work + states
        return before != self._quality()

    def _quality(self) -> int:
        """Return what the work done so far is worth: 0 no compiling, 1, or 2 for better code."""
        if self.compile_after is None or self.work < self.compile_after:
            return 0
        return 2 if self.work >= LARGE else 1

    def _compiled(self, words: int) -> program.Functions | None:
        """Return the compiled loops for states of so many words, or None while Python is to run them."""
        if self.compile_after is None:
            return None
        try:
            if words not in _LOOKED:
                _LOOKED.add(words)
                for quality in (2, 1):
                    found = program.ready(_text(words, quality)) if words not in _KEPT else None
                    if found is not None:
                        _KEPT[words] = quality, found
            if self._quality() > _KEPT.get(words, (0,))[0]:
                _KEPT[words] = self._quality(), program.compiled(_text(words, self._quality()))
        except NotNative:
            self.compile_after = None
        return _KEPT[words][1] if words in _KEPT else None

    def bound(self, name: str, arrays: Mapping[str, Words], words: int) -> Bound:
        """Return a loop with its arrays, by the names of its parameters; they must lie where they lie now."""
        functions = self._compiled(words)
        function: Callable[..., int] = _LOOPS[name] if functions is None else functions[name]
        rest: list[object] = []
        for each in _PARAMETERS[name]:
            if each == "words":
                rest.append(words)
            elif each in arrays:
                rest.append(arrays[each].numbers if functions is None else native.number(arrays[each].address))
        return Bound(function, tuple(rest))
