"""What a language cannot say is refused in one sentence."""

from __future__ import annotations

from checker.usage import UsageError


class OutOfReach(UsageError):
    """Something that the export, or the language asked for, has no words for."""
