"""How long making tables from the rules takes, so that exploring can be told apart from it.

The kernel asks for rows as it comes to need them; other checkers have theirs compiled beforehand. So the two are
measured apart: everything that `Tables` does to fill itself, the rules' evaluation included, and all the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from checker.explore.tables import Tables

FILLING = ("fill_own", "fill_arrival", "fill_send", "fill_net", "fill_tick", "fill_pair")


@dataclass
class Times:
    """CPU seconds: of exploring, and of making tables."""

    exploring: float = 0.0
    tabling: float = 0.0

    def __str__(self) -> str:
        return f"exploring={self.exploring:.4f} tabling={self.tabling:.4f}"

    def filling(self, fill: Callable[..., None]) -> Callable[..., None]:
        """Return a method that fills a table and adds up how long that takes."""

        def timed(*arguments: Any) -> None:
            began = time.process_time()
            fill(*arguments)
            self.tabling += time.process_time() - began

        return timed


@contextmanager
def timed() -> Iterator[Times]:
    """Time an exploration: the times are there when the block ends."""
    times, began = Times(), time.process_time()
    with ExitStack() as stack:
        for name in FILLING:
            fill = times.filling(getattr(Tables, name))
            stack.enter_context(mock.patch.object(Tables, name, fill))
        yield times
    times.exploring = time.process_time() - began - times.tabling
