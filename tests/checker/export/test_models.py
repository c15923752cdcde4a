"""Exports of whole models: golden texts, and counts that Spin and Rumur find in them, where they are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.cross_check import Case, differences, of_pair, of_tcp
from benchmarks.peers import Found, Peer, Rumur, Spin, Tlc
from benchmarks.tcp_pair import AGREE, WINDOW
from checker.export.model import of_world
from checker.export.reach import OutOfReach
from spec.environment import Faults, IsnPolicy, World
from spec.network import Network
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.tcp import TCP
from spec.time_wait import TimeWait
from tests.checker.export.counted import counted
from tests.checker.export.tiny import at_random, tiny

SUFFIX = {"promela": "pml", "tla": "tla", "murphi": "m"}
QUICK = {world.name: world for world in SCENARIOS["quick"].worlds}
TEXTBOOK = SCENARIOS["tutorial"].worlds[0]
SEEDS = (24, 26, 41, 46, 51, 73)
"""Random relations of some dozens to thousands of states: a bag, a set and two queues that block or lose."""


def need(peer: Peer) -> Peer:
    if peer.missing:
        pytest.skip(f"{peer.name} is not run: {peer.missing} is not installed")
    return peer


def agrees(ours: Found, theirs: Found) -> None:
    assert differences(ours, theirs) == []


def crossed(case: Case, peer: Peer, folder: Path) -> None:
    agrees(case.ours, need(peer).explore(case.model, folder))


@pytest.mark.parametrize("language", SUFFIX)
def test_the_text_of_a_tiny_model(language: str, golden: Callable[[str, str], None]) -> None:
    text = import_module(f"checker.export.{language}").write(tiny(), "tiny")
    golden(f"export-tiny.{SUFFIX[language]}", text)


@pytest.mark.parametrize("seed", SEEDS)
def test_spin_counts_what_we_count_in_relations_drawn_at_random(seed: int, tmp_path: Path) -> None:
    relation, network = at_random(seed)
    model, ours = counted(relation, 3, network)
    assert ours is not None
    assert ours.states > 25
    agrees(ours, need(Spin()).explore(model, tmp_path))


@pytest.mark.parametrize("seed", SEEDS[::2])
def test_rumur_counts_what_we_count_in_relations_drawn_at_random(seed: int, tmp_path: Path) -> None:
    relation, network = at_random(seed)
    model, ours = counted(relation, 3, network)
    assert ours is not None
    agrees(ours, need(Rumur()).explore(model, tmp_path))


@pytest.mark.parametrize("bits", [9, 17, 32])
def test_numbers_of_every_width_take_as_many_words_as_they_need(bits: int, tmp_path: Path) -> None:
    relation, network = at_random(46)
    model, ours = counted(relation, bits, network)
    assert ours is not None
    agrees(ours, need(Spin()).explore(model, tmp_path))


def test_the_common_model_has_its_published_counts(tmp_path: Path) -> None:
    case = of_pair(2, 2, (WINDOW, AGREE))
    assert (case.ours.states, case.ours.transitions, case.ours.depth) == (13_018, 89_423, 27)
    crossed(case, Spin(), tmp_path)
    crossed(case, Spin(breadth=True), tmp_path)


def test_rumur_agrees_on_the_common_model(tmp_path: Path) -> None:
    crossed(of_pair(2, 2, (WINDOW, AGREE)), Rumur(), tmp_path)


def test_the_textbook_in_32_bits(tmp_path: Path) -> None:
    world = replace(TEXTBOOK, name="textbook, 32 bits")
    crossed(replace(of_tcp("three-way", world), model=of_world(TCP, world)), Spin(), tmp_path)


WORLDS: dict[str, World] = {
    "a set that loses": replace(QUICK["open-close"], network=Network("set", 2, "lose")),
    "queues, losses": replace(QUICK["reopen"], network=Network("fifo", 2), faults=Faults(losses=1, duplicates=1)),
    "the last SND.NXT": replace(QUICK["reopen"], isn=(IsnPolicy("next"), IsnPolicy("const"))),
    "given ISNs": replace(QUICK["reopen"], isn=(IsnPolicy("given", values=(5, 70)), IsnPolicy("clock", 3))),
    "crashes": QUICK["crash"],
    "giving up": next(world for world in SCENARIOS["standard"].worlds if world.name == "give-up"),
    "out of turn": next(world for world in SCENARIOS["standard"].worlds if world.name == "early-calls"),
    "for ever": QUICK["live-half-open"],
    "one after the other": replace(
        TEXTBOOK, users=(replace(TEXTBOOK.users[0], ordered=True), replace(TEXTBOOK.users[1], ordered=True))
    ),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
def test_every_kind_of_world(world: World, tmp_path: Path) -> None:
    crossed(of_tcp("three-way", world), Spin(), tmp_path)


@pytest.mark.parametrize("variant", ["four-way-split", "keep-alive-1", "hold", "sockets"])
def test_variants_with_more_variables_steps_and_segments(variant: str, tmp_path: Path) -> None:
    crossed(of_tcp(variant, TEXTBOOK), Spin(), tmp_path)


@pytest.mark.parametrize("variant", ["three-way", "rst-unchecked"])
def test_a_property_of_steps_and_the_shortest_run_that_breaks_it(variant: str, tmp_path: Path) -> None:
    case = of_tcp(variant, QUICK["open-close"], (PROPERTIES["P-08"],))
    assert case.ours.broken == (variant == "rst-unchecked")
    crossed(case, Spin(breadth=True), tmp_path)


def test_ghosts_are_written_along(tmp_path: Path) -> None:
    about = [PROPERTIES[name] for name in ("P-04", "P-06", "P-13", "P-19", "P-20")]
    case = of_tcp("three-way", QUICK["open-close"], about)
    assert case.ours.states > of_tcp("three-way", QUICK["open-close"]).ours.states, "ghosts tell states apart"
    crossed(case, Spin(), tmp_path)


@pytest.mark.parametrize("about", [(), ("P-01",)])
@pytest.mark.parametrize("variant", ["two-way", "three-way"])
def test_tlc_counts_what_we_count(variant: str, about: tuple[str, ...], tmp_path: Path) -> None:
    jar = os.environ.get("TLA2TOOLS")
    if jar is None:
        pytest.skip("TLC is not run: TLA2TOOLS does not name its jar")
    crossed(of_tcp(variant, QUICK["reopen"], [PROPERTIES[name] for name in about]), Tlc(jar), tmp_path)


@pytest.mark.parametrize("language", SUFFIX)
def test_what_a_language_cannot_say_is_refused_in_a_sentence(language: str) -> None:
    write = import_module(f"checker.export.{language}").write
    with pytest.raises(OutOfReach, match="clock by which segments age"):
        of_world(TCP, replace(QUICK["live-time-wait"], time_wait=TimeWait(1)))
    with pytest.raises(OutOfReach, match="has an attacker"):
        of_world(TCP, QUICK["under-attack"])
    with pytest.raises(OutOfReach, match=r"bits"):
        write(of_world(TCP, replace(TEXTBOOK, seq_bits=40)), "x")
    narrow = replace(TEXTBOOK, seq_bits=8)
    with pytest.raises(OutOfReach, match="P-26"):
        write(of_world(TCP, narrow, (PROPERTIES["P-26"],)), "x")
    with pytest.raises(OutOfReach, match="P-18"):
        write(of_world(TCP, narrow, (PROPERTIES["P-18"],)), "x")


@pytest.mark.parametrize("language", ["promela", "murphi"])
def test_only_tla_has_sets_of_pairs(language: str) -> None:
    model = of_world(TCP, replace(TEXTBOOK, seq_bits=8), (PROPERTIES["P-01"],))
    with pytest.raises(OutOfReach, match=r"P-01: \w+ has no sets of pairs"):
        import_module(f"checker.export.{language}").write(model, "x")
    assert "HIST" in import_module("checker.export.tla").write(model, "x")


def test_every_rule_stands_in_the_text_with_its_title_and_citation() -> None:
    model = of_world(TCP, replace(TEXTBOOK, seq_bits=8))
    for language in SUFFIX:
        text = import_module(f"checker.export.{language}").write(model, "x")
        for rule in model.rules:
            assert f"{rule.id}: {rule.title}" in text
            assert rule.cite.replace("§§", "sections ").replace("§", "section ") in text.replace("§", "section ")


def test_texts_do_not_depend_on_the_order_of_hashes() -> None:
    code = "import sys; from checker.cli import main; sys.exit(main(sys.argv[1:]))"
    said = ["export", "--world", "open-close", "--seq-bits", "8", "--property", "P-13"]
    for language in SUFFIX:
        texts = {
            subprocess.run(
                [sys.executable, "-c", code, *said, "--to", language],
                capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2")
        }  # fmt: skip
        assert len(texts) == 1
