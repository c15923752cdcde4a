"""Models of others have on our language, reader and kernel exactly the counts published for them."""

from __future__ import annotations

from benchmarks.published import alternating_bit, tcp


def test_tcp_of_the_tla_examples() -> None:
    assert tcp.counts() == tcp.PUBLISHED
    assert str(tcp.PUBLISHED) == "distinct=1182 generated=6322 depth=14"


def test_alternating_bit_of_the_tla_examples() -> None:
    assert alternating_bit.counts() == alternating_bit.PUBLISHED
    assert str(alternating_bit.PUBLISHED) == "distinct=240 generated=1392 depth=10"
