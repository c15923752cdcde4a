"""Records this machine's kernel: its TCP driven segment by segment in a network namespace of its own.

    python -m tests.captures.record [FOLDER] [NAME ...]

Each row of SCENARIOS becomes NAME.pcap and NAME.states.json: what was done, the frames that this caused, and the state
of the kernel's end afterwards, asked of it by NETLINK sock_diag. The kernel's end is 10.9.0.1; whoever runs this is the
peer, 10.9.0.2, at the other end of a veth pair. Linux; root, or user namespaces.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import platform
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from checker.capture.segment import ACK, FIN, PSH, RST, SYN
from checker.export.wire import Endpoint, Segment, packet, pcap

KERNEL, PEER = IPv4Address("10.9.0.1"), IPv4Address("10.9.0.2")
PEER_ISS, WINDOW = 5000, 16_000
SETTLED = 0.06
"""Seconds without a frame after which a step is over: longer than a delayed ACK."""
SO_TIMESTAMPNS = 35
FLAGS = {"S": SYN, "F": FIN, "R": RST, "P": PSH, "A": ACK}
STATES = {
    1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 6: "TIME-WAIT", 7: "CLOSED",
    8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING", 12: "SYN-RECEIVED",
}  # fmt: skip
"""States by the kernel's numbers; 12 is a connection request that nobody has accepted."""
SYSCTLS = (
    "net.ipv6.conf.all.disable_ipv6=1",
    "net.ipv6.conf.default.disable_ipv6=1",
    "net.ipv4.tcp_invalid_ratelimit=0",
)
"""Nothing but TCP on the link; every challenge ACK is sent, however soon after another."""

_ACCEPTED = ("listen", "< S 0", "< A 1 1", "accept")
_CONNECTED = ("connect", "< SA 0 1")
SCENARIOS: dict[str, tuple[str, ...]] = {
    "passive-open": (*_ACCEPTED, "< PA 1 1 abc", "read 3", "< FA 4 1", "close", "< A 5 2"),
    "active-open-time-wait": (*_CONNECTED, "send xyz", "< A 1 4", "shutdown", "< A 1 5", "< FA 1 5", "< FA 1 5"),
    "text-after-fin": (*_CONNECTED, "shutdown", "< FA 1 2", "< PA 1 2 abc"),
    "half-close": (*_ACCEPTED, "shutdown", "< A 1 2", "< PA 1 2 abc", "read 3", "< PA 4 2 de", "read 2", "< FA 6 2"),
    "simultaneous-open": ("connect", "< S 0", "< SA 0 1", "< FA 1 1", "close", "< A 2 2"),
    "simultaneous-close": (*_CONNECTED, "shutdown", "< FA 1 1", "< A 2 2"),
    "port-closed": ("< S 0", "< A 1 1"),
    "connect-refused": ("connect", "< RA 0 1"),
    "blind-reset": (*_ACCEPTED, "< R 200001", "< R 0", "< R 101", "< S 102", "< R 1"),
    "old-duplicate-syn": ("listen", "< S -910", "< R -909", "< S 0", "< A 1 1"),
    "half-open": (*_ACCEPTED, "< S 70000", "< R 1", "< S 70000"),
    "abort": (*_ACCEPTED, "abort", "< PA 1 1 abc"),
    "syn-again": ("connect", "wait 1.2", "< SA 0 1"),
    "fin-again": (*_ACCEPTED, "shutdown", "wait .4", "< A 1 2"),
    "time-wait-reuse": (*_ACCEPTED, "shutdown", "< A 1 2", "< FA 1 2", "< S -100", "< S 70000", "< A 70001 1"),
}  # fmt: skip
"""What is done, in order: calls of the kernel's user, time, and segments of the peer (<): flags, SEQ, ACK, text.

SEQ is relative to the peer's first ISS, ACK to the kernel's latest.
"""


@dataclass
class Recording:
    """The frames so far, and what was done."""

    frames: list[tuple[int, bytes]] = field(default_factory=list)
    steps: list[dict[str, object]] = field(default_factory=list)


class Link:
    """The peer's end of a veth pair, the kernel at the other; only TCP is seen."""

    def __init__(self) -> None:
        for command in (
            "ip link add kernel address 02:00:00:00:00:01 type veth peer name peer address 02:00:00:00:00:02",
            f"ip address add {KERNEL}/24 dev kernel",
            *(f"sysctl -q -w {word}" for word in SYSCTLS),
            "ip link set lo up",
            "ip link set kernel up",
            "ip link set peer up",
            f"ip neighbour add {PEER} lladdr 02:00:00:00:00:02 dev kernel nud permanent",
        ):
            subprocess.run(command.split(), check=True)
        _checksums_in_software("kernel")
        self.head = bytes.fromhex("020000000001020000000002") + struct.pack(">H", 0x0800)
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.raw.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.raw.bind(("peer", 0x0800))

    def send(self, octets: bytes) -> None:
        self.raw.send(self.head + octets)

    def received(self) -> Iterator[tuple[int, bytes]]:
        """Yield what the kernel sends until it is silent, each packet with its time in microseconds."""
        self.raw.settimeout(SETTLED)
        with contextlib.suppress(TimeoutError):
            while True:
                octets, [(*_, stamp)], _, (_, _, kind, *_) = self.raw.recvmsg(2048, 64)
                seconds, nanos = struct.unpack("qq", stamp)
                length = int.from_bytes(octets[16:18])
                if kind != socket.PACKET_OUTGOING and octets[23] == socket.IPPROTO_TCP:
                    yield seconds * 1_000_000 + nanos // 1000, octets[14 : 14 + length]


def _checksums_in_software(device: str) -> None:
    """Have the kernel compute the checksums that hardware otherwise would (SIOCETHTOOL, ETHTOOL_STXCSUM)."""
    wish = ctypes.create_string_buffer(struct.pack("II", 0x17, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8946, struct.pack("16sP", device.encode(), ctypes.addressof(wish)))


class Kernel:
    """The kernel's end of one connection: its user's calls, and what sock_diag says of it."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener: socket.socket | None = None
        self.port, self.peer_port = 8080, 40000

    def call(self, word: str, *given: str) -> None:
        """Make a user's call."""
        match word:
            case "listen":
                self.socket.bind((str(KERNEL), self.port))
                self.socket.listen()
            case "connect":
                self.port, self.peer_port = self.peer_port, self.port
                self.socket.bind((str(KERNEL), self.port))
                self.socket.setblocking(False)
                self.socket.connect_ex((str(PEER), self.peer_port))
            case "accept":
                self.listener, (self.socket, _) = self.socket, self.socket.accept()
            case "send":
                self.socket.send(given[0].encode())
            case "read":
                self.socket.recv(int(given[0]))
            case "shutdown":
                self.socket.shutdown(socket.SHUT_WR)
            case "wait":
                time.sleep(float(given[0]))
            case "abort" | "close":
                if word == "abort":
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.socket.close()
            case _:
                raise ValueError(word)

    def state(self) -> str:
        """Return the state of this connection by its two ends, CLOSED when the kernel knows none; a listener counts."""
        ends = struct.pack(">HH4s12x4s12x", self.port, self.peer_port, KERNEL.packed, PEER.packed)
        asked = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF) + ends
        asked += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)  # any device, no cookie
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as diagnosis:  # NETLINK_SOCK_DIAG
            diagnosis.send(struct.pack("=IHHII", 16 + len(asked), 20, 1, 0, 0) + asked)  # SOCK_DIAG_BY_FAMILY
            answer = diagnosis.recv(4096)
        error = int.from_bytes(answer[4:6], sys.byteorder) == 2  # NLMSG_ERROR
        return "CLOSED" if error else STATES[answer[17]]


def record(rows: Sequence[str]) -> Recording:
    """Do what the rows say in this network namespace; return what happened."""
    link, kernel, made = Link(), Kernel(), Recording()
    iss = 0
    for row in rows:
        before, (word, *given) = len(made.frames), row.split()
        if word == "<":
            octets = _segment(kernel, iss, *given)
            made.frames.append((time.time_ns() // 1000, octets))
            link.send(octets)
        else:
            kernel.call(word, *given)
        made.frames += link.received()
        starts = [o for _, o in made.frames[before:] if o[12:16] == KERNEL.packed and o[33] & SYN]
        iss = int.from_bytes(starts[-1][24:28]) if starts else iss
        frames = list(range(before + 1, len(made.frames) + 1))
        made.steps.append({"did": row, "frames": frames, "state": kernel.state()})
    return made


def _segment(kernel: Kernel, iss: int, flags: str, seq: str, ack: str = "", text: str = "") -> bytes:
    bits = sum(FLAGS[letter] for letter in flags)
    acknowledged = (iss + int(ack)) % (1 << 32) if ack else 0
    source, destination = Endpoint(PEER, kernel.peer_port), Endpoint(KERNEL, kernel.port)
    number = (PEER_ISS + int(seq)) % (1 << 32)
    return packet(
        Segment(source, destination, number, acknowledged, bits, 0 if "R" in flags else WINDOW, text.encode())
    )


def write(name: str, folder: Path) -> None:
    """Record a scenario in this network namespace and write both files."""
    made = record(SCENARIOS[name])
    about = {"kernel": platform.release(), "sysctl": list(SYSCTLS)}
    steps = ",\n".join(json.dumps(step) for step in made.steps)
    (folder / f"{name}.pcap").write_bytes(pcap(made.frames))
    (folder / f"{name}.states.json").write_text(f'{{"about": {json.dumps(about)}, "steps": [\n{steps}\n]}}\n')


def apart() -> list[str]:
    """Return the command that gives a program a network namespace of its own."""
    return ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]


def main(arguments: Sequence[str]) -> None:
    """Record what is asked for, each scenario in a namespace of its own."""
    if arguments[:1] == ["--inside"]:
        write(arguments[2], Path(arguments[1]))
        return
    folder, *names = arguments or [str(Path(__file__).parent)]
    for name in names or SCENARIOS:
        inside = [sys.executable, "-m", "tests.captures.record", "--inside", folder, name]
        subprocess.run([*apart(), *inside], check=True, timeout=60)


if __name__ == "__main__":
    main(sys.argv[1:])
