"""Profiles: which relation captures are held against, and which tolerances are on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from checker.conform.machine import Machine
from checker.usage import UsageError
from spec.freedoms import granted
from spec.language import nearest
from spec.tcp import TCP
from spec.tolerances import LINUX, TOLERATED, tolerant
from spec.variants import VARIANTS

PROFILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "rfc9293": ("three-way", ()),
    "rfc793": ("rfc793", ()),
    "linux": ("three-way", tuple(each.name for each in LINUX)),
}
"""Profile -> the variant that it starts from, and the tolerances that are on."""


def machine(profile: str = "rfc9293", tolerate: Sequence[str] = ()) -> Machine:
    """Return the relation of a profile, with its freedoms, and with these tolerances on beside its own.

    Raise UsageError when there is no such profile or tolerance.
    """
    _known("profile", profile, list(PROFILES))
    for name in tolerate:
        _known("tolerance", name, list(TOLERATED))
    return _machine(profile, tuple(name for name in TOLERATED if name in {*tolerate, *PROFILES[profile][1]}))


def _known(kind: str, word: str, words: list[str]) -> None:
    if word not in words:
        raise UsageError(f"there is no {kind} {word!r}.{nearest(word, words)}")


@cache
def _machine(profile: str, tolerances: tuple[str, ...]) -> Machine:
    variant = PROFILES[profile][0]
    relation = TCP if variant == TCP.name else VARIANTS[variant].relation
    return Machine(profile, tolerant(granted(relation), tolerances), tolerances)
