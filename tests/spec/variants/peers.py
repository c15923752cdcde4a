"""One end of a variant, played event by event, with segments as the RFC's figures write them."""

from __future__ import annotations

import re
from typing import Any

from checker.concrete import ConcreteReader, Values
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS

BITS = ("SYN", "RST", "FIN", "ACK")


class Peer:
    """An end of `variant` whose next connection is numbered from `isn`; `tcb` says what it remembers already.

    `told` are the signals to its user, `chain` the rules that the last event fired.
    """

    def __init__(self, variant: str, isn: int = 0, **tcb: Any) -> None:
        self.reader = ConcreteReader(VARIANTS[variant].relation, 32, CALL_FIELDS)
        known: dict[str, Any] = dict(zip(self.reader.index, self.reader.initial, strict=True))
        given = {name.replace("_", "."): value for name, value in tcb.items()}
        assert given.keys() <= known.keys()
        self.tcb: Values = tuple({**known, **given}.values())
        self.isn = isn
        self.told: list[str] = []
        self.chain: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.tcb[self.reader.index[name]]

    @property
    def state(self) -> str:
        return str(self.tcb[0])

    def can(self, event: str) -> bool:
        """Return whether a timer may expire now."""
        return self.reader.run(self.tcb, event, None, (self.isn, 0, False, True)) is not None

    def do(self, event: str, *, active: bool = False, octets: int = 0) -> list[str]:
        """Let the user call or a timer expire; return the segments sent."""
        return self._run(event, None, (self.isn, octets, active, True))

    def get(self, segment: str) -> list[str]:
        """Let a segment arrive; return the segments sent in answer."""
        fields: dict[str, Any] = {name: False if name.endswith(" bit") else 0 for name in self.reader.relation.message}
        for name, value in re.findall(r"<(\w+)=([^>]*)>", segment):
            fields |= {f"{bit} bit": True for bit in value.split(",")} if name == "CTL" else {name: int(value)}
        assert list(fields) == list(self.reader.relation.message)
        return self._run("SEGMENT ARRIVES", tuple(fields.values()), (self.isn, 0, False, True))

    def _run(self, event: str, segment: Values | None, call: Values) -> list[str]:
        outcome = self.reader.run(self.tcb, event, segment, call)
        assert outcome is not None, f"{event} does nothing in {self.state}"
        self.tcb, self.chain = outcome.tcb, outcome.chain
        self.told += outcome.signals
        return [self._written(sent) for sent in outcome.sent]

    def _written(self, sent: Values) -> str:
        fields = dict(zip(self.reader.relation.message, sent, strict=True))
        bits = [bit for bit in BITS if fields[f"{bit} bit"]]
        shown = {"SEQ": True, "ACK": "ACK" in bits, "DATA": fields["DATA"] > 0, "TSVAL": "TSVAL" in fields}
        return "".join(f"<{name}={fields[name]}>" for name in shown if shown[name]) + f"<CTL={','.join(bits)}>"


def connected(variant: str, state: str = "ESTABLISHED", **tcb: Any) -> Peer:
    """Return an end that sends from 101 and receives from 301; nothing it sent is unacknowledged but a FIN."""
    fins = {"FIN-WAIT-1": (101, 102, 301), "FIN-WAIT-2": (102, 102, 301), "CLOSE-WAIT": (101, 101, 302)}
    closing = {"CLOSING": (101, 102, 302), "LAST-ACK": (101, 102, 302), "TIME-WAIT": (102, 102, 302)}
    una, nxt, rcv = {**fins, **closing}.get(state, (101, 101, 301))
    numbers = {"ISS": 100, "IRS": 300, "SND_UNA": una, "SND_NXT": nxt, "RCV_NXT": rcv}
    return Peer(variant, **{"isn": 400, "STATE": state, "ORIGIN": "active", **numbers, **tcb})
