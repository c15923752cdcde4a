"""The kernel's loops ready to be called: by Python for small graphs, compiled for all others."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from checker.compiled import program
from checker.compiled.native import NotNative
from checker.explore.core import MODULES
from checker.explore.core.expanding import expand
from checker.explore.core.inserting import insert, rehash, watch
from checker.explore.core.repacking import repack
from checker.explore.memory import Words

INTERPRETED = "SYNPROOF_INTERPRETED"
"""The environment variable that, set to 1, has Python run everything."""
WORTHWHILE = 1000
"""How many states Python expands before the loops are compiled; those that an earlier run compiled are used at once."""
_LOOPS: Mapping[str, Callable[..., int]] = {each.__name__: each for each in (expand, insert, watch, rehash, repack)}
_PARAMETERS = {name: program.parameters(loop) for name, loop in _LOOPS.items()}
_KEPT: dict[int, program.Functions | None] = {}
"""The loops for states of so many words, once looked for: as an earlier run or this one compiled them, else None."""


def _text(words: int) -> program.Text:
    """Return the loops as a text to be compiled for states of so many words."""
    return program.Text(MODULES, tuple(_LOOPS.values()), (("words", words),), 128 if words == 3 else 64)


class Bound(NamedTuple):
    """A loop with all its arrays: what is called with the numbers that come first, then with `rest`."""

    function: Callable[..., int]
    rest: tuple[object, ...]


class Loops:
    """Finds the loops of `core`; after `compile_after` states they are compiled, with None never."""

    def __init__(self, compile_after: int | None = WORTHWHILE) -> None:
        self.compile_after = None if os.environ.get(INTERPRETED) == "1" else compile_after
        self.work = 0

    def worked(self, states: int) -> bool:
        """Count expanded states; return whether from now on the loops are to be bound anew: it is worth compiling."""
        before, self.work = self.work, self.work + states
        return self.compile_after is not None and before < self.compile_after <= self.work

    def _compiled(self, words: int) -> program.Functions | None:
        """Return the compiled loops for states of so many words, or None while Python is to run them."""
        if self.compile_after is None:
            return None
        try:
            if words not in _KEPT:
                _KEPT[words] = program.ready(_text(words))
            if _KEPT[words] is None and self.work >= self.compile_after:
                _KEPT[words] = program.compiled(_text(words))
        except NotNative:
            self.compile_after = None
            return None
        return _KEPT[words]

    def bound(self, name: str, arrays: Mapping[str, Words], words: int) -> Bound:
        """Return a loop with its arrays, by the names of its parameters; they must lie where they lie now."""
        functions = self._compiled(words)
        function: Callable[..., int] = _LOOPS[name] if functions is None else functions[name]
        rest: list[object] = []
        for each in _PARAMETERS[name]:
            if each == "words":
                rest.append(words)
            elif each in arrays:
                rest.append(arrays[each].numbers if functions is None else arrays[each].address)
        return Bound(function, tuple(rest))
