"""Mermaid's own parser and renderer accept everything that is written for it."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

import pytest

from checker import pictures
from diagrams import difference, segment_arrives, state_diagram
from spec.scenarios import OPEN_CLOSE
from spec.variants import VARIANTS
from tests.browser.chromium import FLAGS, NAMES, installed
from tests.checker.runs import ghost_connection, timed, war
from tests.diagrams.runs import traces

MERMAID = Path(__file__).parents[2] / ".venv" / "mermaid.min.js"
"""Mermaid in one file, as tools/bootstrap.sh fetches it for the tests."""
PAGE = """<!doctype html><meta charset="utf-8"><body><script>{library}</script><script>
(async () => {{
  const result = [];
  mermaid.initialize({{startOnLoad: false}});
  for (const [name, text] of {texts}) {{
    try {{
      await mermaid.parse(text);
      const drawn = name.startsWith("draw") ? (await mermaid.render("picture" + result.length, text)).svg : "";
      result.push([name, drawn === "" || drawn.length > 1000 ? "" : "nothing drawn"]);
    }} catch (error) {{ result.push([name, String(error)]); }}
  }}
  const shown = document.createElement("pre");
  shown.id = "result";
  shown.textContent = JSON.stringify(result);
  document.body.append(shown);
}})();
</script>"""


@pytest.mark.skipif(installed() is None, reason=f"no browser: none of {', '.join(NAMES)} is on the PATH")
@pytest.mark.skipif(not MERMAID.is_file(), reason=f"{MERMAID.name} was not fetched: that needs npm")
def test_mermaid_draws_everything(tmp_path: Path) -> None:
    base = VARIANTS["three-way"]
    drawn = {
        "pairs": pictures.pair_graph(base, OPEN_CLOSE),
        "states": state_diagram(base.relation),
        "difference": difference(base.relation, VARIANTS["two-way"].relation),
        "flow": segment_arrives(base.relation),
        "ghost": pictures.run(ghost_connection()),
        "lasso": pictures.run(war()),
        "clock": pictures.run(timed().trace()),
    }
    shown = [(f"draw {name}", f"{picture:mermaid}") for name, picture in drawn.items()]
    shown += [(name, f"{state_diagram(variant.relation):mermaid}") for name, variant in VARIANTS.items()]
    shown += [(f"{run.variant} {run.property}", f"{pictures.run(run):mermaid}") for run in traces()]
    shown.append(("a mistake", "sequenceDiagram\n  A->>: nobody"))
    page = tmp_path / "mermaid.html"
    texts = json.dumps(shown).replace("</", "<\\/")
    page.write_text(PAGE.format(library=MERMAID.read_text(encoding="utf-8"), texts=texts), encoding="utf-8")
    flags = [flag for flag in FLAGS if not flag.startswith("--virtual-time-budget")]
    command = (str(installed()), *flags, "--virtual-time-budget=200000", f"--user-data-dir={tmp_path / 'profile'}")
    done = subprocess.run(
        (*command, "--dump-dom", page.as_uri()), capture_output=True, encoding="utf-8", timeout=240, check=True
    )
    found = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stdout[-500:]
    result = json.loads(html.unescape(found[1]))
    assert [name for name, error in result if error] == ["a mistake"]
    assert len(result) == len(shown)
