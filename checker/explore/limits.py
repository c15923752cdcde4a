"""When an exploration stops early: limits of states, time and memory, and the machine's own."""

from __future__ import annotations

import resource
import sys
import time

from checker.explore.graph import Limits

_EVERY = 0.05
"""Seconds between two looks at the limits."""
_KIB = 1024
_RESERVE = 256 * _KIB * _KIB
"""Bytes that are left to the rest of the system."""


class Stopped(Exception):
    """A limit is reached before more memory is taken; the message says which."""


class Watchdog:
    """Says when it is time to look, and whether a limit is reached."""

    def __init__(self, limits: Limits, started: float) -> None:
        self.limits, self.started, self.looked = limits, started, started

    def is_due(self) -> bool:
        """Return whether it is time to look again."""
        now = time.monotonic()
        if now - self.looked < _EVERY and self.limits.seconds != 0:
            return False
        self.looked = now
        return True

    def over(self, states: int) -> str | None:
        """Return which limit is reached, in words, or None."""
        limits = self.limits
        if limits.states is not None and states > limits.states:
            return f"limit of {limits.states:,} states"
        if limits.seconds is not None and time.monotonic() - self.started > limits.seconds:
            return f"limit of {limits.seconds:g} seconds"
        if limits.memory is not None and peak_mebibytes() > limits.memory:
            return f"limit of {limits.memory:,} MiB"
        return None

    def may_take(self, more: int) -> None:
        """Raise Stopped if the process must not, or cannot, take so many bytes more."""
        limit, left = self.limits.memory, available_bytes()
        if limit is not None and resident_bytes() + more > limit * _KIB * _KIB:
            raise Stopped(f"limit of {limit:,} MiB (the next step would take {more // (_KIB * _KIB):,} MiB more)")
        if left is not None and more > left - _RESERVE:
            raise Stopped(f"out of memory: {more // (_KIB * _KIB):,} MiB more are needed")


def resident_bytes() -> int:
    """Return how much memory this process has now; where the system does not say, the most it ever had."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return peak_mebibytes() * _KIB * _KIB


def peak_mebibytes() -> int:
    """Return the most memory that this process ever had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (_KIB * _KIB if sys.platform == "darwin" else _KIB)


def available_bytes() -> int | None:
    """Return how much memory the system could still give, or None where it does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * _KIB for line in lines if line.startswith("MemAvailable:")), None)
