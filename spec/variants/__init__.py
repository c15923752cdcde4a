"""Every variant by name: patches on one relation, shown by `checker diff A B`."""

from __future__ import annotations

from spec.variants import fast_open, handshakes, holding, listening, mutants, profiles, readings, resets, sockets
from spec.variants.variant import Variant

VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for group in (handshakes, resets, readings, holding, listening, fast_open, sockets, profiles, mutants)
    for variant in group.VARIANTS
}

__all__ = ["VARIANTS", "Variant"]
