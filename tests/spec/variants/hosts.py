"""One end of a connection for tests of variants: events in, segments out, in the notation of the RFC's figures."""

from __future__ import annotations

import re
from typing import Any

from checker.concrete import ConcreteReader, Values
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS


class Peer:
    """A TCP peer of a variant whose next connection is numbered from `isn`; `tcb` says what it remembers already."""

    def __init__(self, variant: str, isn: int = 0, **tcb: Any) -> None:
        self.reader = ConcreteReader(VARIANTS[variant].relation, 32, CALL_FIELDS)
        known: dict[str, Any] = dict(zip(self.reader.index, self.reader.initial, strict=True))
        self.tcb: Values = tuple({**known, **{name.replace("_", "."): value for name, value in tcb.items()}}.values())
        assert len(self.tcb) == len(known), "there is no such variable"
        self.isn = isn
        self.told: list[str] = []
        self.fired: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.tcb[self.reader.index[name]]

    @property
    def state(self) -> str:
        return str(self["STATE"])

    def do(self, event: str, *, active: bool = False, octets: int = 0) -> list[str]:
        """Let the user call or a timer expire; return the segments sent."""
        done = self._run(event, None, {"OCTETS": octets, "ACTIVE": active})
        assert done is not None, f"{event} does nothing in {self.state}"
        return done

    def can(self, event: str) -> bool:
        """Return whether an event of its own does anything now."""
        call = {"ISN": self.isn, "OCTETS": 0, "ACTIVE": False, "REMOTE": True}
        return self.reader.run(self.tcb, event, None, tuple(call.values())) is not None

    def get(self, segment: str) -> list[str]:
        """Let a segment arrive; return the segments sent in answer."""
        message = self.reader.relation.message
        fields: dict[str, Any] = {name: False if name.endswith(" bit") else 0 for name in message}
        for name, value in re.findall(r"<(\w+)=([^>]*)>", segment):
            bits = {f"{bit} bit": True for bit in value.split(",")}
            fields |= bits if name == "CTL" else {name: int(value)}
        return self._run("SEGMENT ARRIVES", tuple(fields.values()), {}) or []

    def _run(self, event: str, segment: Values | None, told: dict[str, Any]) -> list[str] | None:
        call = {"ISN": self.isn, "OCTETS": 0, "ACTIVE": False, "REMOTE": True, **told}
        outcome = self.reader.run(self.tcb, event, segment, tuple(call[name] for name in CALL_FIELDS))
        self.fired = () if outcome is None else outcome.chain
        if outcome is None:
            return None
        self.tcb = outcome.tcb
        self.told += outcome.signals
        return [written(dict(zip(self.reader.relation.message, sent, strict=True))) for sent in outcome.sent]


def written(fields: dict[str, Any]) -> str:
    """Return a segment as the figures write it."""
    bits = [bit for bit in ("SYN", "RST", "FIN", "ACK") if fields[f"{bit} bit"]]
    shown = {"SEQ": True, "ACK": "ACK" in bits, "DATA": fields["DATA"] > 0}
    return "".join(f"<{name}={fields[name]}>" for name in shown if shown[name]) + f"<CTL={','.join(bits)}>"


def established(variant: str, send: int, receive: int, **tcb: Any) -> Peer:
    """Return a peer in ESTABLISHED, everything it sent acknowledged; the next octets are `send` and `receive`."""
    numbers = {"ISS": send - 1, "IRS": receive - 1, "SND_UNA": send, "SND_NXT": send, "RCV_NXT": receive}
    return Peer(variant, **{"STATE": "ESTABLISHED", "ORIGIN": "active", **numbers, **tcb})


def shake_hands(a: Peer, b: Peer, *, octets: int = 0) -> int:
    """Open a connection from `a` to the listener `b`, all delivered at once, in order; return how many were sent."""
    flying = [(b, segment) for segment in a.do("OPEN", active=True, octets=octets)]
    delivered = 0
    while flying:
        there, segment = flying.pop(0)
        delivered += 1
        flying += [(a if there is b else b, answer) for answer in there.get(segment)]
    return delivered
