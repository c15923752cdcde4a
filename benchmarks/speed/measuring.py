"""What a program costs: CPU seconds and memory, its own and those of what it starts; and figures taken in turn."""

from __future__ import annotations

import math
import os
import resource
import signal
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A program did not end as it should, or did not say what it is asked for."""


class TooSlow(Failed):
    """A program took more CPU seconds than it was given."""


@dataclass(frozen=True)
class Spent:
    """What a program cost.

    seconds   CPU seconds (user and system) of the program and of everything that it started and waited for.
    kib       the most memory that one of these held at a time, in KiB.
    said      what it printed.
    """

    seconds: float
    kib: int
    said: str


def spend(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, most: float | None = None
) -> Spent:
    """Return what a command costs in a folder; it gets at most so many CPU seconds.

    Raise TooSlow if it needs more, and Failed, with its last lines, if it does not exit with 0.
    """
    with tempfile.TemporaryFile("w+") as said:
        try:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
        except OSError as error:
            raise Failed(f"{command[0]} cannot be started: {error}") from error
        if most is not None:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (math.ceil(most), math.ceil(most) + 1))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL) and most is not None:
        raise TooSlow(f"{command[0]} takes more than {math.ceil(most)} s.")
    if process.returncode:
        last = "\n".join(text.splitlines()[-5:])
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{last}")
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text)


@dataclass(frozen=True)
class Ratios:
    """Figures of two contenders taken in turn, pair by pair."""

    theirs: tuple[float, ...]
    ours: tuple[float, ...]

    @property
    def all(self) -> tuple[float, ...]:
        """Theirs by ours, pair by pair."""
        return tuple(one / other for one, other in zip(self.theirs, self.ours, strict=True))

    @property
    def median(self) -> float:
        """The median of the ratios, which is not the ratio of the medians."""
        return statistics.median(self.all)

    @property
    def medians(self) -> tuple[float, float]:
        """The medians of their figures and of ours."""
        return statistics.median(self.theirs), statistics.median(self.ours)

    def __str__(self) -> str:
        return f"{self.median:.1f} ({min(self.all):.1f}-{max(self.all):.1f})"


def in_turn(theirs: Callable[[], float], ours: Callable[[], float], pairs: int) -> Ratios:
    """Return so many pairs of figures, taken one after the other."""
    both = [(theirs(), ours()) for _ in range(pairs)]
    return Ratios(tuple(one for one, _ in both), tuple(other for _, other in both))
