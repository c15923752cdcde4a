"""The page: the same bytes every time, nothing loaded, everything escaped, data that can be read back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from diagrams.render.html import data, page
from diagrams.render.svg import XMLNS
from diagrams.sequence import Ladder, Mark, Verdict, message_sequence
from diagrams.walkable import Walkable, from_trace
from spec.variants import VARIANTS
from tests.checker.runs import open_and_close, timed

pytestmark = pytest.mark.usefixtures("compile_once")
VOID = {"meta", "link", "br", "img", "input", "hr", "path", "rect", "circle"}


def parts() -> tuple[Walkable, Ladder]:
    trace = open_and_close().trace()
    ladder = message_sequence(trace)
    return from_trace(trace, VARIANTS[trace.variant].relation, ladder), ladder


def embedded(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


class Elements(HTMLParser):
    """The elements of a document: names, attributes, whether they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.found


def test_elements_nest_and_names_are_given_once() -> None:
    walk, ladder = parts()
    found = elements(page(walk, ladder))
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = [attributes["aria-labelledby"] for _, attributes in found if "aria-labelledby" in attributes]
    assert set(labels) <= set(ids)


def test_every_button_has_a_name() -> None:
    walk, _ = parts()
    text = page(walk)
    for attributes, inside in re.findall(r"<button([^>]*)>([^<]*)</button>", text):
        assert "aria-label=" in attributes or re.fullmatch(r"[a-z]+", inside)


def test_the_same_run_gives_the_same_bytes() -> None:
    first, second = page(*parts()), page(*parts())
    assert first == second


def test_nothing_is_loaded_from_anywhere() -> None:
    text = page(*parts())
    assert {found for found in re.findall(r"[a-z]+://[^\s\"'<)]*", text) if found != XMLNS} == set()
    assert "default-src 'none'" in text
    for name, attributes in elements(text):
        assert not {"src", "srcset", "href", "action", "data", "poster"} & set(attributes), name
    assert not re.search(r"@import|url\(|\bfetch\(|XMLHttpRequest|\bimport\b\s*[({]", text)


def test_data_is_read_back_as_it_was() -> None:
    walk, ladder = parts()
    assert embedded(page(walk, ladder)) == json.loads(json.dumps(data(walk)))


def test_what_looks_like_markup_is_text() -> None:
    walk, ladder = parts()
    nasty = "</script><script>alert(1)</script><!-- & \u2028"
    walk = replace(walk, title=nasty, subtitle=nasty, verdict=Verdict((nasty,), "violation"))
    text = page(walk, replace(ladder, title=nasty))
    assert "alert(1)</script>" not in text
    assert text.count("<script") == page(*parts()).count("<script")
    content = embedded(text)
    assert content["title"] == nasty
    assert content["verdict"] == ["violation", [nasty]]
    assert "\u2028" not in text.partition('id="data">')[2]


def test_flat_lists_hold_every_node_and_edge() -> None:
    walk, _ = parts()
    content = data(walk)
    assert len(content["nodes"]) == 4 * len(walk.nodes)
    assert len(content["begin"]) == len(walk.nodes) + 1
    assert content["begin"][-1] * 2 == len(content["edges"])
    for number, node in enumerate(walk.nodes):
        a, b, net, broken = content["nodes"][4 * number : 4 * number + 4]
        assert (a, b) == node.ends
        assert tuple(content["nets"][net]) == node.flying
        assert content["broken"][broken] == node.breaks
        flat = content["edges"][2 * content["begin"][number] : 2 * content["begin"][number + 1]]
        assert list(zip(flat[::2], flat[1::2], strict=True)) == list(node.edges)


def test_marks_verdict_and_loop_are_the_ladders() -> None:
    trace = timed().trace()
    ladder = replace(
        message_sequence(trace),
        loop=2,
        marks=(Mark(3, "violation", "P-01"),),
        verdict=Verdict(("it fails",), "violation"),
    )
    content = data(from_trace(trace, VARIANTS[trace.variant].relation, ladder))
    assert (content["loop"], content["marks"], content["verdict"]) == (
        2, {3: ["violation", "P-01"]}, ["violation", ("it fails",)],
    )  # fmt: skip


def test_without_scripts_the_whole_ladder_is_seen() -> None:
    walk, ladder = parts()
    still = re.search(r"<noscript>(.*?)</noscript>", page(walk, ladder), re.DOTALL)
    assert still is not None
    assert "&lt;SEQ=100&gt;&lt;CTL=SYN&gt;" in still[1]
    bare = re.search(r"<noscript>(.*?)</noscript>", page(walk), re.DOTALL)
    assert bare is not None
    assert "<svg" not in bare[1]
    assert "needs JavaScript" in bare[1]


def test_no_script_knows_a_state_a_bit_or_a_variable_of_tcp() -> None:
    """What the page knows of TCP stands in its data."""
    text = page(*parts())
    script = text.rpartition("<script>")[2]
    names = ("ESTABLISHED", "CLOSED", "LISTEN", "SYN", "FIN", "RST", "SND", "RCV", "ISS")
    comments = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
    words = set(re.findall(r"[A-Z]{2,}", comments.sub("", script))) & set(names)
    assert words == set()
