"""What may be said beside the relation: formulas about a whole step, about both ends, about what was sent.

Ghosts and properties are written with these; a rule that uses one is refused (spec/language/rules.py).
A plain variable reads the state before the step (in a property of states: the state itself), `after(x)` the
state after it, `peer(x)` the other end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from spec.language.errors import SpecError
from spec.language.expressions import BoolExpr, Expr, NatExpr
from spec.language.rules import Event, Step
from spec.language.sorts import BOOL, NAT
from spec.language.variables import GHOST, name_of

E = TypeVar("E", bound=Expr)


def after(expression: E) -> E:
    """Return the expression read after the step."""
    return type(expression)("after", expression.sort, (expression,))


def peer(expression: E) -> E:
    """Return the expression read at the other end."""
    return type(expression)("peer", expression.sort, (expression,))


def event_is(*events: Step | Event) -> BoolExpr:
    """Return the condition that the step handled one of these events."""
    return BoolExpr("event", BOOL, (), tuple(e.event.name if isinstance(e, Step) else e.name for e in events))


def fired(*rule_ids: str) -> BoolExpr:
    """Return the condition that one of these rules fired in the step."""
    return BoolExpr("fired", BOOL, (), rule_ids)


def assigned(variable: Expr) -> BoolExpr:
    """Return the condition that a rule assigned `variable` in the step."""
    return BoolExpr("assigned", BOOL, (), name_of(variable))


def arrived() -> BoolExpr:
    """Return the condition that the step handled an arriving segment; false makes SEG meaningless."""
    return BoolExpr("arrived", BOOL)


def some_sent(condition: BoolExpr) -> BoolExpr:
    """Return the condition that a segment sent in the step satisfies `condition`, which reads it as SENT."""
    return BoolExpr("some_sent", BOOL, (condition,))


def every_sent(condition: BoolExpr) -> BoolExpr:
    """Return the condition that all segments sent in the step satisfy `condition`, which reads each as SENT."""
    return BoolExpr("every_sent", BOOL, (condition,))


def sent_count() -> NatExpr:
    """Return how many segments were sent in the step."""
    return NatExpr("sent_count", NAT)


def in_flight(condition: BoolExpr) -> BoolExpr:
    """Return the condition that some segment in flight satisfies `condition`, which reads it as SENT."""
    return BoolExpr("in_flight", BOOL, (condition,))


@dataclass(frozen=True, eq=False)
class Ghost:
    """History kept beside one end: the first of `updates` whose condition holds gives the new value.

    Conditions and values read the step: plain before, after(x) after it, including ghosts declared earlier.
    """

    variable: Expr
    initial: Any
    updates: tuple[tuple[BoolExpr, Expr], ...]
    meaning: str

    def __post_init__(self) -> None:
        if self.variable.payload[0] != GHOST:
            raise SpecError(f"{self.variable} is not a ghost variable.")
        for _, value in self.updates:
            if value.sort != self.variable.sort:
                raise SpecError(f"ghost {self.variable} is a {self.variable.sort}, assigned '{value}'.")

    @property
    def name(self) -> str:
        """The ghost's name."""
        return name_of(self.variable)


@dataclass(frozen=True, eq=False)
class Part:
    """One formula of a property, at each end.

    kind      "always" or "sometimes", over states (`over="state"`) or over steps (`over="step"`);
              "leads_to" and "no_cycle", about runs that never end (`over="run"`);
              "knows", "unsure" and "not_common", about all states that look alike (`over="knowledge"`).
    given     when the formula says anything; if never, the property is vacuous.
    holds     what then holds; for "sometimes": what is to be witnessed.
    fairness  ids of spec.fairness, for "leads_to".

    Raise SpecError where a part over runs or knowledge, which are judged by both ends' states, reads the network.
    """

    kind: str
    over: str
    holds: tuple[BoolExpr, ...]
    given: tuple[BoolExpr, ...] = ()
    says: str = ""
    fairness: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        whole = self.over in ("run", "knowledge")
        for formula in (*self.given, *self.holds) if whole else ():
            if any(part.op == "in_flight" for part in formula.walk()):
                raise SpecError(f"'{formula}' reads what is in flight; {self.kind} can speak of the two ends alone.")


def always(*holds: BoolExpr, given: tuple[BoolExpr, ...] = (), says: str = "") -> Part:
    """Return the part "in every reachable state, at each end, given implies holds"."""
    return Part("always", "state", holds, given, says)


def always_step(*holds: BoolExpr, given: tuple[BoolExpr, ...] = (), says: str = "") -> Part:
    """Return the part "in every step of each end, given implies holds"."""
    return Part("always", "step", holds, given, says)


def sometimes(*holds: BoolExpr, says: str = "") -> Part:
    """Return the part "some reachable state, at some end, has all of this"."""
    return Part("sometimes", "state", holds, (), says)


def sometimes_step(*holds: BoolExpr, says: str = "") -> Part:
    """Return the part "some step of some end has all of this"."""
    return Part("sometimes", "step", holds, (), says)


def leads_to(*holds: BoolExpr, given: tuple[BoolExpr, ...], fairness: tuple[str, ...], says: str = "") -> Part:
    """Return the part "at each end, whenever given, then holds sooner or later, in every fair run"."""
    return Part("leads_to", "run", holds, given, says, fairness)


def no_delivery_cycle(*, says: str = "") -> Part:
    """Return the part "the two ends never answer each other for ever": no cycle of deliveries alone."""
    return Part("no_cycle", "run", (), (), says)


def knows(*holds: BoolExpr, given: tuple[BoolExpr, ...], says: str = "") -> Part:
    """Return the part "whenever given, the end knows that holds": so it is in all states with the same TCB."""
    return Part("knows", "knowledge", holds, given, says)


def unsure(*holds: BoolExpr, given: tuple[BoolExpr, ...], says: str = "") -> Part:
    """Return the part "whenever given, the end does not know that holds"."""
    return Part("unsure", "knowledge", holds, given, says)


def not_common(*holds: BoolExpr, says: str = "") -> Part:
    """Return the part "that holds is never common knowledge": everybody knows that everybody knows that ..."."""
    return Part("not_common", "knowledge", holds, (), says)


@dataclass(frozen=True, eq=False)
class Property:
    """A claim with an id that never changes.

    sentence   what a TCP engineer would say; cite its source; assumes what it rests on, in a sentence.
    parts      formulas that must all hold; or, for whole-graph properties,
    graph      "terminal", "figure-5" or "coverage", judged on the explored graph with `data`;
               "equivalence" or "counting", judged by an engine of its own.
    asked      the kinds of world in which it is judged (spec.environment).
    rules      rules without which it says nothing: it is judged for variants that have one of them; empty: for all.
    """

    id: str
    name: str
    sentence: str
    cite: str
    parts: tuple[Part, ...] = ()
    graph: str = ""
    assumes: str = ""
    data: Mapping[str, Any] | None = None
    asked: tuple[str, ...] = ("safety",)
    rules: tuple[str, ...] = ()
