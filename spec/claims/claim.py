"""Claims: sentences of tutorials as data, each with the questions that decide it. No verdict is written down.

A claim is TRUE if every question of `true_if` is answered yes; ONLY IF its condition holds, if that fails but every
question of `only_if` is answered yes; else FALSE.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from spec.environment import World
from spec.language.beside import Part

THREE_WAY = "three-way"
SOURCES: dict[str, str] = {
    "S0": "tutorial 0: three-way open, four-way close, field by field",
    "S1": "tutorial 1: the eleven states, and why not two segments",
    "S2": "tutorial 2: what being connected means; initial sequence numbers; TIME-WAIT",
    "S3": "tutorial 3: flags and states, with an own account of CLOSING",
    "S4": "tutorial 4: the socket calls",
}
"""Where claims come from: five tutorials that tell the same story, in words of ours."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A part of a property, judged by exploring a world; yes: it holds (and is not vacuous), or is witnessed."""

    part: Part
    world: World
    variant: str = THREE_WAY


@dataclass(frozen=True)
class Catalogue:
    """A property of the catalogue, by id, judged in a scenario; yes: it holds."""

    about: str
    variant: str = THREE_WAY
    scenario: str = "quick"


@dataclass(frozen=True)
class Edges:
    """Changes of state that the rules of a variant can cause; yes: all of `there` and none of `never` are possible."""

    there: tuple[tuple[str, str], ...] = ()
    never: tuple[tuple[str, str], ...] = ()
    variant: str = THREE_WAY


@dataclass(frozen=True)
class Into:
    """The states from which a state is entered, by the rules of a variant; yes: they are exactly these."""

    state: str
    sources: tuple[str, ...]
    variant: str = THREE_WAY


@dataclass(frozen=True)
class Scripted:
    """A run in the layout of the RFC's figures (spec/script.py); yes: the relation of a variant allows every line."""

    text: str
    variant: str = THREE_WAY


@dataclass(frozen=True)
class Query:
    """A question to z3 (spec/queries.py, or a property that `prove` decides); yes: it is proved."""

    id: str


@dataclass(frozen=True)
class Sum:
    """Arithmetic, exact: `left` compared with `right` ("<", "<=", "=", "about": equal to 5 in a hundred)."""

    says: str
    left: Fraction
    relation: str
    right: Fraction


@dataclass(frozen=True, eq=False)
class Sends:
    """The shortest run of a world that shows something; yes: it sends exactly so many segments."""

    shows: Part
    world: World
    count: int
    variant: str = THREE_WAY


@dataclass(frozen=True, eq=False)
class Not:
    """The opposite of a question; yes: that is answered no."""

    question: Question


Question = Seen | Catalogue | Edges | Into | Scripted | Query | Sum | Sends | Not


@dataclass(frozen=True, eq=False)
class Condition:
    """What makes a claim true that is not so in general: a sentence, and questions asked where it holds."""

    sentence: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim.

    id             the tutorial and a number; never changes. sentence: what is claimed, in plain words of ours.
    true_if        questions that are all answered yes exactly if it is true as it stands.
    only_if        a condition under which it is true, if it is not as it stands.
    not_checkable  why it is no claim about the protocol, if it is none: an opinion, a statistic, a matter of style.
    note           what to know of the answer: one or two sentences, with sections of the RFC.
    """

    id: str
    sentence: str
    true_if: tuple[Question, ...] = ()
    only_if: Condition | None = None
    not_checkable: str = ""
    note: str = ""

    @property
    def source(self) -> str:
        """The tutorial."""
        return self.id.partition("-")[0]


@dataclass(frozen=True, eq=False)
class Side:
    """What one side of a contradiction says; it is right if its questions are all answered yes; and who says so."""

    says: str
    questions: tuple[Question, ...]
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Contradiction:
    """Sides that cannot all be right, on a topic."""

    id: str
    topic: str
    sides: tuple[Side, ...]
