"""Names of ends, and options: well-formed ones are found, malformed ones end the list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.capture import segment as s
from tests.checker.capture.building import CLIENT, CLIENT_6, SERVER


def having(options: bytes) -> s.Segment:
    return s.Segment(1, 0, (), CLIENT, 40000, SERVER, 80, 0, 0, s.SYN, 0, 0, options, False, 1, 64)


def test_an_end_is_named_as_the_field_writes_it() -> None:
    assert s.endpoint(CLIENT, 80) == "10.0.0.1:80"
    assert s.endpoint(CLIENT_6, 80) == "[2001:db8::1]:80"
    assert (s.source(having(b"")), s.destination(having(b""))) == ("10.0.0.1:40000", "10.0.0.2:80")


def test_the_options_of_a_syn_are_read_as_the_rfcs_write_them() -> None:
    syn = having(bytes.fromhex("020405b4 0402 080a 00000102 80000000 01 030307 2206 aabbccdd".replace(" ", "")))
    assert s.max_segment_size(syn) == 1460
    assert s.window_scale(syn) == 7
    assert s.timestamps(syn) == (0x102, 0x80000000)
    assert s.fast_open_cookie(syn) == bytes.fromhex("aabbccdd")


def test_a_cookie_may_be_asked_for_and_may_come_in_the_experimental_option() -> None:
    assert s.fast_open_cookie(having(b"\x22\x02")) == b""
    assert s.fast_open_cookie(having(b"\xfe\x06\xf9\x89ab")) == b"ab"
    assert s.fast_open_cookie(having(b"\xfe\x06\xf9\x88ab")) is None


@pytest.mark.parametrize("options", [b"\x02", b"\x02\x00", b"\x02\x01", b"\x02\x04\x05", b"\x00\x02\x04\x05\xb4"])
def test_what_is_malformed_or_after_the_end_is_no_option(options: bytes) -> None:
    assert not list(s.option_list(having(options)))
    assert s.max_segment_size(having(options)) is None


def test_an_option_of_another_length_than_it_must_have_says_nothing() -> None:
    assert s.window_scale(having(b"\x03\x04\x07\x07")) is None
    assert s.timestamps(having(b"\x08\x02")) is None


@given(st.lists(st.tuples(st.integers(2, 255), st.binary(max_size=12)), max_size=6), st.binary(max_size=3))
def test_every_well_formed_option_is_found_whatever_stands_between(
    wanted: list[tuple[int, bytes]], padding: bytes
) -> None:
    between = b"\x01" * len(padding)
    octets = b"".join(between + bytes([kind, len(value) + 2]) + value for kind, value in wanted)
    assert list(s.option_list(having(octets))) == wanted


@given(st.binary(max_size=40))
def test_any_octets_are_read_without_an_error(options: bytes) -> None:
    some = having(options)
    s.max_segment_size(some), s.window_scale(some), s.timestamps(some), s.fast_open_cookie(some)
