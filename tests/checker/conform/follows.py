"""Captured segments followed, with or without the fast lane."""

from __future__ import annotations

from collections.abc import Iterable
from unittest.mock import patch

from checker.capture.conversations import conversations
from checker.capture.notes import Notes
from checker.capture.segment import Segment
from checker.conform import check as checking
from checker.conform.machine import Machine
from checker.conform.result import Incarnation

NEVER = -1


def followed(
    captured: Iterable[Segment], machine: Machine, *, lane_after: int = NEVER, keep: bool = False
) -> list[Incarnation]:
    """Return the incarnations in the order in which they are told; after so many segments the lane is opened."""
    with patch.object(checking, "WORTHWHILE", lane_after):
        return list(checking.check(conversations(captured, Notes()), machine, keep=keep))
