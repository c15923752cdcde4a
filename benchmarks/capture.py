"""How fast a capture of 100 MB is read, and in how much memory: bulk transfers between many short connections.

Run: python -m benchmarks.capture [MB] [SHARE]. SHARE of the octets, from 0 to 1 (a half), are bulk transfers. The
capture is made in a temporary folder, the same in every run. Each stage runs in a process of its own, in seconds of
CPU. The whole command, by one process and by one a core, is timed by the clock; memory is its largest process's.
"""

from __future__ import annotations

import gc
import os
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from checker.capture.conversations import conversations
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture.segment import ACK, FIN, PSH, RST, SYN
from checker.capture_stream import COLLECT
from checker.conform.check import check
from checker.conform.profiles import machine

RUNS = 3
"""How often the whole command is run in each way."""
TRANSFERS = 8
"""So many bulk transfers go on side by side."""
OPEN_AT_A_TIME = 200
"""Short connections that overlap."""
GAP = 20
"""Microseconds between two frames."""
MSS = 1448
RESET = 0.1
"""The share of short connections that a RST ends."""
SERVER = bytes([192, 0, 2, 1])
OPTIONS = {SYN: bytes.fromhex("020405b40402080a00000001000000000103030a"), 0: bytes.fromhex("0101080a0000000100000001")}


class Connection:
    """Frames of one connection: the numbers of both ends go on with what they send; windows and lengths vary."""

    def __init__(self, number: int) -> None:
        self.random = Random(number)  # noqa: S311  # the same in every run
        self.client = bytes([10]) + (number >> 14).to_bytes(3)
        self.ports = 1024 + (number & 0x3FFF), 443
        self.next = [self.random.getrandbits(32), self.random.getrandbits(32)]
        self.ids = [number, number]

    def frame(self, side: int, flags: int, text: int = 0) -> bytes:
        """Return the next frame of an end."""
        ends, ports = (self.client, SERVER), self.ports
        options = OPTIONS[flags & SYN]
        self.ids[side] = self.ids[side] + 1 & 0xFFFF
        ack = self.next[1 - side] if flags & ACK else 0
        window = 64240 if flags & SYN else self.random.choice((501, 501, 509, 502, 489))
        tcp = struct.pack(
            ">HHIIBBHI", ports[side], ports[1 - side], self.next[side], ack, 20 + len(options) << 2, flags, window, 0
        )
        length = 20 + len(tcp) + len(options) + text
        ip = struct.pack(">BBHHHBBH", 0x45, 0, length, self.ids[side], 0x4000, 64, 6, 0) + ends[side] + ends[1 - side]
        self.next[side] = self.next[side] + text + (flags & (SYN | FIN) > 0) & 0xFFFFFFFF
        return bytes(12) + b"\x08\x00" + ip + tcp + options + bytes(text)

    def handshake(self) -> Iterator[bytes]:
        """Yield the three segments that open it."""
        yield self.frame(0, SYN)
        yield self.frame(1, SYN | ACK)
        yield self.frame(0, ACK)

    def short(self) -> Iterator[bytes]:
        """Yield a connection of one to three requests and their answers; either end closes first, or it is reset."""
        yield from self.handshake()
        for _ in range(self.random.randint(1, 3)):
            yield self.frame(0, PSH | ACK, self.random.randint(40, 900))
            yield self.frame(1, ACK)
            for full in range(self.random.randint(0, 4)):
                yield self.frame(1, ACK, MSS)
                if full & 1:
                    yield self.frame(0, ACK)
            yield self.frame(1, PSH | ACK, self.random.randint(1, MSS))
            yield self.frame(0, ACK)
        first = self.random.randrange(2)
        if self.random.random() < RESET:
            yield self.frame(first, RST | ACK)
            return
        yield self.frame(first, FIN | ACK)
        yield self.frame(1 - first, ACK)
        yield self.frame(1 - first, FIN | ACK)
        yield self.frame(first, ACK)

    def bulk(self) -> Iterator[bytes]:
        """Yield a transfer from server to client that does not end, every other segment acknowledged."""
        yield from self.handshake()
        while True:
            yield self.frame(1, ACK, MSS)
            yield self.frame(1, PSH | ACK, MSS)
            yield self.frame(0, ACK)


def interleaved(numbers: Iterator[int]) -> Iterator[bytes]:
    """Yield the frames of short connections without end, OPEN_AT_A_TIME of them taking turns."""
    turns = [Connection(number).short() for number in islice(numbers, OPEN_AT_A_TIME)]
    while True:
        for place in range(OPEN_AT_A_TIME):
            frame = next(turns[place], None)
            if frame is None:
                turns[place] = Connection(next(numbers)).short()
                frame = next(turns[place])
            yield frame


def make(path: Path, octets: int, share: float) -> None:
    """Write a capture of so many octets, a share of them bulk transfers."""
    numbers = count(1)
    transfers = cycle([Connection(next(numbers)).bulk() for _ in range(TRANSFERS)])
    short = interleaved(numbers)
    written = [0, 0]
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for number in count():
            if sum(written) >= octets:
                break
            which = written[0] < share * sum(written)
            frame = next(next(transfers) if which else short)
            seconds, part = divmod(number * GAP, 1_000_000)
            file.write(struct.pack("<4I", 1_700_000_000 + seconds, part, len(frame), len(frame)) + frame)
            written[not which] += len(frame) + 16


def read(path: Path) -> int:
    """Read segments only."""
    return sum(1 for _ in segments(path, Notes()))


def sort(path: Path) -> int:
    """Read segments and sort them into conversations."""
    notes = Notes()
    return sum(segment is not None for _, segment in conversations(segments(path, notes), notes))


def judge(path: Path) -> int:
    """Read, sort, and hold every conversation against the relation."""
    notes = Notes()
    gc.set_threshold(*COLLECT)  # as the command does
    for incarnation in check(conversations(segments(path, notes), notes), machine(), keep=False):
        if incarnation.verdict != "CONFORMS":
            raise AssertionError(incarnation)
    return notes.frames


STAGES = {"reading": read, "with conversations": sort, "with conformance": judge}


def stage(name: str, path: Path) -> None:
    """Print what one stage took: segments, seconds of CPU, MiB at most."""
    began = time.process_time()
    found = STAGES[name](path)
    print(found, time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def whole(path: Path, jobs: int) -> tuple[float, int]:
    """Return how many seconds `trace` takes by the clock, and MiB of its largest process at most."""
    report = path.with_suffix(".txt")
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "checker", "trace", str(path), "--jobs", str(jobs), "-o", str(report)], check=True
    )
    return time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def main() -> None:
    """Print what was measured."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 0.5
    with TemporaryDirectory() as folder:
        path = Path(folder) / "capture.pcap"
        make(path, megabytes * 1_000_000, share)
        print(f"{megabytes} MB, {share:.0%} of it bulk")
        found = 0
        for name in STAGES:
            call = (
                f"from pathlib import Path; from benchmarks.capture import stage; stage({name!r}, Path({str(path)!r}))"
            )
            done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=True)
            told, seconds, most = done.stdout.split()
            found = int(told)
            print(f"{name:<20} {found:>9,} segments {found / float(seconds):>9,.0f}/s, at most {most} MiB")
        for jobs in (1, len(os.sched_getaffinity(0))):
            for _ in range(RUNS):
                took, most_of_one = whole(path, jobs)
                print(f"trace --jobs {jobs:<7} {found:>9,} segments {found / took:>9,.0f}/s, at most {most_of_one} MiB")


if __name__ == "__main__":
    main()
