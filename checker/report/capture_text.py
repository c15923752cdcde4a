"""The text report of a capture: a block for each of few connections, a line for each of many, and a summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checker.conform.result import WORST_FIRST, EndResult, NearMiss
from checker.output import wrapped
from checker.report.capture_words import CONN_STATES, SIDES, Shown, completeness, octets, resets, seconds, sentence
from checker.report.style import Style

HEADING = (
    f"{'#':<7}{'client':<23}{'server':<23}{'client is in':<14}{'server is in':<14}{'zeek':<7}{'frames':<16}verdict"
)
_WORDS = {
    "CONFORMS": ("conforms", "conform"), "CONFORMS WITH": ("conforms with tolerances", "conform with tolerances"),
    "CAPTURE INCOMPLETE": ("cannot be judged, the capture being incomplete",) * 2, "DEVIATES": ("deviates", "deviate"),
    "UNKNOWN": ("is unknown, a bound of the search being reached", "are unknown, a bound of the search being reached"),
}  # fmt: skip


def line(shown: Shown, style: Style) -> str:
    """Return a connection on one line, under HEADING."""
    found = shown.found
    client, server = (state or "?" for state in found.final_states)
    frames = f"{found.first_frame}-{found.last_frame}"
    cells = (
        f"{shown.label:<6} {found.client.address:<22} {found.server.address:<22} {client:<13} {server:<13} "
        f"{found.facts.conn_state:<6} {frames:<15} "
    )
    return cells + painted(shown, style)


def painted(shown: Shown, style: Style) -> str:
    """Return the verdict, coloured."""
    paint = {"DEVIATES": style.bad, "CONFORMS": style.good}.get(shown.found.verdict, style.soft)
    return paint(shown.verdict)


def block(shown: Shown, style: Style) -> str:
    """Return everything about a connection."""
    found = shown.found
    tags = f" [{', '.join(map(str, found.tags))}]" if found.tags else ""
    head = f"{shown.label}  client {found.client.address}, server {found.server.address}{tags}: "
    lines = [style.head(head) + painted(shown, style), wrapped(sentence(shown), first="   ", rest="   ")]
    lines += [wrapped(text, first="   ", rest="     ") for text in verdict_lines(shown)]
    lines += [wrapped(f"{name:<13} {text}", first="   ", rest=" " * 17) for name, text in _facts(shown)]
    return "\n".join(lines)


def verdict_lines(shown: Shown) -> Iterator[str]:
    """Yield why the verdict is not CONFORMS, what came nearest, and how to see more."""
    for side in SIDES:
        end = shown.end(side)
        if end.deviation is not None:
            yield f"{side}: {end.deviation.sentence}"
            yield from (f"  {nearest(near)}" for near in end.deviation.near[:1])
            if end.verdict == "DEVIATES":
                yield f"  --explain {end.deviation.frame} tells more."
        if end.reason:
            yield f"{side}: {end.reason}"


def why(shown: Shown) -> str:
    """Return the lines below a connection's line that say why it does not conform."""
    return "".join(f"{wrapped(text, first='       ', rest='         ')}\n" for text in verdict_lines(shown))


def nearest(near: NearMiss) -> str:
    """Return what comes nearest to a segment that deviates."""
    numbers = f" ({near.numbers})" if near.numbers else ""
    change = f"; it conforms with {near.change}" if near.change else ""
    return f"nearest is {near.rule} ({near.event}): {near.condition}{numbers}{change}"


def _facts(shown: Shown) -> Iterator[tuple[str, str]]:
    found, facts = shown.found, shown.found.facts
    opened = " and ".join(facts.opened_by) or ("not seen" if found.midstream else "nobody")
    yield "opened by", opened + (", established" if facts.established else ", not established")
    yield "final states", ", ".join(f"{side} {_state(shown.end(side))}" for side in SIDES)
    yield "closed first", facts.closed_first or "nobody"
    yield "reset by", facts.reset_by or "nobody"
    yield from (("  a RST from", text) for text in resets(shown))
    yield "conn_state", f"{facts.conn_state} ({CONN_STATES[facts.conn_state]})"
    yield "completeness", completeness(facts.completeness)
    text = " and ".join(f"{octets(count)} from the {side}" for side, count in zip(SIDES, facts.octets, strict=True))
    lasted = seconds(found.last_time - found.first_time)
    yield "frames", f"{found.first_frame} to {found.last_frame}, {found.segments:,} in {lasted}; {text}"
    if found.tolerances:
        yield "tolerances", ", ".join(found.tolerances)
    freedoms = sorted({name for end in found.ends for name in end.freedoms})
    if freedoms:
        yield "freedoms", f"{', '.join(freedoms)} (granted by RFC 9293)"
    if not any(end.reason for end in found.ends):  # which say the same
        yield from (("note", text) for text in dict.fromkeys(found.notes))


def _state(end: EndResult) -> str:
    if end.state is None:
        return "not told" if end.seen else "not seen"
    others = [state for state in end.possible if state != end.state]
    return f"{end.state} ({' or '.join(others)} if what came last did not arrive)" if others else end.state


def summary(counts: Mapping[str, int], segments: int, notes: Sequence[str], *, interrupted: bool) -> str:
    """Return the last lines: how many connections have which verdict, and what was met while reading."""
    total = sum(counts.values())
    told = [
        f"{counts[verdict]:,} {_WORDS[verdict][counts[verdict] > 1]}"
        for verdict in WORST_FIRST[::-1]
        if verdict in counts
    ]
    noun = "connection" if total == 1 else "connections"
    lines = [wrapped(f"{total:,} {noun}, {segments:,} segments: {', '.join(told) or 'nothing to judge'}.")]
    lines += [wrapped(f"note: {note}") for note in notes]
    if interrupted:
        lines.append("Interrupted: the rest of the capture was not read.")
    return "\n".join(lines) + "\n"
