"""The text reader: every operator and every rule in the RFC's notation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spec.language import (
    CONTINUE,
    SEG,
    BoolExpr,
    Expr,
    Message,
    all_of,
    any_of,
    before,
    between,
    bool_var,
    choose,
    continue_at,
    count,
    enum,
    enum_var,
    leq,
    lt,
    named,
    nat_var,
    negated,
    pairs_var,
    rule_fields,
    seq_var,
    show,
    show_message,
    show_rule,
    smaller,
)
from spec.language.beside import (
    after,
    arrived,
    assigned,
    event_is,
    every_sent,
    fired,
    in_flight,
    peer,
    sent_count,
    some_sent,
)
from spec.language.expressions import OPERATORS
from spec.tcp import TCP
from spec.vocabulary import ACK, CLOSE, FIN, ISS, OPEN, OTHER_STEPS, RCV, RST, SND, SYN, segment

A, B, X = seq_var("A"), seq_var("B"), seq_var("SEQ", SEG)
N, M = nat_var("N"), nat_var("M")
P, SYN_BIT = bool_var("P"), bool_var("SYN bit", SEG)
S = pairs_var("S")
STATE = enum_var("STATE", enum("state", "OPEN", "SHUT"))

PRINTED: dict[str, list[tuple[Expr, str]]] = {
    "const": [(STATE == "OPEN", "STATE = OPEN"), (N == 3, "N = 3"), (all_of(), "true")],
    "var": [(A, "A"), (X, "SEG.SEQ"), (SYN_BIT, "SYN in SEG.CTL")],
    "not": [
        (A != B, "A /= B"),
        (negated(P), "not P"),
        (negated(SYN_BIT), "SYN not in SEG.CTL"),
        (negated(lt(A, B)), "not (A < B)"),
        (negated(negated(P)), "not (not P)"),
    ],
    "and": [(all_of(P, A == B), "P and A = B"), (all_of(P, any_of(P, P)), "P and (P or P)")],
    "or": [
        (any_of(P, A == B), "P or A = B"),
        (any_of(), "false"),
        (any_of(all_of(P, P), P), "(P and P) or P"),
    ],
    "eq": [
        (A == B, "A = B"),
        (lt(A, B) == negated(P), "(A < B) = (not P)"),
        (SYN_BIT != P, "(SYN in SEG.CTL) /= P"),
    ],
    "in": [(STATE.isin(("OPEN", "SHUT")), "STATE in {OPEN, SHUT}")],
    "seq_lt": [(lt(A, B), "A < B"), (between(A, "<", X, "=<", B), "A < SEG.SEQ =< B")],
    "seq_leq": [(leq(A, B), "A =< B"), (all_of(leq(A, X), lt(A, B)), "A =< SEG.SEQ and A < B")],
    "seq_add": [(A + N, "A + N"), (A + N - 1, "A + N - 1")],
    "seq_sub": [(A - 1, "A - 1"), (A - (N + M), "A - (N + M)")],
    "distance": [(A - B, "A - B"), (A - (B + 1), "A - (B + 1)"), ((A - B) + N, "A - B + N")],
    "nat_lt": [(N < M, "N < M"), (N > 0, "N > 0")],
    "nat_leq": [(N <= M, "N =< M"), (N >= 2, "N >= 2")],
    "nat_add": [(N + M, "N + M")],
    "nat_sub": [(N - M, "N - M"), (N - (M - 1), "N - (M - 1)")],
    "nat_min": [(smaller(N, M), "min(N, M)")],
    "choose": [(choose(P, N, M), "(N if P, else M)")],
    "count": [(count(SYN_BIT) + N, "[SYN in SEG.CTL] + N")],
    "pairs_has": [(S.has(N, M), "(N, M) in S")],
    "pairs_add": [(S.with_pair(N, M), "add(S, N, M)")],
    "pairs_add_run": [(S.with_run(N, M, N), "add run(S, N, M, N)")],
    "pairs_meets_run": [(S.meets_run(N, M, N), "meets(S, N, M, N)")],
    "pairs_other_first": [(S.has_other_first(N, M), "another in(S, N, M)")],
    "named": [(named("the sum", N + M) < 3, "the sum < 3")],
    "before": [(before(A) + 1, "before(A) + 1")],
    "after": [(after(N) - N, "after(N) - N")],
    "peer": [(peer(A) == B, "peer(A) = B")],
    "event": [(event_is(OPEN, CLOSE), "event OPEN or CLOSE")],
    "fired": [(fired("A-1", "A-3"), "fired A-1 or A-3")],
    "assigned": [(assigned(ISS), "ISS assigned")],
    "arrived": [(arrived(), "SEGMENT ARRIVES")],
    "some_sent": [(some_sent(P), "some sent(P)")],
    "every_sent": [(every_sent(A == B), "every sent(A = B)")],
    "sent_count": [
        (sent_count() == 2, "number of segments sent = 2"),
        (sent_count() > N, "N < number of segments sent"),
    ],
    "in_flight": [
        (in_flight(A == B), "in flight(A = B)"),
        (negated(in_flight(all_of(P, lt(A, B)))), "not (in flight(P and A < B))"),
    ],
}


def test_the_table_has_every_operator() -> None:
    assert set(PRINTED) == set(OPERATORS)


@pytest.mark.parametrize(("operator", "expression", "text"), [(o, *row) for o, rows in PRINTED.items() for row in rows])
def test_each_operator_is_printed_as_the_rfc_writes_it(operator: str, expression: Expr, text: str) -> None:
    assert operator in {part.op for part in expression.walk()} or text == "true"
    assert show(expression) == text
    assert repr(expression) == text


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (segment(SEQ=ISS, CTL=SYN), "<SEQ=ISS><CTL=SYN>"),
        (segment(SEQ=ISS, ACK=RCV.NXT, CTL=ACK | SYN), "<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>"),
        (segment(SEQ=SND.NXT - 1, ACK=RCV.NXT, CTL=FIN | ACK), "<SEQ=SND.NXT - 1><ACK=RCV.NXT><CTL=FIN,ACK>"),
        (segment(SEQ=SND.NXT, CTL=RST), "<SEQ=SND.NXT><CTL=RST>"),
        (segment(SEQ=SND.UNA, ACK=RCV.NXT, CTL=ACK, DATA=N), "<SEQ=SND.UNA><ACK=RCV.NXT><DATA=N><CTL=ACK>"),
    ],
)  # fmt: skip
def test_a_segment_is_printed_as_in_the_figures(sent: tuple[Message, ...], text: str) -> None:
    assert [show_message(message) for message in sent] == [text]


def test_a_rule_is_printed_field_by_field_and_empty_fields_are_left_out() -> None:
    assert show_rule(TCP.rule("A-4")).splitlines() == [
        "A-4",
        "  title   The ACK of our FIN leads from FIN-WAIT-1 to FIN-WAIT-2.",
        "  cite    RFC 9293 §3.10.7.4, fifth, FIN-WAIT-1",
        "  on      §3.10.7.4 fifth (our FIN)",
        "  state   FIN-WAIT-1",
        "  when    our FIN is acknowledged",
        "  goto    FIN-WAIT-2",
        "  flow    continue",
    ]


def test_the_flow_of_a_rule_is_printed() -> None:
    flows = {rule_fields(rule)["flow"] for rule in TCP.rules}
    assert flows == {"return", "continue", f"continue at {OTHER_STEPS.TEXT}"}
    assert (CONTINUE.word, continue_at(OTHER_STEPS.TEXT).word) == ("continue", "continue at")


def test_the_whole_rule_table(golden: Callable[[str, str], None]) -> None:
    golden("rules.txt", "\n\n".join(show_rule(rule) for rule in TCP.rules) + "\n")


def test_no_printed_rule_shows_a_python_object() -> None:
    for rule in TCP.rules:
        text = show_rule(rule)
        assert not any(sign in text for sign in ("Expr(", "object at", "Var(", "==", "!=", "None")), rule.id


def test_equal_print_of_two_conditions_of_a_rule_means_that_one_is_written_twice() -> None:
    for rule in TCP.rules:
        printed = [show(condition) for condition in rule.when]
        assert len(set(printed)) == len(printed), rule.id


def test_a_conjunction_of_one_prints_as_its_member() -> None:
    assert show(BoolExpr("and", P.sort, (P,))) == "P"
