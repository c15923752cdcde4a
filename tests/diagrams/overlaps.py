"""What overlaps in a scene: texts with each other, with boxes that have words, with the edge of the sheet."""

from __future__ import annotations

from itertools import combinations

from diagrams.layout.scene import LOOKS, Box, Scene, Text

Rectangle = tuple[float, float, float, float]


def _of_text(text: Text) -> Rectangle:
    half = LOOKS[text.look].size * 0.45
    return text.left, text.y - half, text.left + text.width, text.y + half


def _of_box(box: Box) -> Rectangle:
    return box.x - box.width / 2, box.y - box.height / 2, box.x + box.width / 2, box.y + box.height / 2


def _meet(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] - 1 and b[0] < a[2] - 1 and a[1] < b[3] - 1 and b[1] < a[3] - 1


def overlaps(scene: Scene) -> list[tuple[str, str]]:
    """Return pairs of words that stand in each other's way, or outside of the sheet."""
    texts = [text for text in scene.texts if text.text]
    found = [(a.text, b.text) for a, b in combinations(texts, 2) if _meet(_of_text(a), _of_text(b))]
    for box in (each for each in scene.boxes if each.lines):
        found += [(text.text, " ".join(box.lines)) for text in texts if _meet(_of_text(text), _of_box(box))]
    sheet = (0.0, 0.0, scene.width, scene.height)
    outside = (each for each in texts if not _inside(_of_text(each), sheet))
    return found + [(text.text, "the edge of the sheet") for text in outside]


def _inside(a: Rectangle, sheet: Rectangle) -> bool:
    return a[0] >= sheet[0] and a[1] >= sheet[1] and a[2] <= sheet[2] and a[3] <= sheet[3]
