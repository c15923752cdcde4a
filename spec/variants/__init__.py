"""Every variant by name: patches on one relation, shown by `checker diff A B`."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module

from spec.variants.variant import Variant

_GROUPS = (
    "handshakes", "resets", "readings", "time_wait", "acknowledging", "timers", "holding", "listening", "fast_open",
    "sockets", "socket_calls", "profiles", "mutants",
)  # fmt: skip
"""The modules of this package that hold variants, in the order in which these are told."""


class _Variants(UserDict[str, Variant]):
    """All variants by name; they are patched together when one is asked for, which takes as long as many a command."""

    def __init__(self) -> None:
        pass  # `data` is filled when it is asked for

    @cached_property
    def data(self) -> dict[str, Variant]:  # type: ignore[override]  # for what asks, it is what UserDict has
        """Every variant."""
        groups: list[tuple[Variant, ...]] = [import_module(f"{__name__}.{name}").VARIANTS for name in _GROUPS]
        return {variant.name: variant for group in groups for variant in group}


VARIANTS: Mapping[str, Variant] = _Variants()

__all__ = ["VARIANTS", "Variant"]
