"""Records as bit-vectors: a constructor puts fields side by side, each field is a function that cuts it out.

Solvers decide bit-vectors far faster than the datatypes that SMT-LIB has for records.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


class Records:
    """The records declared so far, by name, with their widths in bits."""

    def __init__(self) -> None:
        self.widths = {"Bool": 1}

    def width(self, kind: str) -> int:
        """Return how many bits a sort takes."""
        vector = re.fullmatch(r"\(_ BitVec (\d+)\)", kind)
        return int(vector[1]) if vector else self.widths[kind]

    def declared(self, name: str, constructor: str, fields: Mapping[str, str]) -> str:
        """Return the declaration of a record: its sort, its fields, its constructor."""
        total = self.widths[name] = sum(self.width(kind) for kind in fields.values())
        lines, high = [f"(define-sort {name} () (_ BitVec {total}))"], total
        for field, kind in fields.items():
            high -= self.width(kind)
            cut = f"((_ extract {high + self.width(kind) - 1} {high}) it)"
            body = f"(= {cut} #b1)" if kind == "Bool" else cut
            lines.append(f"(define-fun {field} ((it {name})) {kind} {body})")
        given = " ".join(f"({field}? {kind})" for field, kind in fields.items())
        parts = " ".join(f"(ite {f}? #b1 #b0)" if kind == "Bool" else f"{f}?" for f, kind in fields.items())
        whole = f"(concat {parts})" if len(fields) > 1 else parts
        return "\n".join([*lines, f"(define-fun {constructor} ({given}) {name} {whole})"])
