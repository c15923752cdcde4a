"""Z-2, Z-3, Z-4, Z-7 and Z-8: what z3 answers, checked again by the concrete reader, which shares nothing with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest

from checker.concrete import ConcreteReader, Scope, compiled, source
from checker.symbolic import queries
from checker.symbolic.clocks import Case
from checker.symbolic.proof import PROVED, REFUTED, Proof, verdict_of
from spec.language import NAT, BoolExpr, NatExpr, all_of, leq, lt
from spec.queries import BARE_RST, OVERLAP, QUERIES, RESETS, RETRANSMITTED, STATEMENTS, A, B, Overlap, Resets, Statement
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS, RCV, SEG, SND

SMALL = 6
M = 1 << SMALL
FLAGS = ("SYN bit", "ACK bit", "FIN bit", "RST bit")


@cache
def answered(query: str, bits: int = 32) -> Proof:
    return queries.answer(query, bits)


def numbers(line: str) -> dict[str, int]:
    return {name.strip(" :"): int(value) for name, value in re.findall(r"([A-Za-z][\w. ]*) = (\d+)", line)}


def holds(formula: BoolExpr, given: Mapping[str, int], bits: int = 32) -> bool:
    """Read a formula by the concrete reader; bits that are not given are not set, M/2 and M/4 are known."""
    known: dict[str, Any] = {"M/2": 1 << (bits - 1), "M/4": 1 << (bits - 2), **dict.fromkeys(FLAGS, False)}
    known |= {name.removeprefix("SEG."): value for name, value in given.items()}
    read = sorted({part.payload for part in formula.walk() if part.op == "var"})
    fields = {owner: {name: i for i, (_, name) in enumerate(read)} for owner, _ in read}
    scope = Scope(dict.fromkeys(fields, "v"), fields, {})
    return bool(compiled("v", source(formula, scope), bits)(tuple(known[name] for _, name in read)))


@pytest.mark.parametrize("query", queries.ANSWERED)
def test_every_query_is_answered_as_expected(query: str) -> None:
    proof = answered(query)
    assert (proof.property, proof.verdict) == (query, PROVED)
    assert {claim.expected for claim in proof.claims} == {"sat", "unsat"}


@pytest.mark.parametrize("query", queries.NUMBERS)
def test_the_answers_are_the_same_at_a_small_width(query: str) -> None:
    assert answered(query, 8).verdict == PROVED


def test_other_queries_are_not_answered_here() -> None:
    assert set(queries.ANSWERED) < set(QUERIES)
    with pytest.raises(ValueError, match="Z-5 is not a query about numbers"):
        queries.answer("Z-5")


def test_every_counterexample_is_one_for_the_concrete_reader() -> None:
    for query, statements in STATEMENTS.items():
        for statement in statements:
            if not statement.valid:
                line = next(w for w in answered(query).witness if w.startswith(f"not so: {statement.says}: "))
                shown = line.removeprefix(f"not so: {statement.says}: ")
                given = {**numbers(shown), **{f"{bit} bit": 1 for bit in re.findall("SYN|ACK|FIN|RST", shown)}}
                assert all(holds(condition, given) for condition in statement.given), line
                assert not holds(all_of(*statement.holds), given), line


def test_the_comparison_is_what_it_is_said_to_be_for_all_small_numbers() -> None:
    less = {(a, b): holds(lt(A, B), {"a": a, "b": b}, SMALL) for a, b in product(range(M), repeat=2)}
    assert all(less[a, b] or less[b, a] for a, b in less if a != b)
    assert {(b - a) % M for a, b in less if less[a, b] and less[b, a]} == {M // 2}
    for most in (M // 4, M // 4 + 1):
        chain = product(range(M), range(1, most + 1), range(1, most + 1))
        assert all(less[a, (a + d + e) % M] for a, d, e in chain) is (most == M // 4)


def test_the_reset_counts_are_those_of_the_concrete_reader() -> None:
    window = 5
    for resets, expected in zip(RESETS, (window, 1), strict=True):
        reader = ConcreteReader(VARIANTS[resets.variant].relation, SMALL, CALL_FIELDS, {"RCV.WND": window})
        tcb = ("ESTABLISHED", *reader.initial[1:])
        hits = 0
        for number in range(M):
            bare = {**dict.fromkeys(TCP.message, 0), **BARE_RST, "SEQ": number}
            outcome = reader.run(tcb, "SEGMENT ARRIVES", tuple(bare[name] for name in TCP.message))
            hits += outcome is not None and outcome.tcb[0] == "CLOSED"
        assert hits == expected, resets.variant


def test_the_strides_are_those_of_rfc_5961() -> None:
    first, second = answered("Z-7").witness[:2]
    assert "131072 RSTs" in first
    assert "65536 on average" in first
    assert "65538 RSTs" in second
    assert "32768 on average" in second


def test_another_reset_rule_gives_another_count() -> None:
    unchecked = VARIANTS["rst-unchecked"].relation
    for count in (RCV.WND, NatExpr("const", NAT, (), 1)):
        case = Case("Z-7")
        queries.count_resets(case, unchecked, Resets("rst-unchecked", count), 32)
        assert case.proof("").verdict == REFUTED
        assert case.proof("all as expected").says.startswith("Not as claimed: rst-unchecked")


def test_a_retransmitted_syn_is_accepted_by_a_looser_rule() -> None:
    mutant = replace(RETRANSMITTED[0], holds=(lt(SEG.SEQ + 1, RCV.NXT),))
    case = Case("Z-4")
    queries.state(case, mutant, 32)
    assert verdict_of(case.claims) == REFUTED


def test_a_statement_that_is_wrong_is_refuted_either_way() -> None:
    for statement in (Statement("too much", (lt(A, B),), (lt(B, A),)), Statement("too little", (), (A == A,), False)):  # noqa: PLR0124
        case = Case("Z-2")
        queries.state(case, statement, 32)
        assert verdict_of(case.claims) == REFUTED


def region(overlap: Overlap) -> tuple[int | None, str]:
    case = Case("Z-8")
    found = queries.overlap_region(case, overlap, 32)
    return found[0], verdict_of(case.claims)


def test_the_thresholds_of_overlap() -> None:
    assert [region(overlap) for overlap in OVERLAP] == [(d, PROVED) for d in (1, 0, -1, -2, 0)]


def test_the_thresholds_are_those_of_counting() -> None:
    for overlap, plus in zip(OVERLAP[2:4], (-1, -2), strict=True):
        for k, n in product(range(1, 8), range(8)):
            tcb = {"SND.UNA": 10 + k, "SND.NXT": 11 + k}
            taken = any(holds(all_of(*overlap.taken), {**tcb, "ACK": 10 + i}, SMALL) for i in range(1, n + 3))
            assert taken is (n >= k + plus), (overlap.variant, k, n)
    for k, n in product(range(1, 8), range(8)):
        tcb = {"RCV.NXT": 11 + k, "RCV.WND": 4, "DATA": 1}
        octet = any(holds(all_of(*OVERLAP[0].taken), {**tcb, "SEQ": 10 + i}, SMALL) for i in range(1, n + 1))
        fin = holds(all_of(*OVERLAP[1].taken), {**tcb, "DATA": 0, "FIN bit": 1, "SEQ": 11 + n}, SMALL)
        assert (octet, fin) == (n >= k + 1, k <= n < k + 4)


def test_another_guard_moves_the_threshold() -> None:
    strict = replace(OVERLAP[2], taken=(lt(SND.NXT, SEG.ACK),))
    assert region(strict) == (0, PROVED)
    loose = replace(OVERLAP[2], taken=(leq(SND.UNA, SEG.ACK + 1), leq(SEG.ACK, SND.NXT)))
    assert region(loose) == (-3, PROVED)
    assert region(replace(OVERLAP[2], taken=(SEG.ACK == SND.NXT + 40,)))[0] is None


def test_a_stale_ack_at_the_edge_establishes_the_connection() -> None:
    edge = numbers(answered("Z-8").witness[2].split("at the edge ")[1])
    reader = ConcreteReader(TCP, 32, CALL_FIELDS)
    tcb = dict(zip(reader.index, reader.initial, strict=True))
    tcb |= {name: value for name, value in edge.items() if name in tcb}
    tcb |= {"STATE": "SYN-RECEIVED", "ORIGIN": "passive", "RCV.NXT": 7}
    for early, state in ((0, "ESTABLISHED"), (1, "SYN-RECEIVED")):
        segment = {**dict.fromkeys(TCP.message, 0), "SEQ": 7, "ACK": (edge["SEG.ACK"] - early) % 2**32, "ACK bit": True}
        arrived = tuple(segment[name] for name in TCP.message)
        outcome = reader.run(tuple(tcb.values()), "SEGMENT ARRIVES", arrived)
        assert outcome is not None
        assert outcome.tcb[0] == state
    assert edge["n"] == edge["K"] - 1
