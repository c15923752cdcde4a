"""Answers to the queries about numbers, Z-2, Z-3, Z-4, Z-7 and Z-8, at any width; those about time are in clocks.

What is asked stands in spec/queries.py, in the language. Here it becomes terms, and thresholds are searched for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import z3

from checker.symbolic.clocks import CLOCKS, Case
from checker.symbolic.endpoint import Endpoint
from checker.symbolic.proof import Proof
from checker.symbolic.solving import SAT, ask
from checker.symbolic.terms import Record, Term, Terms, View, conjunction, disjunction
from spec.language import NAT, SEG, SEQ, Expr, Relation
from spec.queries import (
    ANY,
    BARE_RST,
    HALF,
    INDEX,
    OPEN_WINDOW,
    OVERLAP,
    QUARTER,
    REOPENED,
    RESETS,
    STATEMENTS,
    STRIDES,
    K,
    N,
    Overlap,
    Resets,
    Statement,
)
from spec.variants import VARIANTS
from spec.vocabulary import RCV, SEGMENT_ARRIVES


class Reading:
    """Formulas over free variables, as terms at a width: each variable of theirs is an unknown.

    SEG.SEQ is read as RCV.NXT and an unknown more, SEG.DATA as SEG.LEN less the control bits, as any number can be:
    most often RCV.NXT and the bits then drop out of the terms.
    """

    def __init__(self, formulas: Iterable[Expr], bits: int) -> None:
        self.terms, self.unknowns = Terms(bits), dict[str, Term]()
        fixed = {HALF.payload: 1 << (bits - 1), QUARTER.payload: 1 << (bits - 2)}
        records: dict[str, dict[str, Term]] = {ANY: {}}
        for formula in formulas:
            for part in formula.walk():
                if part.op == "var":
                    owner, name = part.payload
                    known = fixed.get(part.payload)
                    word = f"SEG.{name}" if owner == SEG else name
                    term = self.terms.symbol(word, part.sort) if known is None else self.terms.number(known)
                    records.setdefault(owner, {})[name] = term
                    if known is None:
                        self.unknowns[word] = term
        if {"SEG.SEQ", "RCV.NXT"} <= self.unknowns.keys():
            ahead = self.terms.symbol("SEG.SEQ - RCV.NXT", SEQ)
            self.unknowns["SEG.SEQ"] = records[SEG]["SEQ"] = self.unknowns["RCV.NXT"] + ahead
        controls = [self.unknowns.get(f"SEG.{bit} bit") for bit in ("SYN", "FIN")]
        if "SEG.DATA" in self.unknowns and None not in controls:
            length = self.terms.symbol("SEG.LEN", NAT)
            numbered = sum(z3.If(bit, self.terms.number(1), self.terms.number(0)) for bit in controls)
            self.unknowns["SEG.DATA"] = records[SEG]["DATA"] = length - numbered
        self.view = View(records)

    def read(self, formulas: Sequence[Expr]) -> list[Term]:
        """Return the formulas as terms, simplified."""
        return [z3.simplify(self.terms.read(formula, self.view)) for formula in formulas]

    def shown(self, model: Any) -> str:
        """Return what a model gives to the unknowns, numbers as the unsigned numbers they are."""
        if model is None:
            return "none"
        given = {word: model.eval(term, model_completion=True) for word, term in sorted(self.unknowns.items())}
        numbers = [f"{word} = {value.as_long()}" for word, value in given.items() if z3.is_bv_value(value)]
        bits = [word.removeprefix("SEG.").removesuffix(" bit") for word, value in given.items() if z3.is_true(value)]
        return ", ".join([*numbers, *([f"CTL={','.join(bits)}"] if bits else [])])


def state(case: Case, statement: Statement, bits: int) -> list[str]:
    """Claim a statement; return the line that shows its counterexample, or nothing."""
    reading = Reading([*statement.given, *statement.holds], bits)
    given, holds = reading.read(statement.given), conjunction(reading.read(statement.holds))
    if statement.valid:
        case.cannot(statement.says, given or [z3.BoolVal(True)], z3.Not(holds))
        return []
    model = case.can(f"not: {statement.says}", [*given, z3.Not(holds)])
    return [f"not so: {statement.says}: {reading.shown(model)}"]


def _stated(case: Case, bits: int) -> list[str]:
    return [line for statement in STATEMENTS[case.query.id] for line in state(case, statement, bits)]


def _comparison(bits: int) -> Proof:
    case = Case("Z-2")
    witness = _stated(case, bits)
    return case.proof(
        f"lt is total on all 2^{bits} numbers; at distance {1 << (bits - 1)}, and only there, each is less than the "
        f"other; it is not transitive, but it is over gaps of at most {1 << (bits - 2)}, and one more is too many.",
        witness,
        width=bits,
    )


def _table_6(bits: int) -> Proof:
    case = Case("Z-3")
    witness = _stated(case, bits)
    return case.proof(
        f"For 0 < RCV.WND =< {1 << (bits - 2)} and 0 < SEG.LEN =< RCV.WND+1, Table 6 accepts exactly what overlaps the "
        "window; a longer segment that overlaps it is refused exactly if it begins left of the window and ends right.",
        witness,
        width=bits,
    )


def _retransmitted(bits: int) -> Proof:
    case = Case("Z-4")
    witness = _stated(case, bits)
    return case.proof(
        f"A retransmitted SYN or FIN is refused for each of the 2^{bits} values of RCV.NXT and each window, and so is "
        f"whatever has fewer than {1 << (bits - 1)} numbers and ends at RCV.NXT-1; a SYN with new text is not.",
        witness,
        variant="three-way",
        width=bits,
    )


# --- Z-7 --------------------------------------------------------------------------------------------------------


def _resetting(relation: Relation[Any], terms: Terms, offset: Term) -> tuple[Term, Record]:
    """Return when a bare RST at RCV.NXT + offset takes an ESTABLISHED end to CLOSED, and the end's TCB."""
    end = Endpoint(relation, terms)
    bare = {name: terms.value(value, relation.message[name]) for name, value in BARE_RST.items()}
    end.segment = {**end.segment, **bare, "SEQ": end.tcb["RCV.NXT"] + offset}
    paths = end.paths(SEGMENT_ARRIVES, "ESTABLISHED")
    closed = [conjunction([*path.conditions, *path.definitions]) for path in paths if path.goal == "CLOSED"]
    return disjunction(closed), end.tcb


def count_resets(case: Case, relation: Relation[Any], resets: Resets, bits: int) -> None:
    """Claim that `resets.count` numbers reset: those at the offsets from 0 up to it, each a number of its own."""
    terms = Terms(bits)
    offset, other = (terms.symbol(name, RCV.WND.sort) for name in ("offset", "other"))
    reset, tcb = _resetting(relation, terms, offset)
    view, name = View({"TCB": tcb, ANY: {QUARTER.payload[1]: terms.number(1 << (bits - 2))}}), relation.name
    window = [terms.read(condition, view) for condition in OPEN_WINDOW]
    among = z3.ULT(offset, terms.read(resets.count, view))
    case.cannot(f"{name}: an offset that resets is less than {resets.count}", [*window, reset], z3.Not(among))
    case.cannot(f"{name}: an offset less than {resets.count} resets", [*window, among], z3.Not(reset))
    shut = [tcb["RCV.WND"] == 0]
    case.cannot(f"{name}: with a zero window RCV.NXT resets and nothing else does", shut, reset != (offset == 0))
    numbers = [tcb["RCV.NXT"] + term for term in (offset, other)]
    case.cannot("different offsets are different numbers", [offset != other], numbers[0] == numbers[1])


def _stride(case: Case, window: int, bits: int) -> str:
    """Claim that RSTs a window apart leave no RCV.NXT out; return how many they are."""
    guesses = -(-(1 << bits) // window)
    expected, guess = z3.Ints("RCV.NXT guess")
    given = [expected >= 0, expected < 1 << bits, guess * window >= expected, (guess - 1) * window < expected]
    ahead = z3.If(guess < guesses, guess * window, 1 << bits) - expected
    case.cannot(
        f"of RSTs at 0, {window}, 2 {window}, .. one lies in the window, for each RCV.NXT",
        given,
        z3.Not(z3.And(ahead >= 0, ahead < window, guess >= 0, guess <= guesses)),
        "QF_LIA",
    )
    return (
        f"window {window}: {guesses} RSTs a window apart reach every RCV.NXT, {(1 << bits) // window // 2} on average"
    )


def _resets(bits: int) -> Proof:
    case = Case("Z-7")
    for resets in RESETS:
        count_resets(case, VARIANTS[resets.variant].relation, resets, bits)
    strides = [_stride(case, window, bits) for window in STRIDES if window < 1 << bits]
    counts = ", ".join(f"{resets.count} with {resets.variant}" for resets in RESETS)
    return case.proof(
        f"Of the 2^{bits} sequence numbers of a RST, this many reset an ESTABLISHED connection: {counts}; at a zero "
        "window, one with either.",
        [*strides, *_stated(case, bits)],
        variant="three-way",
        width=bits,
    )


# --- Z-8 --------------------------------------------------------------------------------------------------------

AHEAD = range(-6, 7)
"""Where thresholds of n - K are searched for; what is found is claimed for all n and K."""


class _Region:
    """An overlap as terms: what is given, that it was sent, that it is taken."""

    def __init__(self, overlap: Overlap, bits: int) -> None:
        parts = (REOPENED, overlap.shape, overlap.sent, overlap.taken, overlap.provided)
        self.overlap = overlap
        self.reading = Reading([formula for part in (*parts, (K, N, INDEX)) for formula in part], bits)
        reopened, shape, self.sent, self.taken, self.provided = (self.reading.read(part) for part in parts)
        self.given = [*reopened, *shape]
        self.k, self.n, self.index = self.reading.read((K, N, INDEX))
        self.ahead = self.n - self.k

    def least(self) -> tuple[int | None, Term]:
        """Return the least n - K for which it is taken, and i - K in an example; None when there is none."""
        for ahead in AHEAD:
            found = ask(self.given, self.sent, self.taken, [self.ahead == ahead])
            if found.word == SAT:
                return ahead, found.model.eval(self.index - self.k, model_completion=True)
        return None, self.index - self.k


def overlap_region(case: Case, overlap: Overlap, bits: int) -> tuple[int | None, str]:
    """Find the least n - K for which a stale segment is taken; claim that it is taken from there on, and not below."""
    region = _Region(overlap, bits)
    least, offset = region.least()
    name = f"{overlap.says} ({overlap.variant})"
    if least is None:
        case.can(f"{name}: for some n", [*region.given, *region.sent, *region.taken])
        return None, f"{name}: never"
    enough = region.ahead >= least
    bound = f"n >= K{f'{least:+d}' if least else ''}"
    only = "".join(f" and {condition}" for condition in overlap.provided)
    taken = [*region.given, *region.sent, *region.taken]
    case.cannot(f"{name} only if {bound}{only}", taken, z3.Not(conjunction([enough, *region.provided])))
    shifted = region.k + offset
    chosen = region.sent if overlap.exactly else [region.index == z3.If(shifted > 0, shifted, 1)]
    from_here = [*region.given, enough, *region.provided, *chosen]
    case.cannot(f"{name} if {bound}{only}", from_here, z3.Not(conjunction([*region.sent, *region.taken])))
    edge = case.can(f"{name}: an example at the edge", [*taken, region.ahead == least])
    return least, f"{name} exactly if {bound}{only}; at the edge {region.reading.shown(edge)}"


def _overlap(bits: int) -> Proof:
    case = Case("Z-8")
    found = [(overlap, *overlap_region(case, overlap, bits)) for overlap in OVERLAP]
    regions = [line.split("; at the edge")[0] for _, _, line in found]
    return case.proof(
        f"With ISS K ahead of that of an incarnation that sent n octets and a FIN: {'; '.join(regions)}.",
        [line for _, _, line in found],
        variant="three-way",
        width=bits,
    )


NUMBERS = {"Z-2": _comparison, "Z-3": _table_6, "Z-4": _retransmitted, "Z-7": _resets, "Z-8": _overlap}
ANSWERED = {**NUMBERS, **CLOCKS}
"""The queries that are answered here."""


def answer(query_id: str, bits: int = 32) -> Proof:
    """Return the answer to a query, of sequence numbers of this many bits (8 at least). Raise ValueError for others."""
    if query_id not in ANSWERED:
        raise ValueError(f"{query_id} is not a query about numbers or time alone; those are {', '.join(ANSWERED)}.")
    return ANSWERED[query_id](bits)
