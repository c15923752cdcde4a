"""What named implementations do against RFC 9293, each a guarded rule of its own, off unless a profile allows it."""

from __future__ import annotations

TOLERATED: tuple[object, ...] = ()
