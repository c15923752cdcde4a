"""Tables of verdicts as pictures: rows, columns and a word in each cell."""

from __future__ import annotations

from dataclasses import dataclass

from diagrams.pictured import Pictured


@dataclass(frozen=True)
class Cell:
    """A cell: its words, and whether what they say is "good", "bad" or neither ("")."""

    text: str
    mood: str = ""


@dataclass(frozen=True)
class Grid(Pictured):
    """A table with a title: what rows and columns are (`head`), their labels, the cells row by row."""

    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
