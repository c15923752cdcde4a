"""How text leaves the program: wrapped, and to streams whatever became of them: closed, full, a broken pipe."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import textwrap

from checker.usage import UsageError


def use_utf_8() -> None:
    """Write results as UTF-8 whatever the locale, so that the same input gives the same bytes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def emit(text: str) -> None:
    """Print a result. Whoever closes the pipe has read enough; any other trouble is a UsageError."""
    if sys.stdout is None:
        raise UsageError("standard output is closed.")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered has no other way out
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"standard output cannot be written ({error.strerror}).") from error


def wrapped(text: str, *, first: str = "", rest: str = "  ") -> str:
    """Return the text in lines of at most 110 characters; names such as two-way stay whole."""
    return textwrap.fill(text, 110, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def complain(sentence: str) -> None:
    """Print one line about what went wrong."""
    line = "".join(c if c.isprintable() else " " for c in sentence)
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"synproof: {line}\n")
            sys.stderr.flush()
