"""Questions about numbers and clocks, Z-1 to Z-12, and those of them that the language can say, as formulas.

Nothing here repeats a rule: statements are built from the conditions that rules use, and from the rules' own guards.
Free numbers have the owner ANY. Two of them are set by whoever reads: M/2 and M/4, of the M = 2^k sequence numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from spec.language import NAT, BoolExpr, NatExpr, all_of, any_of, leq, lt, nat_var, negated, seq_var
from spec.properties.blind import GUESSES
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import ACCEPTABLE, ACK, FIN, ISS, RCV, RST, SEG, SND, SYN, has, in_window, lacks

ANY = "ANY"
"""The owner of numbers that a statement is about: it holds for all of them."""
HALF, QUARTER = nat_var("M/2", ANY), nat_var("M/4", ANY)
"""Half and a quarter of all sequence numbers: 2^31 and 2^30 at 32 bits; a scaled window is at most 2^30 (RFC 7323)."""


@dataclass(frozen=True)
class Query:
    """A question to a solver: what it asks, where that comes from, and what the answer is expected to be."""

    id: str
    question: str
    cite: str
    expects: str


@dataclass(frozen=True, eq=False)
class Statement:
    """`given` implies `holds` for all values (`valid`), or it does not, and a counterexample is to be shown."""

    says: str
    given: tuple[BoolExpr, ...]
    holds: tuple[BoolExpr, ...]
    valid: bool = True


# --- Z-2: the comparison ----------------------------------------------------------------------------------------

A, B, C = (seq_var(name, ANY) for name in "abc")
_LT_A_B, _LT_B_C = (lt(A, B), B - A <= QUARTER), (lt(B, C), C - B <= QUARTER)

COMPARISON: tuple[Statement, ...] = (
    Statement("of two numbers that differ, one is less", (A != B,), (any_of(lt(A, B), lt(B, A)),)),
    Statement("half of all numbers apart, each is less than the other", (B - A == HALF,), (lt(A, B), lt(B, A))),
    Statement("only there", (lt(A, B), lt(B, A)), (B - A == HALF,)),
    Statement(
        "RFC 7323's 0 < (t - s) < 2^31 is the same comparison except there",
        (B - A != HALF,),
        (lt(A, B) == all_of(B - A > 0, B - A < HALF),),
    ),
    Statement("lt is transitive", (lt(A, B), lt(B, C)), (lt(A, C),), valid=False),
    Statement("lt is transitive over gaps of at most a quarter of all numbers", (*_LT_A_B, *_LT_B_C), (lt(A, C),)),
    Statement(
        "one gap may be larger by one",
        (*_LT_A_B, lt(B, C), C - B <= QUARTER + 1),
        (lt(A, C),),
        valid=False,
    ),
)

# --- Z-3: Table 6 -----------------------------------------------------------------------------------------------

INDEX = nat_var("i", ANY)
OVERLAPS = any_of(SEG.SEQ - RCV.NXT < RCV.WND, RCV.NXT - SEG.SEQ < SEG.LEN)
"""The intervals of SEG.LEN numbers from SEG.SEQ and of RCV.WND numbers from RCV.NXT meet: one begins in the other."""
_SIZED = (SEG.LEN > 0, SEG.LEN <= QUARTER, RCV.WND > 0, RCV.WND <= QUARTER)
_STRADDLES = all_of(lt(SEG.SEQ, RCV.NXT), leq(RCV.NXT + RCV.WND, SEG.SEQ + SEG.LEN - 1))

TABLE_6: tuple[Statement, ...] = (
    Statement("an acceptable segment overlaps the window", (*_SIZED, ACCEPTABLE), (OVERLAPS,)),
    Statement(
        "a segment that overlaps the window and has at most one number more is acceptable",
        (*_SIZED, SEG.LEN <= RCV.WND + 1, OVERLAPS),
        (ACCEPTABLE,),
    ),
    Statement(
        "overlapping is: one of the segment's numbers is in the window",
        (*_SIZED, INDEX < SEG.LEN, in_window(SEG.SEQ + INDEX)),
        (OVERLAPS,),
    ),
    Statement(
        "a segment that overlaps the window and has two numbers more is acceptable",
        (*_SIZED, SEG.LEN == RCV.WND + 2, OVERLAPS),
        (ACCEPTABLE,),
        valid=False,
    ),
    Statement(
        "what overlaps and is not acceptable begins left of the window and ends right of it",
        (*_SIZED, OVERLAPS, negated(ACCEPTABLE)),
        (_STRADDLES, SEG.LEN > RCV.WND + 1),
    ),
    Statement("whatever does so is not acceptable", (*_SIZED, OVERLAPS, _STRADDLES), (negated(ACCEPTABLE),)),
)

# --- Z-4: retransmitted SYN and FIN -----------------------------------------------------------------------------

_ONE_NUMBER = (SEG.SEQ + 1 == RCV.NXT, SEG.DATA == 0, lacks(RST))
_REFUSED = TCP.rule("Q-2").when

RETRANSMITTED: tuple[Statement, ...] = (
    Statement(
        "a retransmitted SYN, SEG.SEQ = RCV.NXT-1, is refused by rule Q-2",
        (*_ONE_NUMBER, has(SYN), lacks(FIN)),
        _REFUSED,
    ),
    Statement(
        "a retransmitted FIN, SEG.SEQ = RCV.NXT-1, is refused by rule Q-2",
        (*_ONE_NUMBER, has(FIN), lacks(SYN)),
        _REFUSED,
    ),
    Statement(
        "so is whatever has fewer numbers than half of all and ends at RCV.NXT-1",
        (SEG.DATA < HALF, SEG.LEN > 0, SEG.LEN < HALF, SEG.SEQ + SEG.LEN == RCV.NXT, lacks(RST)),
        _REFUSED,
    ),
    Statement(
        "a SYN that carries new text is refused too",
        (SEG.SEQ + 1 == RCV.NXT, has(SYN), lacks(FIN), lacks(RST), SEG.DATA < QUARTER, RCV.WND <= QUARTER),
        _REFUSED,
        valid=False,
    ),
)

# --- Z-7: RST values --------------------------------------------------------------------------------------------

OFFSET = nat_var("offset", ANY)
"""How far SEG.SEQ lies ahead of RCV.NXT: each sequence number is RCV.NXT + offset for one offset."""


@dataclass(frozen=True, eq=False)
class Resets:
    """A bare RST at RCV.NXT + offset: from ESTABLISHED, `variant` ends in CLOSED for `count` offsets, 0 and on."""

    variant: str
    count: NatExpr


BARE_RST: dict[str, int | bool] = {
    **{f"{bit} bit": False for bit in ("SYN", "ACK", "FIN")},
    "DATA": 0,
    **GUESSES["RST"].fields,
}
"""What a blind attacker sends, as P-14 counts it; SEG.SEQ is the guess."""
OPEN_WINDOW = (RCV.WND > 0, RCV.WND <= QUARTER)
RESETS: tuple[Resets, ...] = (
    Resets("rst-in-window", RCV.WND),
    Resets("three-way", NatExpr("const", NAT, (), GUESSES["RST"].hits.plain)),
)
STRIDES = (32768, 65535)
"""The windows that RFC 5961 §1.2 reckons with."""

_OUTSIDE_5961 = any_of(leq(SEG.SEQ, RCV.NXT), lt(RCV.NXT + RCV.WND, SEG.SEQ))
_OUTSIDE_4845 = any_of(lt(SEG.SEQ, RCV.NXT), leq(RCV.NXT + RCV.WND, SEG.SEQ))
OUTSIDE: tuple[Statement, ...] = (
    Statement(
        "outside the window is what RFC 5961 §3.2 writes (SEG.SEQ <= RCV.NXT || SEG.SEQ > RCV.NXT+RCV.WND)",
        OPEN_WINDOW,
        (negated(in_window(SEG.SEQ)) == _OUTSIDE_5961,),
        valid=False,
    ),
    Statement(
        "both bounds of RFC 5961 §3.2 are off by one, and nothing else is",
        (*OPEN_WINDOW, in_window(SEG.SEQ) == _OUTSIDE_5961),
        (any_of(SEG.SEQ == RCV.NXT, SEG.SEQ == RCV.NXT + RCV.WND),),
    ),
    Statement(
        "with erratum 4845 they are the window's (SEG.SEQ < RCV.NXT or SEG.SEQ >= RCV.NXT+RCV.WND)",
        OPEN_WINDOW,
        (negated(in_window(SEG.SEQ)) == _OUTSIDE_4845,),
    ),
)

# --- Z-8: numbers of two incarnations ---------------------------------------------------------------------------

OLD = seq_var("ISS of the old incarnation", ANY)
K, N = nat_var("K", ANY), nat_var("n", ANY)
"""How far the new ISS lies ahead of the old one, and how many octets the old incarnation sent."""


@dataclass(frozen=True, eq=False)
class Overlap:
    """A stale segment whose number is OLD + i, i up to `last`, and what it takes for the new incarnation to take it.

    shape   what the segment and the new TCB are; exactly: i is `last` itself.
    taken   the condition that takes it; provided: what else is needed besides a large enough n.
    """

    says: str
    variant: str
    shape: tuple[BoolExpr, ...]
    last: NatExpr
    taken: tuple[BoolExpr, ...]
    exactly: bool = False
    provided: tuple[BoolExpr, ...] = ()

    @property
    def sent(self) -> tuple[BoolExpr, ...]:
        """The condition that the old incarnation sent, or was sent, such a segment."""
        return (self.last == INDEX,) if self.exactly else (INDEX > 0, self.last >= INDEX)


REOPENED = (K > 0, K < QUARTER, N < QUARTER, *OPEN_WINDOW)
"""The new ISS is ahead of the old one, and nothing wraps round (RFC 1185, appendix, mode F1)."""
_RECEIVING = (SEG.SEQ == OLD + INDEX, OLD + K + 1 == RCV.NXT, lacks(SYN), lacks(RST))
_ACKNOWLEDGED = (SEG.ACK == OLD + INDEX, OLD + K == SND.UNA, SND.UNA == ISS, SND.NXT == ISS + 1, has(ACK))
_SEQUENCE_CHECK = tuple(negated(condition) for condition in TCP.rule("Q-2").when[:1])
OVERLAP: tuple[Overlap, ...] = (
    Overlap(
        "a stale octet is acceptable",
        "three-way",
        (*_RECEIVING, SEG.DATA == 1, lacks(FIN)),
        N + 0,
        _SEQUENCE_CHECK,
    ),
    Overlap(
        "a stale FIN is acceptable",
        "three-way",
        (*_RECEIVING, SEG.DATA == 0, has(FIN)),
        N + 1,
        _SEQUENCE_CHECK,
        exactly=True,
        provided=(N < K + RCV.WND,),
    ),
    Overlap(
        "a stale ACK completes SYN-RECEIVED",
        "three-way",
        _ACKNOWLEDGED,
        N + 2,
        TCP.rule("A-1").when,
    ),
    Overlap(
        "a stale ACK completes SYN-RECEIVED",
        "srcvd-ack-793",
        _ACKNOWLEDGED,
        N + 2,
        VARIANTS["srcvd-ack-793"].relation.rule("A-1").when,
    ),
    Overlap(
        "a stale ACK of octets, no FIN having been sent, completes SYN-RECEIVED",
        "three-way",
        _ACKNOWLEDGED,
        N + 1,
        TCP.rule("A-1").when,
    ),
)
"""Octets have the numbers OLD+1 to OLD+n, the FIN OLD+n+1; they were acknowledged by OLD+1 to OLD+n+2 (§3.4)."""

STATEMENTS: dict[str, tuple[Statement, ...]] = {
    "Z-2": COMPARISON,
    "Z-3": TABLE_6,
    "Z-4": RETRANSMITTED,
    "Z-7": OUTSIDE,
}
"""By query, what the language can say of it outright."""

# --- all of them ------------------------------------------------------------------------------------------------

_QUERIES: tuple[Query, ...] = (
    Query(
        "Z-1",
        "How long is the period of the ISN clock, and does it keep the numbers of two incarnations apart?",
        "RFC 9293 §3.4.1, §3.4.3; RFC 1185, appendix",
        "4 microseconds make 4.77 hours, not 4.55; they do if no incarnation sends faster than the clock and each ends "
        "an MSL before the clock comes round.",
    ),
    Query(
        "Z-2",
        "Is 'less than' on sequence numbers total, antisymmetric, transitive?",
        "RFC 9293 §3.4; RFC 7323 §5.2",
        "Total; both ways half of all numbers apart; transitive only over gaps of up to a quarter of all.",
    ),
    Query(
        "Z-3",
        "Is a segment acceptable by Table 6 exactly when it overlaps the window?",
        "RFC 9293 §3.4, §3.10.7.4 first, Table 6",
        "Yes if it is no longer than the window; one that reaches beyond it on both sides is refused.",
    ),
    Query(
        "Z-4",
        "Can a retransmitted SYN or FIN be acceptable to an end that has received it?",
        "RFC 9293 §3.10.7.4 first, Table 6",
        "Never, whatever RCV.NXT and the window.",
    ),
    Query(
        "Z-5",
        "Does one rule at most fire in each step, and does every event have one (P-10)?",
        "RFC 9293 §3.10",
        "Yes.",
    ),
    Query(
        "Z-6",
        "Does one arbitrary segment keep SND.UNA and SND.NXT in order, and RCV.NXT advancing (P-06, P-07)?",
        "RFC 9293 §3.4",
        "Yes, by induction over one step.",
    ),
    Query(
        "Z-7",
        "How many sequence numbers of a blind RST reset a connection?",
        "RFC 793 §3.4; RFC 5961 §1.2, §3.2, erratum 4845",
        "As many as the window has with RFC 793, so that 2^32/window guesses are enough; one with RFC 5961.",
    ),
    Query(
        "Z-8",
        "When do segments of an old incarnation that sent n octets count in a new one whose ISS is K larger?",
        "RFC 9293 §3.4.1, §3.6.1 (MAY-2); RFC 1185, appendix; erratum 3301",
        "An octet if n >= K+1, a FIN if n >= K, an ACK in SYN-RECEIVED if n >= K-1, with RFC 793's '=<' if n >= K-2.",
    ),
    Query(
        "Z-9",
        "How long must TIME-WAIT be, in MSLs, so that no old segment outlives it?",
        "RFC 9293 §3.6.1, MUST-13",
        "2 MSL, and no less.",
    ),
    Query(
        "Z-10",
        "When does TIME-WAIT end before a retransmitted FIN arrives?",
        "RFC 9293 §3.6.1, MUST-13; RFC 6298 §5 (5.5)",
        "After k losses it may, exactly if it is shorter than MSL + (2^k - 1) RTO.",
    ),
    Query(
        "Z-11",
        "Is a counterexample at a small width also one at 32 bits?",
        "RFC 9293 §3.4",
        "Yes: the same rules fire with 32-bit numbers and real times.",
    ),
    Query(
        "Z-12",
        "Does what every segment ever sent says stay true with each rule?",
        "RFC 9293 §3.5",
        "Yes: P-01 and P-02 hold whatever the network does.",
    ),
)
QUERIES: dict[str, Query] = {query.id: query for query in _QUERIES}
"""Every question by id."""
