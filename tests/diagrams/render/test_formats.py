"""Formats: the same bytes every time, well-formed, drawn by Graphviz where it is; a new format is one function."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from checker import pictures
from checker.compare import compared
from checker.run_compare import has_run
from diagrams import CannotShow, NoGraphviz, SideBySide, difference, render, segment_arrives, state_diagram, writes
from diagrams.grid import Cell, Grid
from diagrams.layout import scene_of
from diagrams.pictured import Pictured
from diagrams.render import _WRITERS, FORMATS, dot, form_of, graphviz
from diagrams.sequence import Ladder
from spec.scenarios import OPEN_CLOSE
from spec.variants import VARIANTS
from tests.checker.runs import ghost_connection, timed, war
from tests.diagrams.runs import failing

Golden = Callable[[str, str], None]
RELATION = VARIANTS["three-way"].relation
TABLE = Grid("A table", "rows", ("one", "two"), (("first", (Cell("holds", "good"), Cell("fails @3", "bad"))),))
SVG = "{http://www.w3.org/2000/svg}"


def ghost() -> Ladder:
    return pictures.run(ghost_connection())


def side_by_side() -> SideBySide:
    verdict = next(each for each in failing("two-way") if has_run(each))
    trace = verdict.judgement.trace
    assert trace is not None
    return pictures.side_by_side(compared(verdict.about, verdict.judgement.part, trace, VARIANTS["three-way"]))


PICTURES: dict[str, Callable[[], Pictured]] = {
    "states": lambda: state_diagram(RELATION),
    "states-two-way": lambda: difference(RELATION, VARIANTS["two-way"].relation),
    "ghost": ghost,
    "lasso": lambda: pictures.run(war()),
    "clock": lambda: pictures.run(timed().trace()),
    "compare": side_by_side,
    "listen": lambda: segment_arrives(RELATION, ["LISTEN"]),
    "table": lambda: TABLE,
    "pairs": lambda: pictures.pair_graph(VARIANTS["three-way"], OPEN_CLOSE),
}


@pytest.mark.parametrize("form", ["text", "mermaid", "dot"])
@pytest.mark.parametrize("name", PICTURES)
def test_golden(name: str, form: str, golden: Golden) -> None:
    picture = PICTURES[name]()
    try:
        text = render(picture, form).decode()
    except CannotShow:
        assert form == "mermaid"
        assert isinstance(picture, (SideBySide, Grid))
        return
    golden(f"picture-{name}.{FORMATS[form]}", text)
    assert text == render(PICTURES[name](), form).decode()


@pytest.mark.parametrize("name", [name for name in PICTURES if name != "pairs"])
def test_svg_is_well_formed_and_says_everything(name: str) -> None:
    picture = PICTURES[name]()
    data = render(picture, "svg")
    assert data == render(PICTURES[name](), "svg")
    root = ET.fromstring(data)  # noqa: S314  # our own
    assert root.tag == f"{SVG}svg"
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text
    written = [element.text for element in root.iter(f"{SVG}text")]
    scene = scene_of(picture)  # type: ignore[arg-type]  # all but pairs are laid out
    assert sorted(filter(None, written)) == sorted(
        [text.text for text in scene.texts if text.text] + [line for box in scene.boxes for line in box.lines]
    )
    assert b"http" not in data.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"prefers-color-scheme: dark" in data


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("form", ["png", "pdf"])
@pytest.mark.parametrize("drawer", ["dot", "pygraphviz"])
def test_graphviz_draws_everything(name: str, form: str, drawer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if drawer == "dot" and graphviz.which() != "dot":
        pytest.skip("the programs dot and neato are not on the PATH")
    if drawer == "pygraphviz":
        monkeypatch.setattr(shutil, "which", lambda _: None)
    assert graphviz.which() == drawer
    if (name, form) in {("ghost", "png"), ("states", "pdf"), ("pairs", "png"), ("compare", "png"), ("table", "pdf")}:
        data = render(PICTURES[name](), form)
        assert data.startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[form])
        assert len(data) > 5_000


def test_a_drawing_is_as_large_as_its_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    scene = scene_of(ghost())
    drawn = ET.fromstring(graphviz.draw(dot.pinned(scene), "svg", "neato"))  # noqa: S314
    width, height = (float(drawn.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    assert width == pytest.approx(scene.width, abs=30)
    assert height == pytest.approx(scene.height, abs=30)


def test_without_graphviz_it_is_said_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(graphviz, "find_spec", lambda _: None)
    assert graphviz.which() == ""
    with pytest.raises(NoGraphviz, match=r"apt-get install graphviz.*pip install pygraphviz"):
        render(ghost(), "png")
    assert render(ghost(), "svg").startswith(b"<svg")


@pytest.mark.parametrize("name", PICTURES)
def test_dot_is_dot(name: str) -> None:
    if graphviz.which() != "dot":
        pytest.skip("the program dot is not on the PATH")
    text = render(PICTURES[name](), "dot")
    subprocess.run(["dot", "-Tcanon", "-o", "/dev/null"], input=text, check=True, capture_output=True)  # noqa: S607


def test_a_new_format_is_one_function() -> None:
    @writes("words", Ladder, suffix="words")
    def words(picture: Ladder) -> str:
        return " ".join(message.text for message in picture.messages)

    try:
        assert format(ghost(), "words").startswith("<SEQ=100><CTL=SYN>")
        assert form_of("a.words") == "words"
        with pytest.raises(CannotShow, match="words cannot show this kind of picture; text, svg, dot, png, pdf can"):
            render(TABLE, "words")
    finally:
        del FORMATS["words"], _WRITERS["words", Ladder]
    assert words(ghost())


def test_pictures_format_and_show_themselves() -> None:
    picture = state_diagram(RELATION)
    assert f"{picture}" == f"{picture:text}" == render(picture, "text").decode()
    assert f"{picture:mermaid}".splitlines()[3] == "stateDiagram-v2"
    assert picture._repr_svg_() == render(picture, "svg").decode()
    for wrong in ("png", "gif"):
        with pytest.raises(ValueError, match=f"'{wrong}' is not a format of text; those are text, svg, mermaid, dot"):
            format(picture, wrong)
