"""Profiles: which relation captures are held against, and which tolerances are on."""

from __future__ import annotations

from functools import cache

from checker.conform.machine import Machine
from spec.freedoms import granted
from spec.tcp import TCP
from spec.variants import VARIANTS

PROFILES = ("rfc9293", "rfc793", "linux")


@cache
def machine(profile: str = "rfc9293", tolerate: tuple[str, ...] = ()) -> Machine:
    """Return the relation of a profile with its freedoms and the tolerances that are on."""
    relation = VARIANTS["rfc793"].relation if profile == "rfc793" else TCP
    return Machine(profile, granted(relation), tolerate)
