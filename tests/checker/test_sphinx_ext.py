"""The Sphinx extension, in a real Sphinx: SVG for HTML, text for everything else, mistakes named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = """
Pictures
========

.. tcp-states:: two-way
   :against: three-way

.. tcp-flow:: three-way
   :state: LISTEN

.. tcp-ladder:: two-way P-01
   :relative:

.. tcp-compare:: two-way three-way
"""


def built(folder: Path, page: str, builder: str) -> subprocess.CompletedProcess[str]:
    """Return what Sphinx says of a page, warnings being errors."""
    (folder / "conf.py").write_text('extensions = ["checker.sphinx_ext"]\n', encoding="utf-8")
    (folder / "index.rst").write_text(page, encoding="utf-8")
    command = (sys.executable, "-m", "sphinx", "-q", "-W", "-b", builder, str(folder), str(folder / builder))
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("builder", ["html", "text"])
def test_pictures_are_drawn_when_documents_are_built(builder: str, tmp_path: Path) -> None:
    done = built(tmp_path, PAGE, builder)
    assert (done.returncode, done.stderr) == (0, "")
    suffix = {"html": "html", "text": "txt"}[builder]
    shown = (tmp_path / builder / f"index.{suffix}").read_text(encoding="utf-8")
    assert shown.count("<svg") == (4 if builder == "html" else 0)
    assert ("P-01 no ghost connection: fails" in shown) is True
    assert ("-> ESTABLISHED   rcv SYN / snd SYN,ACK" in shown) == (builder == "text")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (".. tcp-states:: towway\n", "Did you mean 'two-way'?"),
        (".. tcp-ladder:: three-way P-01\n", "P-01 of three-way in quick: HOLDS; there is no run to draw"),
        (".. tcp-compare:: three-way srcvd-ack-793\n   :scenario: tutorial\n", "no run shows how they differ"),
    ],
)
def test_a_mistake_is_named(page: str, words: str, tmp_path: Path) -> None:
    done = built(tmp_path, f"Page\n====\n\n{page}", "text")
    assert done.returncode != 0
    assert words in done.stderr
