"""Exit codes. What they mean: verdict.exit_code, and docs/decisions/0005."""

from __future__ import annotations

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INCONCLUSIVE, EXIT_INTERNAL, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130

_WORST_FIRST = (EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_OK)


def worst(*codes: int) -> int:
    """Return the exit code of a run of several parts: the first of 4, 130, 1, 3, 0 that one of them has."""
    return next(code for code in _WORST_FIRST if code in codes)
