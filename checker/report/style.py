"""How text looks on a terminal."""

from __future__ import annotations


class Style:
    """Colour on a terminal, none elsewhere."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def good(self, text: str) -> str:
        """Return text for something as it should be."""
        return self._paint(text, "32")

    def bad(self, text: str) -> str:
        """Return text for something that must be looked at."""
        return self._paint(text, "31;1")

    def soft(self, text: str) -> str:
        """Return text for something expected to fail."""
        return self._paint(text, "33")

    def head(self, text: str) -> str:
        """Return a heading."""
        return self._paint(text, "1")

    def _paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text
