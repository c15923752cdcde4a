"""Every property by id, in order."""

from __future__ import annotations

from spec.language.beside import Property
from spec.properties import closing, handshake, sequence, text
from spec.properties.figure5 import FIGURE_5
from spec.properties.service import SERVICE
from spec.properties.whole_graph import COVERAGE, TERMINAL

PROPERTIES: dict[str, Property] = {
    prop.id: prop
    for prop in sorted(
        (
            *handshake.PROPERTIES,
            *sequence.PROPERTIES,
            *closing.PROPERTIES,
            *text.PROPERTIES,
            SERVICE,
            FIGURE_5,
            COVERAGE,
            TERMINAL,
        ),
        key=lambda prop: prop.id,
    )
}
