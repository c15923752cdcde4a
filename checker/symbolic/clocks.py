"""Questions about time, Z-1, Z-9 and Z-10: linear arithmetic of reals, no state and no sequence numbers of a TCB.

A segment sent at s can be delivered at any time from s until, and not at, s + MSL (as the explorer's clock has it).
Regions are found by quantifier elimination or by optimisation, then claimed in both directions without quantifiers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import count
from typing import Any

import z3

from checker.symbolic.proof import PROVED, Claim, Proof, claim, verdict_of
from checker.symbolic.solving import ENDLESS, GROUND, SAT, UNSAT, answer, ask, solver
from checker.symbolic.terms import Term
from spec.queries import QUERIES

LINEAR, MIXED, WHOLE = "QF_LRA", "QF_LIRA", "QF_LIA"
"""Logics: linear arithmetic of reals, of reals and whole numbers, of whole numbers."""
SECONDS_PER_HOUR, SECONDS_PER_DAY = 3600, 86400


class Case:
    """A query while it is being answered: what was asked of z3 so far, as claims."""

    def __init__(self, query: str, logic: str = GROUND) -> None:
        self.query, self.logic = QUERIES[query], logic
        self.claims: list[Claim] = []
        self._given: set[tuple[int, ...]] = set()
        self._began = time.perf_counter()

    def can(self, name: str, conditions: Sequence[Term], kind: str = "query", logic: str = "") -> Any:
        """Claim that the conditions can hold together; return z3's model, None when it found none."""
        found = ask(conditions, logic=logic or self.logic)
        self.claims.append(claim(name, kind, conditions, found, SAT, logic or self.logic))
        return found.model

    def cannot(self, name: str, given: Sequence[Term], excluded: Term, logic: str = "") -> None:
        """Claim that `excluded` cannot hold where `given` does, and that `given` can (once for the same)."""
        found = ask([*given, excluded], logic=logic or self.logic)
        self.claims.append(claim(name, "query", [*given, excluded], found, UNSAT, logic or self.logic))
        key = tuple(sorted(term.get_id() for term in given))
        if key not in self._given:
            self._given.add(key)
            self.can(f"what is given can be: {name}", given, "vacuity", logic)

    def number(self, name: str, conditions: Sequence[Term], unknown: Term) -> Fraction:
        """Return the one number that `unknown` can be under the conditions, claiming that there is no other."""
        model = self.can(f"{name}: there is one", conditions)
        value = Fraction(0) if model is None else fraction(model.eval(unknown, model_completion=True))
        self.cannot(f"{name} is {value}", conditions, unknown != exact(value))
        return value

    def proof(
        self, says: str, witness: Sequence[str] = (), variant: str = "", width: int | None = None, method: str = ""
    ) -> Proof:
        """Return the answer; where a claim does not stand, the answer is which."""
        verdict = verdict_of(self.claims)
        wrong = [f"{each.name} ({each.found})" for each in self.claims if not each.stands]
        return Proof(
            property=self.query.id,
            variant=variant,
            verdict=verdict,
            method=method or "arithmetic",
            width=width,
            says=says if verdict == PROVED else f"Not as claimed: {'; '.join(wrong)}.",
            seconds=time.perf_counter() - self._began,
            witness=tuple(witness),
            claims=tuple(self.claims),
        )


def fraction(term: Term) -> Fraction:
    """Return the value of a numeral."""
    return Fraction(term.as_fraction()) if z3.is_rational_value(term) else Fraction(term.as_long())


def exact(value: Fraction | int) -> Term:
    """Return a real numeral."""
    return z3.RealVal(str(Fraction(value)))


def values(model: Any, unknowns: Mapping[str, Term]) -> dict[str, Fraction]:
    """Return what a model gives to each unknown; nothing when there is no model."""
    if model is None:
        return {}
    return {name: fraction(model.eval(term, model_completion=True)) for name, term in unknowns.items()}


def example(name: str, model: Any, unknowns: Mapping[str, Term]) -> str:
    """Return a line that shows a model."""
    return f"{name}: " + ", ".join(
        f"{word} = {value if value.denominator == 1 else float(value)}"
        for word, value in values(model, unknowns).items()
    )


# --- Z-1 --------------------------------------------------------------------------------------------------------

MSL_SECONDS = 120
"""RFC 9293 §3.4.2: "For this specification the MSL is taken to be 2 minutes"."""
TICK = Fraction(4, 10**6)
"""RFC 9293 §3.4.1: "at least once every roughly 4 microseconds", in seconds."""
STATED_HOURS = Fraction("4.55")
"""RFC 9293 §3.4.1: "cycles approximately every 4.55 hours"."""


def isn_clock(bits: int = 32) -> Proof:
    """Return the answer to Z-1: how long the ISN clock takes to come round, and what that is good for."""
    case = Case("Z-1", LINEAR)
    numbers = 1 << bits
    tick, period = z3.Reals("tick period")
    round_ = period == numbers * tick
    here = case.number("the period of a 4 microsecond clock, in seconds", [round_, tick == exact(TICK)], period)
    stated = case.number("the tick of a 4.55 hour clock", [round_, period == exact(STATED_HOURS * 3600)], tick)
    binary = case.number("the period of 2^18 ticks a second, in seconds", [round_, tick * 2**18 == 1], period)
    slow = case.number("the period of a 4 millisecond clock, in seconds", [round_, tick == exact(1000 * TICK)], period)
    fast = case.number("the wrap at 10 Gb/s, in seconds", [round_, tick * 10**10 == 8], period)
    off = exact(Fraction("0.005") * 3600)
    around = z3.And(period >= exact(STATED_HOURS * 3600) - off, period < exact(STATED_HOURS * 3600) + off)
    case.cannot("a 4 microsecond clock does not come round in 4.55 hours", [round_, tick == exact(TICK)], around)
    case.can("2^18 ticks a second do", [round_, tick * 2**18 == 1, around])
    case.cannot("an MSL is less than the period", [round_, tick == exact(TICK)], period <= MSL_SECONDS)
    case.cannot("at 10 Gb/s the numbers wrap within an MSL", [round_, tick * 10**10 == 8], period >= MSL_SECONDS)
    witness = (
        f"4 microseconds a tick: {float(here):.2f} s = {float(here / SECONDS_PER_HOUR):.3f} h; RFC 9293 says 4.55 h",
        f"4.55 h: {float(stated * 10**6):.4f} microseconds a tick",
        f"2^18 ticks a second: {float(binary / SECONDS_PER_HOUR):.4f} h",
        f"4 milliseconds a tick: {float(slow / SECONDS_PER_DAY):.2f} days",
        f"10 Gb/s: all numbers are used in {float(fast):.2f} s; MSL is {MSL_SECONDS} s",
        *_incarnations(case, numbers),
    )
    more = float((here / (STATED_HOURS * SECONDS_PER_HOUR) - 1) * 100)
    says = (
        f"2^{bits} ticks of 4 microseconds are {float(here):.2f} s, {float(here / SECONDS_PER_HOUR):.3f} hours: "
        f"{more:.1f} % more than RFC 9293's 4.55, which are 2^18 ticks a second; {float(here / MSL_SECONDS):.0f} MSL. "
        "Two incarnations share no number if neither sends faster than the clock and the first ends an MSL before "
        "the clock comes round."
    )
    return case.proof(says, witness, width=bits)


def _incarnations(case: Case, numbers: int) -> list[str]:
    """Claim when two incarnations share numbers (RFC 1185, appendix), time in ticks; return the examples.

    The old one opens at 0 with ISS 0, sends the number x at s and ends by `end`; the new one opens then or later, at
    `opens`, with what the clock says, and has sent up to the number y by `now`. The old segment is delivered at `now`.
    """
    msl, sent, end, opens, now, x, y = z3.Reals("MSL sent end opens now x y")
    window, laps = z3.Real("window"), z3.Int("laps")
    order = [msl > 0, sent >= 0, sent <= end, end <= opens, opens <= now, now < sent + msl, x >= 0, y > opens]
    same = y - x == numbers * z3.ToReal(laps)
    old_slow, new_slow, short = x <= sent, y <= now, end + msl <= numbers
    facts = {"MSL": msl, "sent": sent, "end": end, "opens": opens, "now": now, "old": x, "new": y, "laps": laps}
    case.cannot("incarnations share no number", [*order, old_slow, new_slow, short], same, MIXED)
    widened = [*order, y <= now + window, window >= 0, old_slow]
    case.cannot(
        "nor does an old number fall into the new window, if the clock is a window further from coming round",
        [*widened, end + msl + window <= numbers],
        same,
        MIXED,
    )
    beyond = case.can("but for the window it would", [*widened, short, same, window <= numbers / 4], logic=MIXED)
    long_, fast_old = end + msl > numbers, x > sent
    examples = {
        "F1, slow and shorter than the period, but not by an MSL": [old_slow, new_slow, long_, end < numbers],
        "F2, slow and longer than the period": [old_slow, new_slow, end >= numbers],
        "F3, fast, fewer octets than there are numbers": [fast_old, new_slow, short, x < numbers],
        "F4, fast, more octets than there are numbers": [fast_old, new_slow, short, x >= numbers],
        "only the new one is fast": [old_slow, y > now, short, y < opens + numbers],
    }
    lines = [
        example(name, case.can(name, [*order, *conditions, same, msl <= 30_000_000], logic=MIXED), facts)
        for name, conditions in examples.items()
    ]
    return [*lines, example("in the window, not yet sent", beyond, {**facts, "window": window})]


# --- Z-9 --------------------------------------------------------------------------------------------------------


def time_wait() -> Proof:
    """Return the answer to Z-9: the shortest TIME-WAIT, in MSLs, that no old segment outlives (P-35).

    This end sends its last segment at 0. The peer ends when it receives that, at `ends`; until then it sends.
    """
    case = Case("Z-9", LINEAR)
    wait, msl, ends, sent, last = z3.Reals("T MSL ends sent last")
    setting = [msl > 0, wait >= 0]
    story = [last <= ends, ends < last + msl, sent <= ends]
    alive = [sent <= wait, wait < sent + msl]
    outlived = [*setting, *story, *alive]
    factor = _supremum(wait, [*outlived, last == 0, msl == 1])
    bound = exact(factor) * msl
    region = _eliminated([ends, sent], [*setting, *(z3.substitute(c, (last, exact(0))) for c in (*story, *alive))])
    case.cannot("the region that elimination finds is T < bound", setting, z3.Xor(region, wait < bound))
    case.cannot(
        f"no old segment outlives a TIME-WAIT of {factor} MSL",
        [*setting, *story, last == 0, wait >= bound],
        z3.And(*alive),
    )
    middle = (wait + bound) / 2
    tail = z3.If(middle < wait + msl, middle, wait) - msl
    late = [ends == sent, sent == z3.If(tail > 0, tail, 0), last == 0]
    case.cannot("one can outlive any shorter one", [*setting, wait < bound, *late], z3.Not(z3.And(*story, *alive)))
    facts = {"T": wait, "MSL": msl, "the peer ends": ends, "sent": sent}
    short = case.can(
        "an example with MSL 120 s, T = 1.9 MSL", [*outlived, last == 0, msl == 120, wait * 10 == msl * 19]
    )
    anew = {**facts, "last": last}
    half = z3.If(wait > msl / 2, wait - msl / 2, wait / 2)
    quiet = [*setting, wait > 0, last == half, ends == last, sent == last]
    late_word = "if this end sends in TIME-WAIT and does not restart the wait, no length is enough"
    case.cannot(late_word, quiet, z3.Not(z3.And(*story, *alive, last < wait)))
    line = case.can("an example with T = 10 MSL", [*quiet, *alive, msl == 120, wait == 1200])
    return case.proof(
        f"Found: an old segment can be alive when TIME-WAIT ends exactly if T < {factor} MSL, for every MSL; "
        f"{factor} MSL is enough if whatever this end sends in TIME-WAIT restarts the wait.",
        (
            f"elimination: {z3.simplify(region)}".replace("\n", " "),
            example("T below the bound", short, facts),
            example("the last segment sent later", line, anew),
        ),
        method="quantifier elimination",
    )


def _supremum(objective: Term, conditions: Sequence[Term]) -> Fraction:
    """Return the least upper bound of a term under conditions."""
    search = z3.Optimize()
    search.add(*conditions)
    handle = search.maximize(objective)
    answer(search, limit=ENDLESS)
    return fraction(search.upper_values(handle)[1])


def _eliminated(bound: Sequence[Term], conditions: Sequence[Term]) -> Term:
    """Return a formula without `bound` that holds where some values of them satisfy the conditions."""
    goal = z3.Goal()
    goal.add(z3.Exists(list(bound), z3.And(*conditions)))
    return z3.Tactic("qe")(goal).as_expr()


# --- Z-10 -------------------------------------------------------------------------------------------------------

LOSSES = (1, 2, 3)
RTO_SECONDS = 1
"""RFC 6298 §2 (2.1): the first RTO is one second, and (2.4) no RTO is shorter."""


def lost_acks() -> Proof:
    """Return the answer to Z-10: when a retransmitted FIN comes after the end of TIME-WAIT.

    The peer's FIN is sent at 0 and received at `entered`; the ACK is lost, and so are the next k-1 FINs or their ACKs.
    The k-th retransmission is sent when k timeouts, each twice the one before, have passed (RFC 6298 §5 (5.5)).
    """
    case = Case("Z-10", LINEAR)
    wait, msl, rto, entered, arrives = z3.Reals("T MSL RTO entered arrives")
    facts = {"T": wait, "MSL": msl, "RTO": rto, "entered": entered, "arrives": arrives}
    setting, lines = [wait >= 0, msl > 0, rto > 0], []
    for k in LOSSES:
        again = sum(2**i * rto for i in range(k))
        story = [entered >= 0, entered < msl, again <= arrives, arrives < again + msl]
        missed = arrives >= entered + wait
        region = _eliminated([entered, arrives], [*setting, *story, missed])
        steps = _coefficient(region, wait, msl, rto)
        bound = msl + exact(steps) * rto
        case.cannot(
            f"k = {k}: the region of elimination is T < MSL + {steps} RTO", setting, z3.Xor(region, wait < bound)
        )
        case.cannot(f"k = {k}: from MSL + {steps} RTO on it is met", [*setting, *story, wait >= bound], missed)
        late = [entered == 0, arrives == z3.If(wait < again, again, wait)]
        below = [*setting, *late, wait < bound]
        case.cannot(f"k = {k}: below, it can be missed", below, z3.Not(z3.And(*story, missed)))
        lines.append((k, steps))
    core = _core(case)
    first, model = _first_failure(case, facts)
    return case.proof(
        "A FIN retransmitted after k losses can miss TIME-WAIT exactly if T < MSL + c RTO: "
        + ", ".join(f"c = {steps} for k = {k}" for k, steps in lines)
        + f". With MSL {MSL_SECONDS} s and RTO {RTO_SECONDS} s, 2 MSL does not cover {first} losses.",
        (f"needed for that: {', '.join(core)}", example(f"{first} losses, in seconds", model, facts)),
        method="quantifier elimination",
    )


def _coefficient(region: Term, wait: Term, msl: Term, rto: Term) -> Fraction:
    """Return c where the region at MSL = RTO = 1 is bounded by T < 1 + c."""
    return _supremum(wait, [region, msl == 1, rto == 1]) - 1


def _core(case: Case) -> list[str]:
    """Return which premises it takes that nothing misses a TIME-WAIT of MSL + 3 RTO after two losses."""
    wait, msl, rto, entered, sent, arrives = z3.Reals("T MSL RTO entered sent arrives")
    premises = {
        "T >= MSL + 3 RTO": wait >= msl + 3 * rto,
        "the FIN is sent before it is received": entered >= 0,
        "the FIN is received within an MSL": entered < msl,
        "it is sent again by 3 RTO": sent <= 3 * rto,
        "it is not sent again before 3 RTO": sent >= 3 * rto,
        "what is sent again arrives within an MSL": arrives < sent + msl,
        "it arrives when TIME-WAIT is over": arrives >= entered + wait,
        "RTO > 0": rto > 0,
    }
    names, made = {word: z3.Bool(word) for word in premises}, solver("")
    for word, premise in premises.items():
        made.add(z3.Implies(names[word], premise))
    needed = list(premises)
    for word in premises:
        fewer = [each for each in needed if each != word]
        if answer(made, [names[each] for each in fewer]).word == UNSAT:
            needed = fewer
    given = [premises[word] for word in needed[:-1]]
    case.cannot("the core: these premises exclude each other", given, premises[needed[-1]])
    for word in needed:
        case.can(f"without '{word}' they do not", [premises[each] for each in needed if each != word], "vacuity")
    return needed


def _first_failure(case: Case, facts: Mapping[str, Term]) -> tuple[int, Any]:
    """Return the least k for which 2 MSL is too short with the RFCs' figures, and a model."""
    wait, msl, rto, entered, arrives = facts.values()
    figures = [msl == MSL_SECONDS, rto == RTO_SECONDS, wait == 2 * msl, entered >= 0, entered < msl]
    for k in count(1):
        again = (2**k - 1) * rto
        missed = [*figures, again <= arrives, arrives < again + msl, arrives >= entered + wait]
        if ask(missed, logic=LINEAR).word == SAT:
            return k, case.can(f"2 MSL does not cover {k} losses", missed)
        case.cannot(f"2 MSL covers {k} losses", missed[:-1], missed[-1])
    raise AssertionError


CLOCKS: dict[str, Callable[[int], Proof]] = {
    "Z-1": isn_clock,
    "Z-9": lambda _: time_wait(),
    "Z-10": lambda _: lost_acks(),
}
"""The answers of this module by query, of the width of sequence numbers."""
