"""Captures of one connection to follow in several ways: recordings, transfers, changed ones, runs of the model."""

from __future__ import annotations

import random
from collections.abc import Callable

from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture.segment import Segment
from tests.checker.captured import RECORDED
from tests.checker.conform import wire
from tests.checker.conform.model import run

MSS = 1000


def transfer(count: int, seed: int) -> list[str]:
    """Return a transfer of so many segments, acknowledged now and then, windows moving; closed by its sender."""
    chance = random.Random(seed)  # noqa: S311  # the same draws each time
    lines = [*wire.OPENING]
    sent = acked = 301
    while len(lines) < count:
        for _ in range(chance.randint(1, 4)):
            lines.append(f"B {sent}.101 A {MSS} w={chance.choice((4096, 4000))}")
            sent += MSS
        acked = sent - MSS * chance.randrange(2)
        lines.append(f"A 101.{acked} A w={chance.choice((60000, 61000))}")
    return [*lines, f"A 101.{sent} A", f"B {sent}.101 FA", f"A 101.{sent + 1} FA", f"B {sent + 1}.102 A"]


def changed(lines: list[str], seed: int) -> list[str]:
    """Return a transfer in which one segment says something else: mostly something that deviates."""
    chance = random.Random(seed)  # noqa: S311  # the same draws each time
    place = chance.randrange(4, len(lines))
    end, numbers, *rest = lines[place].split()
    seq, _, ack = numbers.partition(".")
    numbers = chance.choice((f"{int(seq) + 7}.{ack}", f"{seq}.{int(ack) + 7}", f"{seq}.{int(ack) - 7}"))
    return [*lines[:place], " ".join((end, numbers, *rest)), *lines[place + 1 :]]


LONG = [transfer(60 * number, number) for number in (1, 3, 5, 8)]
CASES: dict[str, Callable[[], list[Segment]]] = {
    **{path.stem: lambda path=path: list(segments(path, Notes())) for path in RECORDED},  # type: ignore[misc]  # bound at once
    **{f"transfer of {len(lines)}": lambda lines=lines: wire.segments(lines) for lines in LONG},  # type: ignore[misc]
    **{
        f"transfer of {len(lines)}, changed": lambda lines=lines: wire.segments(changed(lines, 2))  # type: ignore[misc]
        for lines in LONG[1:]
    },
    **{f"run {seed}": lambda seed=seed: run(seed) for seed in range(100, 110)},  # type: ignore[misc]
}
CASES_OF_PROFILES = [
    *((case, "rfc9293") for case in CASES),
    *((path.stem, "linux") for path in RECORDED if path.stem != "text-after-fin"),
]
"""Each case with the profiles that it is worth following with."""
