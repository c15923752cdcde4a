from __future__ import annotations

import random

import pytest

from checker.capture.segment import Segment
from checker.conform.check import check
from checker.conform.profiles import machine
from tests.checker.conform.model import run
from tests.checker.conform.wire import checked, told

SEEDS = range(60)
ALTERED = range(16)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_of_the_model_conforms_wherever_it_is_captured(seed: int) -> None:
    frames = run(seed)
    for each in checked(frames) if frames else []:
        assert each.verdict == "CONFORMS", (each.frame, [end.reason for end in each.ends])


def _altered(frames: list[Segment], chance: random.Random) -> tuple[list[Segment], int]:
    """Return the frames with one field of one of them changed, and its number."""
    place = chance.randrange(len(frames))
    old = frames[place]
    field = chance.choice(("seq", "ack", "data", "flags"))
    by = {"seq": 1 << chance.randrange(31), "ack": 1 << chance.randrange(31), "data": 0, "flags": 0}[field]
    new = {
        "seq": old._replace(seq=(old.seq + by) % (1 << 32)),
        "ack": old._replace(ack=(old.ack + by) % (1 << 32)),
        "data": old._replace(data=old.data + chance.randrange(1, 50)),
        "flags": old._replace(flags=old.flags ^ (1 << chance.choice((0, 1, 2, 4)))),
    }[field]
    return [*frames[:place], new, *frames[place + 1 :]], old.frame


def test_with_one_field_changed_a_run_deviates_from_that_frame_on_or_another_run_is_shown() -> None:
    deviating = 0
    for seed in ALTERED:
        frames = run(seed)
        if len(frames) < 6:
            continue
        altered, frame = _altered(frames, random.Random(seed))  # noqa: S311  # the same draws each time
        for each in checked(altered):  # whatever conforms has been replayed
            for end in each.ends:
                if end.verdict in ("DEVIATES", "UNKNOWN"):
                    deviating += 1
                    assert end.frame is not None
                    assert end.frame >= frame
    assert deviating >= 4


def test_whether_steps_are_kept_changes_no_verdict() -> None:
    for seed in range(30):
        frames = run(seed)
        if frames:
            kept, let_go = checked(frames), list(check(told(frames), machine(), keep=False))
            assert [(each.verdict, each.final_states, each.facts) for each in let_go] == [
                (each.verdict, each.final_states, each.facts) for each in kept
            ]
            assert not any(end.steps for each in let_go for end in each.ends)
