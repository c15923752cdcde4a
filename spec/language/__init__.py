"""The language that the relation is written in: sorts, expressions, rules, relations, and their text reader."""

from spec.language.errors import SpecError, nearest
from spec.language.expressions import (
    BoolExpr,
    EnumExpr,
    Expr,
    NatExpr,
    PairsExpr,
    SeqExpr,
    Update,
    all_of,
    any_of,
    before,
    between,
    choose,
    count,
    leq,
    lt,
    named,
    negated,
    seq,
    smaller,
)
from spec.language.relation import Change, Relation, Variable, rules_of
from spec.language.rules import CONTINUE, RETURN, Event, Flow, Message, Rule, Step, continue_at
from spec.language.sorts import BOOL, NAT, PAIRS, SEQ, Sort, enum
from spec.language.text import rule_fields, show, show_message, show_rule
from spec.language.variables import (
    CALL,
    GHOST,
    SEG,
    SENT,
    TCB,
    Spelling,
    bool_var,
    enum_var,
    name_of,
    nat_var,
    pairs_var,
    seq_var,
)

__all__ = [
    "BOOL", "CALL", "CONTINUE", "GHOST", "NAT", "PAIRS", "RETURN", "SEG", "SENT", "SEQ", "TCB",
    "BoolExpr", "Change", "EnumExpr", "Event", "Expr", "Flow", "Message", "NatExpr", "PairsExpr", "Relation",
    "Rule", "SeqExpr", "Sort", "SpecError", "Spelling", "Step", "Update", "Variable",
    "all_of", "any_of", "before", "between", "bool_var", "choose", "continue_at",
    "count", "enum", "enum_var", "leq", "lt",
    "name_of", "named", "nat_var", "nearest", "negated", "pairs_var", "rule_fields", "rules_of", "seq", "seq_var",
    "show", "show_message", "show_rule", "smaller",
]  # fmt: skip
