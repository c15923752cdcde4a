"""A Sphinx extension: pictures by name in documents, drawn from the relation when these are built.

    extensions = ["checker.sphinx_ext"]

    .. tcp-states:: two-way            the state diagram of a variant
       :against: three-way             what differs from another one
    .. tcp-flow:: three-way            how an arriving segment is processed
       :state: LISTEN
    .. tcp-ladder:: two-way P-01       the shortest run that breaks a property
       :scenario: quick
       :relative:
    .. tcp-compare:: two-way three-way the same schedule in both

HTML gets SVG, with the picture's description for those who cannot see it; every other builder gets text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx import addnodes

from checker import pictures
from checker.run_compare import comparison
from checker.usage import UsageError, known
from checker.verify import Request, verify
from diagrams.flow import segment_arrives
from diagrams.pictured import Pictured
from diagrams.sequence import ABSOLUTE, RELATIVE
from diagrams.states import difference, state_diagram
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS
from spec.variants.variant import Variant

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def _variant(name: str) -> Variant:
    return VARIANTS[known("variant", name, list(VARIANTS))]


class _Picture(Directive, ABC):
    """A picture of what the arguments and options name."""

    required_arguments = 1
    has_content = False

    @abstractmethod
    def picture(self) -> Pictured:
        """Return the picture. Raise UsageError for a name that does not exist."""

    def run(self) -> list[nodes.Node]:
        """Return the picture as SVG for HTML, as text for everything else."""
        try:
            picture = self.picture()
        except UsageError as error:
            raise self.error(str(error)) from error
        svg, text = f"{picture:svg}", f"{picture:text}"
        shown, told = addnodes.only(expr="html"), addnodes.only(expr="not html")
        shown += nodes.raw("", f'<div class="synproof">{svg}</div>', format="html")
        told += nodes.literal_block(text, text)
        return [shown, told]


class States(_Picture):
    """tcp-states: the state diagram of a variant, or what differs from another one."""

    option_spec: ClassVar[dict[str, Any]] = {"against": directives.unchanged_required}

    def picture(self) -> Pictured:
        """Return the diagram."""
        variant = _variant(self.arguments[0])
        if "against" not in self.options:
            return state_diagram(variant.relation)
        return difference(_variant(self.options["against"]).relation, variant.relation)


class FlowChart(_Picture):
    """tcp-flow: how an arriving segment is processed."""

    option_spec: ClassVar[dict[str, Any]] = {"state": directives.unchanged_required}

    def picture(self) -> Pictured:
        """Return the flow chart."""
        relation = _variant(self.arguments[0]).relation
        wanted = self.options.get("state", "").upper().split()
        return segment_arrives(relation, [known("state", name, relation.states) for name in wanted])


class LadderOf(_Picture):
    """tcp-ladder: the shortest run of a variant that breaks a property."""

    required_arguments = 2
    option_spec: ClassVar[dict[str, Any]] = {
        "scenario": directives.unchanged_required,
        "relative": directives.flag,
    }

    def picture(self) -> Pictured:
        """Return the ladder."""
        variant, about = _variant(self.arguments[0]), known("property", self.arguments[1], list(PROPERTIES))
        trace = pictures.breaking(variant, about, _scenario(self.options))
        return pictures.run(trace, numbers=RELATIVE if "relative" in self.options else ABSOLUTE)


class Compare(_Picture):
    """tcp-compare: two variants under the same schedule."""

    required_arguments = 2
    option_spec: ClassVar[dict[str, Any]] = {
        "scenario": directives.unchanged_required,
        "property": directives.unchanged_required,
    }

    def picture(self) -> Pictured:
        """Return both runs."""
        names = [_variant(name).name for name in self.arguments]
        result = verify(Request((names[0], names[1]), tuple(PROPERTIES), SCENARIOS[_scenario(self.options)]))
        found = comparison(result, names, self.options.get("property"))
        if found is None:
            raise UsageError(f"{names[0]} and {names[1]}: no run shows how they differ.")
        return pictures.side_by_side(found)


def _scenario(options: dict[str, Any]) -> str:
    return known("scenario", options.get("scenario", "quick"), list(SCENARIOS))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    for name, directive in (("states", States), ("flow", FlowChart), ("ladder", LadderOf), ("compare", Compare)):
        app.add_directive(f"tcp-{name}", directive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
