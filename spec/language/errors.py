"""The one error of the language: a sentence that says what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SpecError(Exception):
    """A specification that means nothing, found while it is being written down (at import)."""


class SpecAttributeError(SpecError, AttributeError):
    """A misspelt name such as `RCV.NEXT`; also an `AttributeError`, as Python's own tools expect."""


def nearest(word: str, words: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the known word closest to `word`, or "" when none is close."""
    folded = {known.upper(): known for known in words}
    close = difflib.get_close_matches(word.upper().replace("_", "-"), folded, n=1, cutoff=0.5)
    return f" Did you mean {folded[close[0]]!r}?" if close else ""
