"""What the words of flags mean, and the one sentence for any other word: the flag, what is allowed, what was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.flag_words import attacker, fairness, policy, time_wait
from checker.usage import UsageError
from spec.attackers import Attacker
from spec.environment import IsnPolicy
from spec.fairness import FAIRNESS
from spec.time_wait import TimeWait

Read = Callable[[str, str], Any]


def refused(read: Read, text: str, source: str = "--flag") -> str:
    """Return the sentence that refuses a word."""
    with pytest.raises(UsageError) as caught:
        read(text, source)
    return str(caught.value)


# --- ISN policies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fresh", "next", "const"])
def test_a_policy_is_a_word(kind: str) -> None:
    assert policy(kind, "--isn") == IsnPolicy(kind)


@pytest.mark.parametrize("step", [0, 1, 12345])
def test_or_a_clock_with_its_step(step: int) -> None:
    assert policy(f"clock:{step}", "--isn") == IsnPolicy("clock", step)


@pytest.mark.parametrize(
    "text",
    ["", "clock", "clock:", "clock:x", "clock:-1", "clock:1.5", "clock:²", "clock:٣", "fresh:1", "clok:1", "FRESH"],
)
def test_any_other_policy_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--isn: must be fresh, next, const or clock:K with a number K, not '.*'\.$"):
        policy(text, "--isn")


def test_a_clock_with_thousands_of_digits_is_refused() -> None:
    with pytest.raises(UsageError, match="must be fresh"):
        policy(f"clock:{'9' * 5000}", "--isn")


# --- fairness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("none", ()),
        *((name, (name,)) for name in FAIRNESS),
        ("FC,FT,FA,FS,FF", ("FC", "FT", "FA", "FS", "FF")),
        ("ft,fc", ("FT", "FC")),
        (" FC , ft ", ("FC", "FT")),
        ("FC,FC,ff,FC", ("FC", "FF")),
    ],
)
def test_fairness_is_none_or_names_in_any_case_each_once(text: str, names: tuple[str, ...]) -> None:
    assert fairness(text, "--fairness") == names


@pytest.mark.parametrize(
    "text", ["", ",", "FC,", ",FC", "FC,,FT", "FC FT", "FX", "all", "none,FC", "FC,none", "NONE", "FC;FT", "\n"]
)
def test_any_other_fairness_is_refused(text: str) -> None:
    assert refused(fairness, text, "--fairness") == (
        f"--fairness: must be none or some of FC, FT, FA, FS, FF with commas between, not {text!r}."
    )


# --- TIME-WAIT ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("untimed", None),
        ("infinite", TimeWait(None)),
        *((f"{msls}", TimeWait(msls)) for msls in range(5)),
        ("2msl", TimeWait(2)),
        *((f"1:{reading}", TimeWait(1, reading)) for reading in ("letter", "fin", "any_emission")),
        ("0:any-emission", TimeWait(0, "any_emission")),
        ("4msl:fin", TimeWait(4, "fin")),
    ],
)
def test_time_wait_is_so_many_msl_with_a_reading_or_has_no_end_or_no_clock(text: str, length: TimeWait | None) -> None:
    assert time_wait(text, "--time-wait") == length


@pytest.mark.parametrize(
    "text",
    [
        "", "5", "-1", "22", "1.5", "2 msl", "2MSL", "msl", "2:", "2:often", "2:FIN", "2:fin:letter", "2:any emission",
        ":fin", "infinite:fin", "untimed:letter", "Infinite", "none", "two", "²", "٢", "2\n",
    ],
)  # fmt: skip
def test_any_other_time_wait_is_refused(text: str) -> None:
    assert refused(time_wait, text, "--time-wait") == (
        "--time-wait: must be untimed, infinite, or 0 to 4 (times MSL), perhaps with what re-arms it (letter, fin, "
        f"any_emission) after a colon, as in 2:any_emission, not {text!r}."
    )


# --- attackers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("none", None),
        *((kind, Attacker(kind, 1)) for kind in ("blind", "on-path", "flood")),
        ("blind:2", Attacker("blind", 2)),
        ("on-path:10", Attacker("on-path", 10)),
        ("flood:99", Attacker("flood", 99)),
    ],
)
def test_an_attacker_is_a_kind_and_how_many_segments(text: str, who: Attacker | None) -> None:
    assert attacker(text, "--attacker") == who


@pytest.mark.parametrize(
    "text",
    [
        "", "mallory", "blind:", "blind:0", "blind:-1", "blind:01", "blind:100", "blind:x", "blind:1:2", "blind:1.5",
        "none:1", "Blind", "on_path", "onpath", ":", ":2", "2", "blind :2", "blind:٢", "blind:2\n",
    ],
)  # fmt: skip
def test_any_other_attacker_is_refused(text: str) -> None:
    assert refused(attacker, text, "--attacker") == (
        "--attacker: must be none or blind, on-path, flood, perhaps with how many segments (1 to 99), as in blind:2, "
        f"not {text!r}."
    )


# --- anything at all ----------------------------------------------------------------------------------------------


@given(st.sampled_from([policy, fairness, time_wait, attacker]), st.text(max_size=12))
def test_any_text_is_understood_or_refused_in_one_sentence(read: Read, text: str) -> None:
    try:
        read(text, "--flag")
    except UsageError as error:
        assert str(error).startswith("--flag: must be ")  # noqa: PT017  # either outcome is fine, but not in any words
        assert str(error).endswith(f"not {text!r}.")  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
