"""What stands beside the relation, symbolically: ghosts along a path, formulas of steps and states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import z3

from checker.symbolic.endpoint import Path
from checker.symbolic.terms import Record, Term, Terms, View, as_pairs
from spec.language import GHOST, NAT, SENT, SEQ, TCB, Expr
from spec.language.beside import Ghost
from spec.vocabulary import SEGMENT_ARRIVES


@dataclass(frozen=True)
class Happened:
    """A path with what it makes of the ghosts, and its segments with theirs; `view` reads formulas of steps."""

    path: Path
    ghosts: Record
    sent: tuple[Record, ...]
    view: View


def _chosen(condition: Term, then: Term, otherwise: Term) -> Term:
    if z3.is_true(condition) or z3.is_false(condition):
        return then if z3.is_true(condition) else otherwise
    if callable(then):
        return as_pairs(then).only_if(condition, as_pairs(otherwise))
    return z3.If(condition, then, otherwise)


class Ghostwriter:
    """Writes ghosts beside paths: those of the end in order, each reading those before it, then those of segments."""

    def __init__(self, terms: Terms, ghosts: Sequence[Ghost], tags: Mapping[str, Expr]) -> None:
        self.terms, self.ghosts, self.tags = terms, ghosts, tags

    def written(self, path: Path, before: Record, old: Record, shared: Mapping[str, Record]) -> Iterator[Happened]:
        """Yield what happened: `before` and `old` are TCB and ghosts before the path, `shared` holds SEG and CALL.

        Where numbers of ghosts depend on what the path leaves open, each case is a Happened of its own: a choice inside
        a difference of numbers is what solvers are slowest at.
        """
        yield from self._grown(path, before, old, shared, {})

    def _grown(
        self, path: Path, before: Record, old: Record, shared: Mapping[str, Record], new: Record
    ) -> Iterator[Happened]:
        """Write the ghosts that `new` lacks."""
        after = View({TCB: path.tcb, GHOST: {**old, **new}, **shared})
        step = (path.event, path.chain, path.assigned, path.sent, path.event == SEGMENT_ARRIVES.name)
        view = View({TCB: before, GHOST: old, **shared}, {"after": after}, *step)
        if len(new) == len(self.ghosts):
            yield Happened(path, new, tuple(self._tagged(view, fields) for fields in path.sent), view)
            return
        ghost = self.ghosts[len(new)]
        value, cases = old[ghost.name], []
        for when, becomes in ghost.updates:
            condition = z3.simplify(self.terms.read(when, view))
            if not z3.is_false(condition):
                cases.append((condition, self.terms.read(becomes, view)))
            if z3.is_true(condition):
                break
        if ghost.variable.sort not in (SEQ, NAT):
            for condition, becomes in reversed(cases):
                value = _chosen(condition, becomes, value)
            cases = []
        otherwise: tuple[Term, ...] = ()
        for condition, becomes in cases:
            here = replace(path, conditions=(*path.conditions, *otherwise, condition))
            yield from self._grown(here, before, old, shared, {**new, ghost.name: becomes})
            otherwise = (*otherwise, z3.Not(condition))
        if not (cases and z3.is_true(cases[-1][0])):
            here = replace(path, conditions=(*path.conditions, *otherwise))
            yield from self._grown(here, before, old, shared, {**new, ghost.name: value})

    def _tagged(self, view: View, fields: Record) -> Record:
        reading = view.reading(SENT, fields)
        return {**fields, **{name: self.terms.read(value, reading) for name, value in self.tags.items()}}
