"""How many forged segments change an ESTABLISHED connection: the counts of RFC 5961, and how they grow."""

from __future__ import annotations

import pytest

from checker.counting import BITS, count, judge, law
from spec.properties.blind import BLIND_ROBUSTNESS, GUESSES
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS

WITHOUT_ACK = {kind: GUESSES[kind] for kind in ("RST", "SYN")}
WEAK = {  # what may be more than RFC 5961 leaves, as counted at the verdict's width
    "rst-in-window": {"RST": 4},
    "rst-unchecked": {"RST": 1 << BITS},
    "syn-reset": {"SYN": 4},
    "rfc1122": {"RST": 4, "SYN": 4},
    "rfc793": {"RST": 4, "SYN": 4},
    "rfc9293": {"RST": 4, "SYN": 4},
    "bsd-output": {"RST": 4, "SYN": 4},
}


@pytest.mark.parametrize("bits", range(5, 10))
def test_one_rst_and_no_syn_hits_at_every_width(bits: int) -> None:
    assert count(TCP, bits, guesses=WITHOUT_ACK).hits == {"RST": 1, "SYN": 0}
    resets = VARIANTS["rfc1122"].relation
    for window in (1, 3, 4, 8):
        assert count(resets, bits, window=window, guesses=WITHOUT_ACK).hits == {"RST": window, "SYN": window}


@pytest.mark.parametrize("bits", range(5, 9))
def test_text_and_fin_need_half_of_all_acks(bits: int) -> None:
    acks = (1 << bits) // 2 + 2 + 1
    assert count(TCP, bits).hits == {"RST": 1, "SYN": 0, "text": acks, "FIN": acks}


@pytest.mark.parametrize(("window", "flight"), [(4, 2), (4, 0), (2, 5)])
def test_the_ack_range_of_rfc_5961_leaves_a_window_and_a_flight(window: int, flight: int) -> None:
    guessed = {kind: GUESSES[kind] for kind in ("text", "FIN")}
    for bits in (5, 7):
        counts = count(VARIANTS["ack-range"].relation, bits, window=window, flight=flight, guesses=guessed)
        assert counts.hits == {"text": window + flight + 1, "FIN": window + flight + 1}


@pytest.mark.parametrize("variant", ["three-way", "ack-range", *WEAK])
def test_exactly_the_relations_without_rfc_5961_fail(variant: str) -> None:
    word, reason = judge(BLIND_ROBUSTNESS, VARIANTS[variant].relation)
    assert word == (FAILS if variant in WEAK else HOLDS)
    hits = WEAK.get(variant, {"RST": 1, "SYN": 0})
    assert all(f"{kind} {number} of 64" in reason for kind, number in hits.items())
    assert ("at most" in reason) == (variant in WEAK)


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name not in WEAK])
def test_no_other_variant_lets_more_in(variant: str) -> None:
    counts = count(VARIANTS[variant].relation, 5)
    assert all(counts.hits[kind] <= counts.most(kind) for kind in GUESSES)


@pytest.mark.parametrize(
    ("variant", "rst", "syn", "text"),
    [
        ("three-way", "1", "0", "M/2 + F + 1"),
        ("rfc793", "W", "W", "M/2 + F + 1"),
        ("rst-unchecked", "M", "0", "M/2 + F + 1"),
        ("ack-range", "1", "0", "W + F + 1"),
    ],
)
def test_the_law_says_how_counts_grow(variant: str, rst: str, syn: str, text: str) -> None:
    relation = VARIANTS[variant].relation
    laws = law(relation)
    assert {kind: str(amount) for kind, amount in laws.items()} == {"RST": rst, "SYN": syn, "text": text, "FIN": text}
    elsewhere = count(relation, 7, window=9, flight=5)
    assert elsewhere.hits == {kind: amount.at(9, 5, 7) for kind, amount in laws.items()}


def test_at_32_bits_a_reset_is_one_number_in_four_thousand_million() -> None:
    assert law(TCP)["RST"].at(65_535, 2, 32) == 1
    assert law(VARIANTS["rfc1122"].relation)["RST"].at(65_535, 2, 32) == 65_535
    assert law(TCP)["text"].at(65_535, 2, 32) == 2**31 + 3
