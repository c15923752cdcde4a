"""What is said of a captured connection in words: one plain sentence, its resets, Zeek's and Wireshark's codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from checker.conform.result import EndResult, Incarnation, Reset, Side

SIDES: tuple[Side, Side] = ("client", "server")
CONN_STATES: dict[str, str] = {
    "S0": "a SYN, and no answer", "S1": "established, not closed", "SF": "opened and closed in the normal way",
    "REJ": "a SYN, refused", "S2": "established, closed by the client alone",
    "S3": "established, closed by the server alone", "RSTO": "established, reset by the client",
    "RSTR": "reset by the server", "RSTOS0": "a SYN and then a RST from the client",
    "RSTRH": "a SYN,ACK and then a RST from the server, no SYN seen", "SH": "a SYN and then a FIN from the client",
    "SHR": "a SYN,ACK and then a FIN from the server, no SYN seen", "OTH": "no beginning seen",
}  # fmt: skip
"""Zeek's conn_state (docs.zeek.org, base/protocols/conn/main.zeek) in words."""
COMPLETENESS = ("SYN", "SYN,ACK", "ACK", "text", "FIN", "RST")
"""The bits of Wireshark's tcp.completeness, lowest first."""


@dataclass(frozen=True)
class Shown:
    """A connection to be reported.

    number     of its conversation in the capture, from 1.
    fins       the times of its FINs by frame, ns since the epoch.
    """

    number: int
    found: Incarnation
    fins: Mapping[int, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return its name: 3, and 3.2 for the second incarnation."""
        return f"{self.number}" if self.found.number == 1 else f"{self.number}.{self.found.number}"

    @property
    def verdict(self) -> str:
        """Return the verdict in words: DEVIATES at frame 4."""
        found = self.found
        if found.verdict == "CONFORMS WITH":
            return f"CONFORMS WITH {', '.join(found.tolerances)}"
        return f"{found.verdict} at frame {found.frame}" if found.frame is not None else found.verdict

    def clock(self, time: int) -> str:
        """Return a time as seconds since the connection's first segment: 12.345 s, 0.000345 s."""
        return seconds(time - self.found.first_time)

    def closed_at(self, side: Side) -> str | None:
        """Return when an end's first FIN was captured; None if none was."""
        time = self.fins.get(self.found.facts.fin_frames[SIDES.index(side)] or 0)
        return None if time is None else self.clock(time)

    def end(self, side: Side) -> EndResult:
        """Return one of the ends."""
        return self.found.ends[SIDES.index(side)]


def other(side: Side) -> Side:
    """Return the other side."""
    return SIDES[1 - SIDES.index(side)]


def octets(count: int) -> str:
    """Return so many octets in words."""
    return f"{count:,} octet{'' if count == 1 else 's'}"


def seconds(nanoseconds: int) -> str:
    """Return a time in words, to ms or, below a second, to us."""
    return f"{nanoseconds / 1e9:.{3 if nanoseconds >= 10**9 else 6}f} s"


def completeness(bits: int) -> str:
    """Return Wireshark's number with what it stands for: 31 (SYN, SYN,ACK, ACK, text, FIN)."""
    return f"{bits} ({'; '.join(word for bit, word in enumerate(COMPLETENESS) if bits >> bit & 1) or 'nothing'})"


# --- one sentence -------------------------------------------------------------------------------------------------


def sentence(shown: Shown) -> str:
    """Return how the connection stands when the capture ends, in one plain sentence."""
    return next(said for each in _SENTENCES for said in each(shown))


def _reset(shown: Shown) -> Iterator[str]:
    facts = shown.found.facts
    ending = next((reset for reset in facts.resets if reset.effective), None)
    if ending is None:
        return
    refused = ending.cause == "reply to a closed port" and not facts.established and bool(facts.opened_by)
    words = _ENDED["refused" if refused else ending.cause]
    early = "" if facts.established or not facts.opened_by else ", before it was established"
    yield words.format(
        sender=ending.sender, other=other(ending.sender), time=shown.clock(ending.time), frame=ending.frame, early=early
    )


_ENDED = {
    "refused": "The {sender} refused the connection at {time}: nothing listens there.",
    "reply to a closed port": "The {sender} has no such connection and said so by a RST at {time}.",
    "abort": "The {sender} aborted the connection at {time}{early}.",
    "reply to a bad segment": "The {sender} reset the connection at {time}: a segment did not fit its state.",
    "unexplained": "A RST in the {sender}'s name ended the {other}'s connection at {time}, and no run of the {sender} "
    "sends it: perhaps injected.",
}
"""How a connection was ended by a RST, by its cause."""


def _close_wait(shown: Shown) -> Iterator[str]:
    for side in SIDES:
        time = shown.closed_at(other(side))
        if shown.end(side).state == "CLOSE-WAIT":
            when = "" if time is None else f" at {time}"
            yield f"The {side} got a FIN{when} and its application never closed: CLOSE-WAIT."


def _both_closed(shown: Shown) -> Iterator[str]:
    first, times = shown.found.facts.closed_first, [shown.closed_at(side) for side in SIDES]
    if None in times or first is None:
        return
    if first == "both":
        yield f"Both closed before either knew of it, at {times[0]} and at {times[1]}; {left(shown)}."
    else:
        second = other(first)
        yield (
            f"The {first} closed first, at {shown.closed_at(first)}, and the {second} at {shown.closed_at(second)}; "
            f"{left(shown)}."
        )


def _one_closed(shown: Shown) -> Iterator[str]:
    for side in SIDES:
        time, state = shown.closed_at(side), shown.end(side).state
        if time is None or state is None:
            continue
        heard = _HEARD.get(state, "") if shown.end(other(side)).seen else ""
        yield f"The {side} closed at {time}{heard}; {left(shown)}."


_HEARD = {"FIN-WAIT-1": " and was not acknowledged", "FIN-WAIT-2": " and was acknowledged, but the other end stayed"}
"""What became of a FIN that was not answered by one."""


def _opening(shown: Shown) -> Iterator[str]:
    states = shown.found.final_states
    if states == ("ESTABLISHED", "ESTABLISHED"):
        yield "The connection is established and open when the capture ends."
    elif states[1] == "SYN-RECEIVED":
        yield f"The handshake was not completed: {left(shown)}."
    elif states[0] == "SYN-SENT" and not shown.end("server").seen:
        yield "The SYN was never answered: the client is in SYN-SENT."


def _otherwise(shown: Shown) -> Iterator[str]:
    yield f"When the capture ends, {left(shown)}."


_SENTENCES: tuple[Callable[[Shown], Iterator[str]], ...] = (
    _reset, _close_wait, _both_closed, _one_closed, _opening, _otherwise,
)  # fmt: skip
"""What may be said, what matters most first."""


def left(shown: Shown) -> str:
    """Return where both ends are left: the client is in TIME-WAIT, the server is CLOSED."""
    return ", ".join(_left(side, shown.end(side)) for side in SIDES)


def _left(side: Side, end: EndResult) -> str:
    if not end.seen:
        return f"nothing was seen of the {side}"
    if end.state is None:
        return f"the {side}'s state cannot be told"
    return f"the {side} is {'' if end.state == 'CLOSED' else 'in '}{end.state}"


# --- resets -------------------------------------------------------------------------------------------------------


_CAUSES = {
    "abort": "an abort",
    "reply to a closed port": "in reply to a segment for a connection that does not exist",
    "reply to a bad segment": "in reply to a segment that does not fit its state",
    "unexplained": "which no run of it sends: perhaps injected",
}
_EFFECTS = {
    "ends the connection": "it ended the connection of the {other}",
    "challenged": "the {other} answered by a challenge ACK",
    "ignored": "the {other} ignored it",
    None: "what the {other} made of it is not known",
}


def resets(shown: Shown) -> list[str]:
    """Return what is told of each RST; those of one kind that follow each other together."""
    kinds = groupby(shown.found.facts.resets, key=lambda reset: (reset.sender, reset.cause, reset.rule, reset.effect))
    return [_told(shown, list(group)) for _, group in kinds]


def _told(shown: Shown, group: list[Reset]) -> str:
    first = group[0]
    frames = f"frame {first.frame}" if len(group) == 1 else f"frames {first.frame} to {group[-1].frame} ({len(group)})"
    rule = "" if first.rule is None else f" ({first.rule})"
    effect = _EFFECTS[first.effect].format(other=other(first.sender))
    return f"{first.sender}, {frames} at {shown.clock(first.time)}, {_CAUSES[first.cause]}{rule}; {effect}"
