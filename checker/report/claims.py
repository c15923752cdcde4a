"""The reports of `claims`: one entry a claim, contradictions, a count; JSON, schema 1; Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.claims import FALSE, NO, NOT_CHECKABLE, ONLY_IF, TRUE, UNDECIDED, Answer, Decided, Settled
from checker.output import wrapped
from checker.report.style import Style
from diagrams.render.ladder_text import ladder
from spec.claims import SOURCES

VERDICTS = (TRUE, ONLY_IF, FALSE, NOT_CHECKABLE, UNDECIDED)


@dataclass
class Findings:
    """What was decided so far. `interrupted` by Ctrl-C; `states`: how many were explored for it."""

    claims: list[Decided] = field(default_factory=list)
    contradictions: list[Settled] = field(default_factory=list)
    states: int = 0
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything asked was decided."""
        return not self.interrupted and all(each.verdict != UNDECIDED for each in self.claims)


def text(found: Findings, style: Style, *, verbose: bool = False, traces: bool = False) -> str:
    """Return the report as text; `verbose` adds every answer, `traces` the runs behind the verdicts."""
    lines: list[str] = []
    for source, title in SOURCES.items():
        mine = [each for each in found.claims if each.claim.source == source]
        if mine:
            lines += [style.head(title[0].upper() + title[1:]), ""]
        for each in mine:
            lines += [*_claim(each, style, verbose=verbose, traces=traces), ""]
    if found.contradictions:
        lines += [style.head("Where they contradict each other"), ""]
        for settled in found.contradictions:
            lines += [*_contradiction(settled, style, traces=traces), ""]
    lines += _sum(found)
    return "\n".join(lines) + "\n"


def _paint(verdict: str, style: Style) -> str:
    paint = {TRUE: style.good, FALSE: style.bad, ONLY_IF: style.soft, UNDECIDED: style.bad}.get(verdict)
    return verdict if paint is None else paint(verdict)


def _claim(each: Decided, style: Style, *, verbose: bool, traces: bool) -> Iterator[str]:
    claim = each.claim
    yield f"{claim.id:<6} {_paint(each.verdict, style)}"
    yield wrapped(f'"{claim.sentence}"', first="  ", rest="   ")
    if each.verdict == NOT_CHECKABLE:
        yield wrapped(f"not checkable: {claim.not_checkable}", first="  ", rest="   ")
    if each.verdict == ONLY_IF and claim.only_if is not None:
        yield wrapped(f"only if {claim.only_if.sentence}", first="  ", rest="   ")
    answers = _answers(each) if verbose else [each.deciding] if each.deciding is not None else []
    for answer in answers:
        yield wrapped(f"{answer.evidence}: {answer.says}", first="  ", rest="   ")
    if claim.note:
        yield wrapped(claim.note, first="  ", rest="   ")
    shown = each.deciding
    if traces and shown is not None and shown.trace is not None:
        yield ""
        yield from (f"  {line}".rstrip() for line in ladder(shown.trace).splitlines())


def _answers(each: Decided) -> list[Answer]:
    return [*each.answers, *each.conditional]


def _contradiction(settled: Settled, style: Style, *, traces: bool) -> Iterator[str]:
    yield style.head(f"{settled.contradiction.id}: {settled.contradiction.topic}")
    for side, answers in zip(settled.contradiction.sides, settled.answers, strict=True):
        right = side in settled.right
        who = f" ({', '.join(side.claims)})" if side.claims else ""
        yield f"  {style.good('right') if right else style.bad('wrong')}  {side.says}{who}"
        telling = _telling(answers, right=right)
        if telling is not None:
            yield wrapped(f"{telling.evidence}: {telling.says}", first="         ", rest="         ")
        if traces and telling is not None and telling.trace is not None:
            yield from (f"         {line}".rstrip() for line in ladder(telling.trace).splitlines())


def _telling(answers: Sequence[Answer], *, right: bool) -> Answer | None:
    """Return the answer that shows why a side is right or wrong."""
    if not right:
        return next((answer for answer in answers if answer.word == NO), None)
    return next(iter([*(answer for answer in answers if answer.trace is not None), *answers]), None)


def counts(found: Findings) -> dict[str, int]:
    """Return how many claims have each verdict."""
    return {word: sum(each.verdict == word for each in found.claims) for word in VERDICTS}


def _sum(found: Findings) -> list[str]:
    told = [f"{number} {word.lower()}" for word, number in counts(found).items() if number]
    plural = "" if len(found.claims) == 1 else "s"
    count = f"{len(found.claims)} claim{plural}: {', '.join(told) or 'none'}."
    lines = [f"{count} {found.states:,} states explored; every run replayed."]
    if found.interrupted:
        lines.append("Interrupted: what is shown was decided before.")
    return lines


def _answer_data(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"evidence": None, "says": None, "steps": None, "ladder": None}
    shown = None if answer.trace is None else ladder(answer.trace).splitlines()
    return {"evidence": answer.evidence, "says": answer.says, "steps": answer.steps, "ladder": shown}


def as_data(each: Decided) -> dict[str, Any]:
    """Return a decided claim as plain data (checker/report/schema/claims-1.json)."""
    claim = each.claim
    condition = claim.only_if.sentence if each.verdict == ONLY_IF and claim.only_if is not None else None
    return {
        "id": claim.id,
        "source": SOURCES[claim.source],
        "claim": claim.sentence,
        "verdict": each.verdict,
        "condition": condition,
        "reason": claim.not_checkable or None,
        "note": claim.note or None,
        **_answer_data(each.deciding),
        "answers": [{"answer": answer.word, **_answer_data(answer)} for answer in _answers(each)],
    }


def as_json(found: Findings, code: int) -> str:
    """Return the report as JSON."""
    contradictions = [
        {
            "id": settled.contradiction.id,
            "topic": settled.contradiction.topic,
            "sides": [
                {
                    **_answer_data(_telling(answers, right=side in settled.right)),
                    "says": side.says,
                    "claims": list(side.claims),
                    "right": side in settled.right,
                }
                for side, answers in zip(settled.contradiction.sides, settled.answers, strict=True)
            ],
        }
        for settled in found.contradictions
    ]
    data = {
        "schema": 1,
        "tool": "synproof",
        "interrupted": found.interrupted,
        "exit_code": code,
        "states": found.states,
        "claims": [as_data(each) for each in found.claims],
        "contradictions": contradictions,
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
