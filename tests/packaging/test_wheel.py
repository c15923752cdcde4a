"""The wheel: what it ships, and that it runs from a foreign directory that has a `spec` of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("spec", "checker", "diagrams")

# As a user's shell would have it: whatever steers this test run's own interpreter is left behind.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)


def pip(*arguments: str | Path) -> None:
    """Run pip without a network, its configuration or its environment variables."""
    done = run(sys.executable, "-m", "pip", "--isolated", "--quiet", *arguments, "--no-index", cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of a new environment that holds the wheel and nothing else."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    pip("--python", environment, "install", "--no-deps", wheel)
    return environment / "bin"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a directory with a package `spec` that is not ours and says so when it is imported."""
    decoy = tmp_path / "spec" / "__init__.py"
    decoy.parent.mkdir()
    decoy.write_text('print("the decoy was imported")\n')
    return tmp_path


def test_the_wheel_ships_the_three_packages_whole_and_nothing_else(wheel: Path) -> None:
    source = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == source
    assert {f"{package}/py.typed" for package in PACKAGES} <= shipped


def test_the_wheel_cannot_be_uploaded_by_accident(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        assert b"\nClassifier: Private :: Do Not Upload\n" in archive.read(metadata)


@pytest.mark.parametrize("program", [["synproof"], ["python", "-P", "-m", "checker"]], ids=" ".join)
def test_both_entry_points_run_beside_a_decoy(programs: Path, foreign: Path, program: list[str]) -> None:
    done = run(programs / program[0], *program[1:], "--help", cwd=foreign)
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage:" in done.stdout
    assert "decoy" not in done.stdout


def test_the_console_script_reads_our_spec_and_not_the_decoy(programs: Path, foreign: Path) -> None:
    done = run(programs / "synproof", "list", cwd=foreign)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert "decoy" not in done.stdout


def test_python_m_checker_refuses_the_decoy_in_one_sentence(programs: Path, foreign: Path) -> None:
    done = run(programs / "python", "-m", "checker", "list", cwd=foreign)
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert "spec" in sentence
