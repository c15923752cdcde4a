"""Named expressions as definitions of their own, for languages whose functions take a TCB and a segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.export.facts import Facts
from checker.export.terms import identifier
from spec.language import Expr, Sort


@dataclass(frozen=True)
class Word:
    """A definition: its name, what it takes (t, a TCB; seg, the arriving segment), its sort and its body as text."""

    name: str
    needs: tuple[str, ...]
    sort: Sort
    body: str


class Words:
    """The definitions that the rules written so far need, each after those that it needs; `body` writes one down.

    `applied` is how a language writes a function applied to its arguments, `between` what stands between them.
    """

    def __init__(
        self, facts: Facts, body: Callable[[Expr], str], applied: str = "{0}({1})", between: str = ", "
    ) -> None:
        self.facts, self._body = facts, body
        self._applied, self._between = applied, between
        self._known: dict[tuple[object, ...], Word] = {}

    @property
    def words(self) -> tuple[Word, ...]:
        """All of them."""
        return tuple(self._known.values())

    def refer(self, expression: Expr, tcb: str) -> str | None:
        """Return the definition applied to the TCB `tcb`; None where the expression has to be written out."""
        reads = {part.payload for part in expression.walk() if part.op == "var"}
        constants = {name for owner, name in reads if owner == "TCB" and name in self.facts.constants}
        differ = any(one != two for one, two in (self.facts.constants[name] for name in constants))
        owners = {owner for owner, name in reads if owner != "TCB" or name not in constants}
        if differ or not owners <= {"TCB", "SEG"}:
            return None
        word = self._word(expression, tuple(["t"] * ("TCB" in owners) + ["seg"] * ("SEG" in owners)))
        given = [tcb if need == "t" else need for need in word.needs]
        return self._applied.format(word.name, self._between.join(given)) if given else word.name

    def _word(self, expression: Expr, needs: tuple[str, ...]) -> Word:
        key = expression.key()
        if key not in self._known:
            body, name = self._body(expression.args[0]), identifier(expression.payload)
            while any(name == word.name for word in self._known.values()):
                name += "_"
            self._known[key] = Word(name, needs, expression.sort, body)
        return self._known[key]
