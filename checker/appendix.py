"""The pages of `docs` about what others say: claims of tutorials, hazards of the literature, figures of the RFCs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker import pictures
from checker.book import cell
from checker.claims import ONLY_IF, Answer, Decided
from checker.delivery import Tell
from checker.hazards import Results, find
from checker.report.claims import VERDICTS, Findings, counts
from checker.report.hazards import cells
from checker.run_claims import decided
from checker.run_replay import picture as drawn
from checker.run_replay import verdict
from checker.script import play
from spec.claims import CLAIMS, CONTRADICTIONS, SOURCES
from spec.figures import NAMES, figure, source
from spec.hazards import HAZARDS
from spec.trace import Trace
from spec.variants import VARIANTS


def written(tell: Tell | None = None) -> Mapping[str, str]:
    """Return the pages by file name, pictures included. Raise KeyboardInterrupt when it was interrupted."""
    pages: dict[str, str] = {}
    found = decided(list(CLAIMS.values()), CONTRADICTIONS, tell)
    if found.interrupted:
        raise KeyboardInterrupt
    pages["claims.md"] = "\n".join(claims_page(found, pages))
    hazards = find(list(HAZARDS.values()), progress=tell)
    if hazards.interrupted:
        raise KeyboardInterrupt
    pages["hazards.md"] = "\n".join(hazards_page(hazards, pages))
    pages["figures.md"] = "\n".join(figures_page(pages))
    return pages


def picture(pages: dict[str, str], name: str, trace: Trace) -> str:
    """Keep the ladder of a run among the pages and return the Markdown that shows it."""
    ladder = pictures.run(trace)
    pages[f"pictures/{name}.svg"] = f"{ladder:svg}"
    return f"![{ladder.title}](pictures/{name}.svg)"


def claims_page(found: Findings, pages: dict[str, str]) -> Iterator[str]:
    """Yield the page of claims, line by line; pictures of runs are put among the pages."""
    told = counts(found)
    yield from ["# What tutorials claim", ""]
    yield f"{len(found.claims)} sentences of five tutorials, decided by the relation: "
    yield ", ".join(f"{told[word]} {word.lower()}" for word in VERDICTS if told[word]) + "."
    for tutorial, title in SOURCES.items():
        yield from ["", f"## {title[0].upper()}{title[1:]}", "", "| | claim | verdict |", "|---|---|---|"]
        mine = [each for each in found.claims if each.claim.source == tutorial]
        yield from (_row(each) for each in mine)
        for each in mine:
            yield from ["", f"### {each.claim.id}", "", *_claim(each, pages)]
    yield from ["", "## Where they contradict each other", ""]
    for settled in found.contradictions:
        yield from [f"### {settled.contradiction.id}: {settled.contradiction.topic}", ""]
        for side in settled.contradiction.sides:
            right = "**right**" if side in settled.right else "wrong"
            who = f" ({', '.join(side.claims)})" if side.claims else ""
            yield f"- {right}: {side.says}{who}"
        yield ""


def _row(each: Decided) -> str:
    claim = each.claim
    return f"| [{claim.id}](#{claim.id.lower()}) | {cell(claim.sentence)} | {each.verdict} |"


def _claim(each: Decided, pages: dict[str, str]) -> Iterator[str]:
    claim = each.claim
    yield f"> {claim.sentence}"
    yield ""
    condition = f": only if {claim.only_if.sentence}" if each.verdict == ONLY_IF and claim.only_if is not None else ""
    reason = f": {claim.not_checkable}" if claim.not_checkable else ""
    yield f"**{each.verdict}**{condition}{reason}."
    yield ""
    answer = each.deciding
    if answer is not None:
        yield _answer(answer)
        yield ""
        if answer.trace is not None:
            yield picture(pages, f"claim-{claim.id.lower()}", answer.trace)
            yield ""
    if claim.note:
        yield claim.note


def hazards_page(found: Results, pages: dict[str, str]) -> Iterator[str]:
    """Yield the page of hazards, line by line; pictures of runs are put among the pages."""
    yield from ["# Hazards of the literature, found by exploring", ""]
    yield "Each in a world of its own, by the shortest run; then one premise changed at a time until it is prevented."
    yield from ["", "| | hazard | found | steps | faults | states | prevented by |", "|---|---|---|--:|---|--:|---|"]
    for result in found.results:
        name, *rest = cells(result)
        yield f"| [{name}](#{name.lower()}) | {' | '.join(cell(each) for each in rest)} |"
    for result in found.results:
        hazard = result.hazard
        yield from ["", f"## {hazard.id}", "", f"**{hazard.name}.** {hazard.title} ({hazard.cite})", ""]
        if hazard.outside:
            yield f"Outside the model: it needs {hazard.outside}."
            continue
        yield from [hazard.note, ""] if hazard.note else []
        if result.trace is not None:
            yield from [picture(pages, f"hazard-{hazard.id.lower()}", result.trace), ""]
        for tried in result.tried:
            yield f"- {tried.switch.name}: {tried.outcome.word.lower()}, {tried.outcome.states:,} states"


def figures_page(pages: dict[str, str]) -> Iterator[str]:
    """Yield the page of the RFCs' figures, line by line; pictures of runs are put among the pages."""
    played = [play(figure(name), VARIANTS[figure(name).variant]) for name in NAMES]
    yield from ["# The figures of the RFCs, executed", "", "| | figure | variant | |", "|---|---|---|---|"]
    for each in played:
        script = each.script
        word = "accepted" if each.accepted else f"refused at line {each.label} by {each.rule}"
        yield f"| [{script.id}](#{script.id}) | {cell(script.cite)}: {cell(script.title)} | {each.variant} | {word} |"
    for each in played:
        script = each.script
        yield from ["", f"## {script.id}", "", f"{script.shows}", ""]
        yield from (f"*{note}*" for note in script.notes)
        yield from ["", "```text", source(script.id).rstrip(), "```", "", verdict(each), ""]
        if each.trace is not None and each.trace.steps:
            pages[f"pictures/figure-{script.id}.svg"] = f"{drawn(each):svg}"
            yield f"![{script.title}](pictures/figure-{script.id}.svg)"


def _answer(answer: Answer) -> str:
    return f"By {answer.evidence}: {answer.says}."
