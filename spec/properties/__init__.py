"""Every property by id, in order."""

from __future__ import annotations

from spec.language.beside import Property
from spec.properties import closing, handshake, progress, resets, sequence, sockets, text, time_wait
from spec.properties.blind import BLIND_ROBUSTNESS
from spec.properties.equivalence import EQUIVALENCE
from spec.properties.figure5 import FIGURE_5
from spec.properties.knowledge import KNOWLEDGE
from spec.properties.resets import FORGERY
from spec.properties.sequence import RULES_ALONE, UNIQUE_BINDING
from spec.properties.service import SERVICE
from spec.properties.whole_graph import COVERAGE, TERMINAL

PROPERTIES: dict[str, Property] = {
    prop.id: prop
    for prop in sorted(
        (
            *handshake.PROPERTIES,
            *resets.PROPERTIES,
            *sequence.PROPERTIES,
            *closing.PROPERTIES,
            *text.PROPERTIES,
            *progress.PROPERTIES,
            *time_wait.PROPERTIES,
            *sockets.PROPERTIES,
            BLIND_ROBUSTNESS,
            EQUIVALENCE,
            UNIQUE_BINDING,
            *RULES_ALONE,
            FORGERY,
            KNOWLEDGE,
            SERVICE,
            FIGURE_5,
            COVERAGE,
            TERMINAL,
        ),
        key=lambda prop: prop.id,
    )
}
