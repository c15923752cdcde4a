"""What the frames of an incarnation say by themselves: who closed first, Zeek's and Wireshark's codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from checker.conform.endpoint import ahead
from checker.conform.machine import ACK, ACK_BIT, DATA, FIN_BIT, RST_BIT, SEQ, SYN_BIT

Values = tuple[Any, ...]
_SYN, _SYN_ACK, _ACK, _DATA, _FIN, _RST = (1 << bit for bit in range(6))
"""Wireshark's tcp.completeness."""
ENDING = _FIN
"""`bits` are at least this once a FIN or a RST was seen."""
_UNKNOWN = ("INACTIVE", "PARTIAL")
"""Zeek's states of an end of which no beginning was seen."""


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
    def ended(self) -> bool:
        """Whether both ends have sent a FIN, or one a RST."""
        return bool(self.rst) or (self.fins[0] > 0 and self.fins[1] > 0)

    def take(self, side: int, frame: int, time: int, fields: Values) -> None:
        """Count a frame."""
        if not self.first[0]:
            self.first = frame, time
        self.last = frame, time
        self.segments[side] += 1
        if fields[DATA]:
            self.octets[side] += fields[DATA]
            self.bits |= _DATA
        elif fields[ACK_BIT] and not fields[SYN_BIT]:
            self.bits |= _ACK
        if fields[SYN_BIT] or fields[FIN_BIT] or fields[RST_BIT]:
            self._control(side, frame, time, fields)

    def _control(self, side: int, frame: int, time: int, fields: Values) -> None:
        if fields[SYN_BIT]:
            (self.syn_ack if fields[ACK_BIT] else self.syn)[side] += 1
            self.bits |= _SYN_ACK if fields[ACK_BIT] else _SYN * (not self.bits & _SYN_ACK)
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
        """Return Zeek's conn_state, by Zeek's own states of both ends (base/protocols/conn/main.zeek)."""
        ours, theirs = (self._zeek(side, client) for side in (client, 1 - client))
        if theirs == "RESET":
            refused = ours == "SYN_SENT" or (ours == "RESET" and not sum(self.octets))
            return "REJ" if refused else "RSTRH" if ours in _UNKNOWN else "RSTR"
        if ours == "RESET":
            return "RSTO" if theirs not in _UNKNOWN else "RSTOS0" if self.syn[client] else "OTH"
        if ours == theirs:
            return {"CLOSED": "SF", "ESTABLISHED": "S1"}.get(ours, "OTH")
        if ours == "CLOSED":
            return "SH" if theirs in _UNKNOWN else "S2"
        if theirs == "CLOSED":
            return "SHR" if ours in _UNKNOWN else "S3"
        return "S0" if (ours, theirs) == ("SYN_SENT", "INACTIVE") else "OTH"

    def _zeek(self, side: int, client: int) -> str:
        """Return the state of an end as Zeek has it (TCPSessionAdapter.cc): a RST counts unless both had closed."""
        fin, other = self.fin[side], self.fin[1 - side]
        resets = [frame for frame, _, sender in self.rst if sender == side]
        if resets and not (fin is not None and other is not None and fin[0] < resets[0]):
            return "RESET"
        if fin is not None:
            return "CLOSED"
        answer = self.syn_ack[1 - client] > 0 or (self.syn[0] > 0 and self.syn[1] > 0)
        if answer and (side != client or self.syn[client] or self.segments[client]):
            return "ESTABLISHED"
        return "SYN_SENT" if self.syn[side] else "PARTIAL" if self.segments[side] else "INACTIVE"
