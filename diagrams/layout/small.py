"""State diagrams made small: boxes keep their size, the room between them shrinks, what is written at edges goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from diagrams.layout.scene import Line, Scene

SHRINK = 0.42
"""What is left of the room between boxes."""
Scale = Callable[[float], float]


def small(scene: Scene) -> Scene:
    """Return a scene with its boxes and those of its lines that have a key; places keep their order."""
    across = _scale((box.x - box.width / 2, box.x + box.width / 2) for box in scene.boxes)
    down = _scale((box.y - box.height / 2, box.y + box.height / 2) for box in scene.boxes)
    lines = tuple(_moved(line, across, down) for line in scene.lines if line.key)
    boxes = tuple(replace(box, x=across(box.x), y=down(box.y)) for box in scene.boxes)
    places = [point for line in lines for point in line.points]
    places += [(box.x + side * box.width / 2, box.y + side * box.height / 2) for box in boxes for side in (-1, 1)]
    left, top = (min(place[axis] for place in places) - 12 for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places) + 12 for axis in (0, 1))
    return replace(scene, width=right, height=bottom, boxes=boxes, lines=lines, texts=()).moved(-left, -top)


def _scale(kept: Iterable[tuple[float, float]]) -> Scale:
    """Return a growing function that keeps lengths inside some intervals, and outside of all, and shrinks the rest."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(kept):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))

    def scaled(place: float) -> float:
        if place < merged[0][0]:
            return place
        within = sum(max(0.0, min(place, high) - low) for low, high in merged)
        beyond = max(0.0, place - merged[-1][1])
        between = place - merged[0][0] - within - beyond
        return merged[0][0] + within + between * SHRINK + beyond

    return scaled


def _moved(line: Line, across: Scale, down: Scale) -> Line:
    return replace(line, points=tuple((across(x), down(y)) for x, y in line.points))
