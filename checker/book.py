"""The pages of a course or a specification, written from the relation: Markdown with SVG and Mermaid.

Nothing on a page is typed in: rules, diagrams, differences, verdicts and runs are read or computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from checker import pictures, show
from checker.compare import compared
from checker.delivery import Tell
from checker.report.text import why
from checker.run_compare import has_run
from checker.verdict import Verdict
from checker.verify import Request, verify
from diagrams.flow import segment_arrives
from diagrams.states import difference, state_diagram
from spec.environment import Scenario
from spec.language import Relation, Step, rule_fields
from spec.properties import PROPERTIES
from spec.variants import VARIANTS
from spec.variants.variant import Variant
from spec.vocabulary import SEGMENT_ARRIVES, State
from spec.words import FAILS, HOLDS

BASE = "three-way"
_WORDS = {HOLDS: "holds", FAILS: "**fails**"}


@dataclass
class Book:
    """Pages by the names of their files, text or picture; verdicts by variant."""

    scenario: Scenario
    variants: Sequence[str]
    pages: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)

    def picture(self, name: str, svg: str, alt: str) -> str:
        """Keep a picture and return the Markdown that shows it."""
        self.pages[f"pictures/{name}.svg"] = svg
        return f"![{alt}](pictures/{name}.svg)"


def written(scenario: Scenario, variants: Sequence[str], tell: Tell | None = None) -> Mapping[str, str]:
    """Return all pages by file name. Raise KeyboardInterrupt when it was interrupted."""
    book = Book(scenario, variants)
    for name in dict.fromkeys((BASE, *variants)):
        if tell is not None:
            tell(f"verdicts of {name}")
        result = verify(Request((name,), tuple(PROPERTIES), scenario))
        if result.interrupted:
            raise KeyboardInterrupt
        book.verdicts[name] = result.verdicts
    book.pages["rules.md"] = "\n".join(_rules(book))
    book.pages["states.md"] = "\n".join(_states(book))
    for name in variants:
        if name != BASE:
            book.pages[f"variant-{name}.md"] = "\n".join(_variant(book, VARIANTS[name]))
    book.pages["variants.md"] = "\n".join(_variants(book))
    book.pages["properties.md"] = "\n".join(_properties(book))
    book.pages["index.md"] = "\n".join(_index(book))
    return dict(sorted(book.pages.items()))


def _index(book: Book) -> Iterator[str]:
    relation = VARIANTS[BASE].relation
    yield "# TCP's connection lifecycle, from one relation"
    yield ""
    yield f"{len(relation.rules)} rules of RFC 9293, {len(PROPERTIES)} properties, {len(book.variants)} variants. Every"
    yield f"page is generated; verdicts are those of scenario `{book.scenario.name}`: {book.scenario.title}"
    yield ""
    yield "- [The rules](rules.md), section by section"
    yield "- [The states](states.md): Figure 5, and what it leaves out"
    yield "- [The properties](properties.md), each with its verdicts"
    yield "- [The variants](variants.md), each as a patch with the shortest run that breaks something"
    yield "- [What tutorials claim](claims.md), sentence by sentence"
    yield "- [Hazards of the literature](hazards.md), found by exploring"
    yield "- [The figures of the RFCs](figures.md), executed"
    yield ""


# --- rules ------------------------------------------------------------------------------------------------------


def _rules(book: Book) -> Iterator[str]:
    relation = VARIANTS[BASE].relation
    yield "# The rules"
    yield ""
    yield relation.title
    yield ""
    yield "At most one rule of each check applies. What a rule does not assign keeps its value; a segment is formed in"
    yield "the state after the rule."
    for step in relation.steps:
        mine = [rule for rule in relation.rules if rule.steps[0] == step]
        if mine:
            yield from ["", f"## {_heading(step)}", ""]
            for rule in mine:
                yield from _rule(rule_fields(rule), rule.id)
    yield from ["", "## SEGMENT ARRIVES as a flow chart", ""]
    for number, state in enumerate(("CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED"), 1):
        states = relation.states[3:] if number == 4 else (state,)
        flow = segment_arrives(relation, states)
        yield from [
            book.picture(f"segment-arrives-{number}", f"{flow:svg}", f"SEGMENT ARRIVES, {', '.join(states)}"),
            "",
        ]


def _heading(step: Step) -> str:
    if step.event == SEGMENT_ARRIVES:
        return f"RFC 9293 {step.cite}: {step.title}"
    return f"RFC 9293 {step.cite}: {step.event.name}"


def _rule(fields: Mapping[str, str], rule_id: str) -> Iterator[str]:
    yield f"### {rule_id}"
    yield ""
    yield f"{fields['title']} ({fields['cite']})"
    yield ""
    shown = ["state", "when", "then", "send", "goto", "signal", "flow"]
    yield "```text"
    for name in shown:
        lines = fields[name].splitlines()
        yield from (f"{name if not number else '':<7} {line}" for number, line in enumerate(lines))
    yield "```"
    yield ""
    if fields["note"]:
        yield f"*{fields['note']}*"
        yield ""


# --- states -----------------------------------------------------------------------------------------------------


def _states(book: Book) -> Iterator[str]:
    relation = VARIANTS[BASE].relation
    diagram = state_diagram(relation)
    reached = pictures.reached(VARIANTS[BASE], [w for w in book.scenario.worlds if w.network.lifetime is None])
    yield from ["# The states", "", "In the arrangement of RFC 9293, Figure 5; labels are read off the rules.", ""]
    yield from [book.picture("states", f"{diagram:svg}", diagram.title), ""]
    yield from ["| from | to | what happens / what is done | rules |", "|---|---|---|---|"]
    for edge in diagram.edges:
        labels = "<br>".join(cell(label) for label in edge.all_labels)
        rules = ", ".join(dict.fromkeys(chain[-1] for chain in edge.rules))
        mark = "" if edge.kind == "drawn" else " (not drawn)"
        yield f"| {edge.source} | {edge.target}{mark} | {labels} | {rules} |"
    yield from ["", "How often each edge is taken:", ""]
    yield from [book.picture("states-reached", f"{reached:svg}", reached.title), ""]
    yield from ["```mermaid", f"{diagram:mermaid}".rstrip(), "```", ""]


def cell(text: str) -> str:
    """Return a text as it stands in a cell of a Markdown table."""
    return text.replace("|", "\\|")


# --- properties and variants ------------------------------------------------------------------------------------


def _verdict(verdict: Verdict) -> str:
    word = _WORDS.get(verdict.judgement.word, verdict.judgement.word.lower())
    steps = verdict.judgement.steps
    return word if steps is None or verdict.judgement.word != FAILS else f"{word} after {steps} steps"


def _properties(book: Book) -> Iterator[str]:
    yield from ["# The properties", ""]
    for prop in PROPERTIES.values():
        yield from [f"## {prop.id} {prop.name}", "", f"{prop.sentence} ({prop.cite})", ""]
        told = []
        for name, verdicts in book.verdicts.items():
            mine = [verdict for verdict in verdicts if verdict.about.id == prop.id]
            told += [f"| {name} | {_verdict(verdict)} |" for verdict in mine]
        if told:
            yield from ["| variant | verdict |", "|---|---|", *told, ""]
        else:
            yield from [f"Not judged by exploring `{book.scenario.name}`.", ""]


def _variants(book: Book) -> Iterator[str]:
    yield from ["# The variants", "", "| variant | what it is | breaks |", "|---|---|---|"]
    for name in book.variants:
        broken = [verdict.about.id for verdict in _worse(book, name)]
        link = name if name == BASE else f"[{name}](variant-{name}.md)"
        yield f"| {link} | {cell(VARIANTS[name].title)} | {', '.join(broken) or '-'} |"
    yield ""


def _worse(book: Book, name: str) -> list[Verdict]:
    """Return the verdicts that fail in a variant and hold in the base."""
    held = {verdict.about.id for verdict in book.verdicts[BASE] if verdict.judgement.word == HOLDS}
    return [v for v in book.verdicts[name] if v.judgement.word == FAILS and v.about.id in held]


def _variant(book: Book, variant: Variant) -> Iterator[str]:
    base: Relation[State] = VARIANTS[BASE].relation
    yield from [f"# {variant.name}", "", f"{variant.title} ({variant.cite})", ""]
    yield from ["```diff", show.diff(BASE, variant.name).rstrip(), "```", ""]
    changed = difference(base, variant.relation)
    if any(edge.kind in ("added", "removed") for edge in changed.edges):
        yield from [book.picture(f"states-{variant.name}", f"{changed:svg}", changed.title), ""]
    worse = _worse(book, variant.name)
    if not worse:
        yield from [f"Nothing that holds for {BASE} fails here, in scenario `{book.scenario.name}`.", ""]
        return
    yield from ["## What it breaks", ""]
    for verdict in worse:
        yield f"- {verdict.about.id} {verdict.about.name}: {_verdict(verdict)}"
    yield ""
    runs = [verdict for verdict in worse if verdict.judgement.trace is not None]
    if runs:
        yield from _run(book, min(runs, key=lambda verdict: verdict.judgement.steps or 0))


def _run(book: Book, verdict: Verdict) -> Iterator[str]:
    judgement, trace = verdict.judgement, verdict.judgement.trace
    if trace is None:
        return
    yield from [f"## The shortest run: {verdict.about.id} {verdict.about.name}", "", verdict.about.sentence, ""]
    if has_run(verdict):
        pair = pictures.side_by_side(compared(verdict.about, judgement.part, trace, VARIANTS[BASE]))
        yield from [book.picture(f"run-{verdict.variant}", f"{pair:svg}", pair.title), ""]
    else:
        ladder = pictures.run(trace)
        yield from [book.picture(f"run-{verdict.variant}", f"{ladder:svg}", ladder.title), ""]
    parts = verdict.about.parts
    if parts and parts[judgement.part].kind == "always" and trace.loop is None:
        yield from ["```text", *why(trace, verdict.about, judgement.part), "```", ""]
