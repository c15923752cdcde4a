"""A headless Chromium for tests: a page is opened with a script appended, which writes what it reads into the page."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--virtual-time-budget=4000",
)  # fmt: skip
RESULT = re.compile(r'<pre id="result">(.*?)</pre>', re.DOTALL)
BEFORE = """<script>
window.errors = [];
window.addEventListener("error", event => window.errors.push(event.message));
window.addEventListener("securitypolicyviolation", event => window.errors.push(`blocked: ${event.blockedURI}`));
for (const name of ["error", "warn"]) console[name] = (...words) => window.errors.push(words.join(" "));
</script>"""
AFTER = """<script>
(async () => {{
  const press = key => document.body.dispatchEvent(new KeyboardEvent("keydown", {{key, bubbles: true}}));
  const $ = selector => document.querySelector(selector);
  const $$ = selector => [...document.querySelectorAll(selector)];
  const told = [];
  const tell = more => told.push({{
    a: $("#state-A").textContent, b: $("#state-B").textContent, where: $("#where").textContent,
    hash: location.hash, arrows: $$("#ladder .message .sp-head").length, rows: $$("#ladder .row").length,
    lit: $$("#small .on").map(part => part.dataset.key), ...more,
  }});
  try {{
{script}
  }} catch (error) {{
    window.errors.push(String(error.stack ?? error));
  }}
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify({{told, errors: window.errors}});
  document.body.append(result);
}})();
</script>"""


def installed() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def played(page: str, script: str, folder: Path, fragment: str = "") -> list[dict[str, Any]]:
    """Return what a script tells of a page, opened at a fragment; anything that goes wrong in the page fails.

    The script may use press(key), $ and $$ for selectors, and tell({...}), which notes what is shown, and more.
    """
    program = installed()
    assert program is not None
    copy = folder / "page.html"
    before, after = page.replace("<head>", f"<head>{BEFORE}", 1).rsplit("</body>", 1)
    copy.write_text(f"{before}{AFTER.format(script=script)}</body>{after}", encoding="utf-8")
    profile = folder / "profile"
    done = subprocess.run(
        (program, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", f"{copy.as_uri()}{fragment}"),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    found = RESULT.search(done.stdout)
    assert found is not None, f"the page told nothing: {done.stdout[-500:]} {done.stderr[-500:]}"
    result = json.loads(html.unescape(found[1]))
    assert result["errors"] == []
    told: list[dict[str, Any]] = result["told"]
    return told
