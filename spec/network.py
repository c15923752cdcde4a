"""Networks: what may happen to a segment on its way. Data only; budgets for faults are the world's."""

from __future__ import annotations

from dataclasses import dataclass

BAG, SET, FIFO = "bag", "set", "fifo"
LONGEST_LIFE = 8


@dataclass(frozen=True)
class Network:
    """A network of at most `capacity` segments (per direction for FIFO).

    lifetime  the maximum segment lifetime (MSL, RFC 9293 §3.4.2) in ticks: a segment can be delivered at ages 0 to
              lifetime - 1 and is gone at lifetime; None: segments do not age. Only a bag has one.
    kind      "bag": any order, copies counted; "set": any order, a segment there already is not added again;
              "fifo": in order, per direction.
    overflow  "block": a step whose segments do not fit cannot happen, and the verdict says that some were cut off;
              "lose": the new segment is lost.
    """

    kind: str = BAG
    capacity: int = 4
    overflow: str = "block"
    lifetime: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in (BAG, SET, FIFO):
            raise ValueError(f"network must be bag, set or fifo, not {self.kind!r}.")
        if not 1 <= self.capacity <= 16:
            raise ValueError(f"network capacity must be 1 to 16, not {self.capacity}.")
        if self.overflow not in ("block", "lose"):
            raise ValueError(f"network overflow must be block or lose, not {self.overflow!r}.")
        if self.lifetime is not None and not (self.kind == BAG and 1 <= self.lifetime <= LONGEST_LIFE):
            raise ValueError(f"only a bag has an MSL, and it must be 1 to {LONGEST_LIFE} ticks, not {self.lifetime}.")

    def __str__(self) -> str:
        order = "in order" if self.kind == FIFO else "any order"
        age = "" if self.lifetime is None else f"; MSL {self.lifetime} ticks"
        return f"{self.kind} of {self.capacity} ({order}; {self.overflow}s when full{age})"
