"""What the frames of an incarnation say by themselves: who closed first, Zeek's and Wireshark's codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from checker.conform.endpoint import ahead
from checker.conform.machine import ACK, ACK_BIT, DATA, FIN_BIT, RST_BIT, SEQ, SYN_BIT

Values = tuple[Any, ...]
_SYN, _SYN_ACK, _ACK, _DATA, _FIN, _RST = (1 << bit for bit in range(6))
"""Wireshark's tcp.completeness."""


@dataclass
class Tally:
    """Counts over the frames of one incarnation, by side 0 and 1."""

    segments: list[int] = field(default_factory=lambda: [0, 0])
    octets: list[int] = field(default_factory=lambda: [0, 0])
    syn: list[int] = field(default_factory=lambda: [0, 0])
    syn_ack: list[int] = field(default_factory=lambda: [0, 0])
    fin: list[tuple[int, Values] | None] = field(default_factory=lambda: [None, None])
    fins: list[int] = field(default_factory=lambda: [0, 0])
    rst: list[tuple[int, int, int]] = field(default_factory=list)
    bits: int = 0

    first: tuple[int, int] = (0, 0)
    last: tuple[int, int] = (0, 0)

    @property
    def total(self) -> int:
        """How many frames."""
        return self.segments[0] + self.segments[1]

    @property
    def ending(self) -> bool:
        """Whether a FIN or a RST was seen."""
        return self.bits >= _FIN

    @property
    def ended(self) -> bool:
        """Whether both ends have sent a FIN, or one a RST."""
        return bool(self.rst) or (self.fins[0] > 0 and self.fins[1] > 0)

    def take(self, side: int, frame: int, time: int, fields: Values) -> None:
        """Count a frame."""
        if not self.first[0]:
            self.first = frame, time
        self.last = frame, time
        self.segments[side] += 1
        _, _, data, _, syn, _, fin, rst = fields
        if data:
            self.octets[side] += data
            self.bits |= _DATA * (not syn)
        elif not (syn or fin or rst) and self.bits & _SYN_ACK:
            self.bits |= _ACK
        if syn or fin or rst:
            self._control(side, frame, time, fields)

    def _control(self, side: int, frame: int, time: int, fields: Values) -> None:
        if fields[SYN_BIT]:
            (self.syn_ack if fields[ACK_BIT] else self.syn)[side] += 1
            self.bits |= _SYN_ACK if fields[ACK_BIT] else _SYN
        if fields[FIN_BIT]:
            self.bits |= _FIN
            self.fins[side] += 1
            if self.fin[side] is None:
                self.fin[side] = frame, fields
        if fields[RST_BIT]:
            self.bits |= _RST
            self.rst.append((frame, time, side))

    def closed_first(self) -> int | Literal["both"] | None:
        """Return the side whose FIN came first; "both" if neither FIN acknowledges the other."""
        first, second = self.fin
        if first is None or second is None:
            return None if first is second else int(first is None)
        early, late = (first, second) if first[0] < second[0] else (second, first)
        side = int(late is first)
        number = early[1][SEQ] + early[1][DATA]
        crossed = not late[1][ACK_BIT] or ahead(late[1][ACK], number & 0xFFFFFFFF) <= 0
        return "both" if crossed else side

    def conn_state(self, client: int) -> str:
        """Return Zeek's conn_state."""
        server = 1 - client
        syn, answer = self.syn[client] > 0, self.syn_ack[server] > 0 or (self.syn[server] > 0 and self.syn[client] > 0)
        resets = [side for _, _, side in self.rst]
        if syn and answer:
            return self._opened(client, resets)
        if syn:
            if resets:
                return "REJ" if resets[0] == server else "RSTOS0"
            return "SH" if self.fins[client] else "S0" if not self.segments[server] else "OTH"
        if answer and not self.segments[client]:
            return "RSTRH" if resets else "SHR" if self.fins[server] else "OTH"
        return "OTH"

    def _opened(self, client: int, resets: list[int]) -> str:
        if self.fins[client] and self.fins[1 - client]:
            return "SF"
        if resets:
            return "RSTO" if resets[0] == client else "RSTR"
        return "S2" if self.fins[client] else "S3" if self.fins[1 - client] else "S1"
