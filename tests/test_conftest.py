"""The tests' own names: several processes run them, and each must collect the same."""

from __future__ import annotations

import os

import pytest


@pytest.mark.parametrize("octets", [os.urandom(4), b"the same"])
def test_octets_are_no_part_of_a_name(octets: bytes, request: pytest.FixtureRequest) -> None:
    number = 1 if octets == b"the same" else 0
    assert request.node.name == f"test_octets_are_no_part_of_a_name[octets{number}]"
