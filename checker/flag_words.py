"""What the words of flags mean: ISN policies, fairness, TIME-WAIT, attackers... Each raises UsageError for others."""

from __future__ import annotations

import re

from checker.explore.graph import REDUCTIONS
from checker.usage import UsageError
from spec.attackers import FORGED, Attacker
from spec.environment import IsnPolicy
from spec.fairness import FAIRNESS
from spec.time_wait import REARMS, TimeWait


def policy(text: str, source: str) -> IsnPolicy:
    """Return the ISN policy of "fresh", "next", "const" or "clock:K"."""
    if text in ("fresh", "next", "const"):
        return IsnPolicy(text)
    clock = re.fullmatch(r"clock:([0-9]{1,20})", text)
    if clock:
        return IsnPolicy("clock", int(clock[1]))
    raise UsageError(f"{source}: must be fresh, next, const or clock:K with a number K, not {text!r}.")


def fairness(text: str, source: str) -> tuple[str, ...]:
    """Return the fairness assumptions of "FC,FT,FF", or none of "none"."""
    names = [] if text == "none" else [name.strip().upper() for name in text.split(",")]
    for name in names:
        if name not in FAIRNESS:
            known_names = ", ".join(FAIRNESS)
            raise UsageError(f"{source}: must be none or some of {known_names} with commas between, not {text!r}.")
    return tuple(dict.fromkeys(names))


def reductions(text: str, source: str) -> tuple[str, ...]:
    """Return the reductions of "dead,swap", or none of "none"."""
    names = [] if text == "none" else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in REDUCTIONS:
            raise UsageError(f"{source}: must be none or some of {', '.join(REDUCTIONS)}, not {text!r}.")
    return tuple(dict.fromkeys(names))


def time_wait(text: str, source: str) -> TimeWait | None:
    """Return the TIME-WAIT of "2", "1:fin", "0:any_emission" or "infinite"; None of "untimed"."""
    if text == "untimed":
        return None
    if text == "infinite":
        return TimeWait(None)
    length = re.fullmatch(r"([0-4])(?:msl)?(?::([a-z_-]+))?", text)
    reading = (length[2] or "letter").replace("-", "_") if length else ""
    if length is None or reading not in REARMS:
        readings = ", ".join(REARMS)
        raise UsageError(
            f"{source}: must be untimed, infinite, or 0 to 4 (times MSL), perhaps with what re-arms it ({readings}) "
            f"after a colon, as in 2:any_emission, not {text!r}."
        )
    return TimeWait(int(length[1]), reading)


def attacker(text: str, source: str) -> Attacker | None:
    """Return the attacker of "blind", "on-path:2" or "flood:3" (how many segments to each end); None of "none"."""
    if text == "none":
        return None
    kind, colon, times = text.partition(":")
    if kind not in FORGED or (colon and not re.fullmatch(r"[1-9][0-9]?", times)):
        kinds = ", ".join(FORGED)
        raise UsageError(
            f"{source}: must be none or {kinds}, perhaps with how many segments (1 to 99), as in blind:2, not {text!r}."
        )
    return Attacker(kind, int(times or 1))
