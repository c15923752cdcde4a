"""A capture followed by several processes: each reads all of it and follows a share of its conversations.

What a conversation comes to depends on nothing but itself, and the reports are put in the order in which connections
end: however many processes there are, the same octets come out.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from checker.capture_stream import Reading
from checker.delivery import Line
from checker.report.capture_words import Shown
from checker.usage import UsageError

MOST = 8
"""More processes would mostly read what others follow."""
WORTHWHILE = 1 << 22
"""A capture of fewer octets is followed by one process."""
BATCH = 64
"""So many connections are told at a time."""
AHEAD = 50_000
"""A process that is so many connections ahead of another one waits."""


@dataclass(frozen=True)
class Piece:
    """What is told of a connection: its verdict and the text; the connection itself where that may still be needed."""

    verdict: str
    text: str
    shown: Shown | None


@dataclass(frozen=True)
class Ending:
    """What there is to say at the end: how many segments and frames were read, what was met, and how far that was."""

    segments: int = 0
    frames: int = 0
    notes: tuple[str, ...] = ()
    progress: str = ""

    @classmethod
    def of(cls, reading: Reading) -> Ending:
        """Return what there is to say of a reading, at its end or on the way."""
        return cls(reading.segments, reading.notes.frames, tuple(reading.notes.lines()), reading.progress)


def processes(path: Path, asked: int | None) -> int:
    """Return how many processes are to follow a capture: as many as were asked for; else as many as it is worth.

    Raise UsageError when fewer than one were asked for. A pipe cannot be read twice; Windows and macOS cannot fork
    safely: there it is one.
    """
    if asked is not None and asked < 1:
        raise UsageError(f"--jobs {asked}: at least one process follows a capture.")
    if not path.is_file() or "fork" not in multiprocessing.get_all_start_methods() or os.uname().sysname == "Darwin":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(asked or (cores if path.stat().st_size >= WORTHWHILE else 1), MOST)


@dataclass
class _Worker:
    """A process that follows a share: how far it is, and whether it has ended."""

    process: BaseProcess
    pipe: Connection
    at: int = -1
    ended: bool = False
    waiting: int = 0


@dataclass
class Shares:
    """A capture, how many processes follow it, how a connection is told; `whole` of the first are sent whole."""

    reading: Reading
    processes: int
    telling: Callable[[Shown], Piece]
    whole: int
    ending: Ending = field(default_factory=Ending)

    def pieces(self, line: Line | None) -> Iterator[Piece]:
        """Yield what is told of each connection, in the order in which they are over."""
        workers = [self._started(which) for which in range(self.processes)]
        try:
            yield from self._merged(workers, line)
        finally:
            for worker in workers:
                worker.process.terminate()
                worker.process.join()
                worker.pipe.close()

    def _started(self, which: int) -> _Worker:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("fork")
        process = context.Process(target=self._work, args=(which, theirs), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _merged(self, workers: list[_Worker], line: Line | None) -> Iterator[Piece]:
        heap: list[tuple[int, int, _Worker, Piece]] = []  # `order` is its own in each, so nothing else is compared
        order, behind = 0, -1
        while not all(worker.ended for worker in workers):
            ready = {
                worker.pipe: worker
                for worker in workers
                if not worker.ended and (worker.waiting < AHEAD or worker.at <= behind)
            }
            for pipe in wait(list(ready)):
                worker = ready[pipe]  # type: ignore[index]  # what was waited for are the pipes
                found = self._heard(worker, line)
                for at, piece in found:
                    order += 1
                    worker.waiting += 1
                    heappush(heap, (at, order, worker, piece))
            behind = min(worker.at for worker in workers)
            while heap and heap[0][0] < behind:
                _, _, worker, piece = heappop(heap)
                worker.waiting -= 1
                yield piece

    def _heard(self, worker: _Worker, line: Line | None) -> list[tuple[int, Piece]]:
        """Return what a process has to tell, and take note of how far it is."""
        try:
            kind, worker.at, found, ending = worker.pipe.recv()
        except EOFError as error:
            path = self.reading.path
            raise UsageError(
                f"{path}: a process that followed a share of it was ended; --jobs 1 needs less."
            ) from error
        if kind == "error":
            raise found
        worker.ended = kind == "end"
        if worker.ended:
            worker.at = 1 << 62
        if ending is not None:
            self.ending = ending
            if line is not None:
                line.tell(ending.progress)
        told: list[tuple[int, Piece]] = found
        return told

    # --- in a process of its own ------------------------------------------------------------------------------

    def _work(self, which: int, pipe: Connection) -> None:
        """Follow a share and tell what is found."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process ends it
        found: list[tuple[int, Piece]] = []

        def send(reading: Reading, kind: str = "at") -> None:
            pipe.send((kind, reading.at, found, Ending.of(reading) if which == 0 else None))
            found.clear()

        reading = replace(self.reading, tell=send, share=(which, self.processes))
        with suppress(BrokenPipeError):
            try:
                self._follow(reading, found, send)
            except UsageError as error:
                pipe.send(("error", 0, error, None))

    def _follow(self, reading: Reading, found: list[tuple[int, Piece]], send: Callable[..., Any]) -> None:
        for number, shown in enumerate(reading.connections()):
            piece = self.telling(shown)
            found.append((reading.at, piece if number < self.whole else replace(piece, shown=None)))
            if len(found) >= BATCH:
                send(reading)
        send(reading, "end")
