"""Where reports go: a file, written whole or not at all; colour or none; a line of progress on a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from checker.output import emit
from checker.usage import UsageError

Tell = Callable[[str], None]
"""What is told in passing: one short text, shown or not."""


def colour(choice: str, *, to_file: bool) -> bool:
    """Return whether to paint: as chosen, else on a terminal unless NO_COLOR is set."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and not to_file)


class Line:
    """One line on a terminal's stderr, rewritten a few times a second."""

    def __init__(self) -> None:
        self.last = 0.0

    @property
    def due(self) -> bool:
        """Whether it is time to say something again."""
        now = time.monotonic()
        due, self.last = now - self.last > 0.2, now if now - self.last > 0.2 else self.last
        return due

    def tell(self, text: str) -> None:
        """Show what is being done, if it is time to."""
        if self.due:
            self.show(text)

    def clear(self) -> None:
        """Remove the line."""
        self.show("")

    @staticmethod
    def show(text: str) -> None:
        """Show a text now."""
        sys.stderr.write(f"\r\033[K{text[:110]}")
        sys.stderr.flush()


@contextlib.contextmanager
def telling() -> Iterator[Tell | None]:
    """Give what shows progress on a terminal's stderr, or None when nobody watches; the line is removed at the end."""
    if not on_terminal():
        yield None
        return
    line = Line()
    try:
        yield line.tell
    finally:
        line.clear()


def on_terminal() -> bool:
    """Return whether somebody watches stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def make_folder(flag: str, path: Path) -> None:
    """Make a folder, unless it is there. Raise UsageError when that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{flag} {path}: cannot be made ({error.strerror}).") from error


def check_writable(path: Path, flag: str = "-o") -> None:
    """Raise UsageError, before any work is done, when what a flag asks for could not be written there."""
    if path.is_dir():
        raise UsageError(f"{flag} {path}: is a folder, not a file.")
    if not path.parent.is_dir():
        raise UsageError(f"{flag} {path}: the folder {path.parent} does not exist.")
    if not os.access(path if _special(path) else path.parent, os.W_OK):
        raise UsageError(f"{flag} {path}: cannot be written (Permission denied).")


def deliver(path: Path | None, text: str) -> None:
    """Print a report, or write it to a file."""
    if path is None:
        emit(text)
    else:
        write_whole(path, text)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write all of the content or nothing; text as UTF-8."""
    target = path if _special(path) else path.resolve()
    scratch = path if _special(path) else target.with_name(f".synproof-{os.getpid()}.part")
    try:
        scratch.write_bytes(content.encode() if isinstance(content, str) else content)
        if scratch != target:
            scratch.replace(target)
    except OSError as error:
        if scratch != target:
            with contextlib.suppress(OSError):
                scratch.unlink()
        raise UsageError(f"{path}: cannot be written ({error.strerror}).") from error


def _special(path: Path) -> bool:
    """Return whether the path is a device, a pipe or the like: something to write to, not to replace."""
    return path.exists() and not path.is_file()
