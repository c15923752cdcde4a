"""The reports of `prove`: a table, what each answer says, witnesses; and JSON, schema 1."""

from __future__ import annotations

import json
from typing import Any

from checker.output import wrapped
from checker.prove import Proofs, is_expected
from checker.report.style import Style
from checker.symbolic.proof import PROVED, UNDECIDED, Proof
from spec.lemmas import ASSUMPTIONS
from spec.properties import PROPERTIES
from spec.queries import QUERIES


def text(proofs: Proofs, style: Style, *, verbose: bool = False, quiet: bool = False) -> str:
    """Return the report as text; `verbose` shows every witness, `quiet` the table alone."""
    lines = ["z3: any numbers of the width named, any TCB and segment unless the method says otherwise", ""]
    lines += [_row(proof, style) for proof in proofs.found]
    if not quiet:
        for proof in proofs.found:
            lines += ["", *_told(proof, style, verbose=verbose)]
        lines += ["", *_assumed(proofs)]
    lines += ["", _sum(proofs), *(f"DISAGREE: {each}" for each in proofs.disagree)]
    if proofs.interrupted:
        lines.append("Interrupted: the answers above were reached before.")
    return "\n".join(lines) + "\n"


def _name(name: str) -> str:
    if name in PROPERTIES:
        return PROPERTIES[name].name
    return QUERIES[name].question


def _row(proof: Proof, style: Style) -> str:
    mark = "" if is_expected(proof) else " !"
    paint = style.good if proof.verdict == PROVED else style.bad if mark else style.soft
    width = "" if proof.width is None else f"{proof.width} bits"
    name = _name(proof.property)
    name = name if len(name) <= 58 else name[:57] + "…"
    word = paint(f"{proof.verdict.lower() + mark:<10}")
    return f"{proof.property:<5} {proof.variant or '-':<10} {word} {width:<8} {proof.seconds:>7.1f} s  {name}"


def _told(proof: Proof, style: Style, *, verbose: bool) -> list[str]:
    lines = [style.head(f"{proof.property} {_name(proof.property)}" + (f": {proof.variant}" if proof.variant else ""))]
    lines.append(wrapped(f"{proof.verdict.lower()} by {proof.method}: {proof.says}", first="  "))
    if proof.unbounded:
        lines.append(wrapped(f"not bounded: {', '.join(proof.unbounded)}", first="  ", rest="    "))
    if proof.assumptions:
        lines.append(f"  assuming: {', '.join(proof.assumptions)}")
    if proof.certificate:
        lines.append(f"  certificate: {proof.certificate}")
    if proof.witness and (verbose or proof.verdict != PROVED):
        lines += ["", *(f"    {line}" for line in proof.witness)]
    return lines


def _assumed(proofs: Proofs) -> list[str]:
    named = dict.fromkeys(name for proof in proofs.found for name in proof.assumptions)
    found = [ASSUMPTIONS[name] for name in named if name in ASSUMPTIONS]
    if not found:
        return []
    told = [wrapped(f"{each.id}: {each.sentence} [{each.cite}]", first="  ", rest="    ") for each in found]
    return ["Assumptions", *told]


def _sum(proofs: Proofs) -> str:
    good = sum(is_expected(proof) for proof in proofs.found)
    undecided = sum(proof.verdict == UNDECIDED for proof in proofs.found)
    left = f", {undecided} undecided" if undecided else ""
    count = len(proofs.found)
    return f"{count} answer{'' if count == 1 else 's'}: {good} as expected{left}. Every run shown was replayed."


def as_data(proof: Proof) -> dict[str, Any]:
    """Return a proof as plain data (checker/report/schema/prove-1.json)."""
    return {
        "property": proof.property,
        "variant": proof.variant,
        "verdict": proof.verdict,
        "expected": is_expected(proof),
        "method": proof.method,
        "width": proof.width,
        "says": proof.says,
        "unbounded": list(proof.unbounded),
        "assumptions": list(proof.assumptions),
        "steps": proof.steps,
        "claims": len(proof.claims),
        "seconds": proof.seconds,
        "certificate": proof.certificate or None,
        "witness": list(proof.witness),
    }


def as_json(proofs: Proofs, code: int) -> str:
    """Return the report as JSON."""
    data = {
        "schema": 1,
        "tool": "synproof",
        "interrupted": proofs.interrupted,
        "exit_code": code,
        "disagreements": proofs.disagree,
        "proofs": [as_data(proof) for proof in proofs.found],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
