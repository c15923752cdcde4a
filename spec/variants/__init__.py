"""Every variant by name: patches on one relation, shown by `checker diff A B`."""

from __future__ import annotations

from spec.variants import (
    acknowledging,
    fast_open,
    handshakes,
    holding,
    listening,
    mutants,
    profiles,
    readings,
    resets,
    socket_calls,
    sockets,
    time_wait,
    timers,
)
from spec.variants.variant import Variant

_GROUPS = (
    handshakes, resets, readings, time_wait, acknowledging, timers, holding, listening, fast_open, sockets,
    socket_calls, profiles, mutants,
)  # fmt: skip
VARIANTS: dict[str, Variant] = {variant.name: variant for group in _GROUPS for variant in group.VARIANTS}

__all__ = ["VARIANTS", "Variant"]
