"""The image: its steps are done without Docker, its user can do what is promised, and writes nowhere else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from doc_blocks import ROOT
from image_steps import Image, built, can_confine, instructions
from tool_environment import GIVEN

import ecore_export

DOCKERFILE = ROOT / "Dockerfile"

pytestmark = pytest.mark.xdist_group("image")


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The image, made once. Not below pytest's own folder, which other users cannot enter."""
    with tempfile.TemporaryDirectory(prefix="ecore-image-") as folder:
        Path(folder).chmod(0o755)
        yield built(DOCKERFILE, Path(folder), {name: GIVEN[name] for name in GIVEN if name != "PYTHONPATH"})


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with its size and time."""
    found = {path: path.lstat() for path in folder.rglob("*")}
    return {str(path): (about.st_size, about.st_mtime_ns) for path, about in found.items()}


def test_only_what_is_installed_comes_into_it(image: Image) -> None:
    top = {path.name for path in (image.root / "src").iterdir()}
    assert top == {"ecore_export", "pyproject.toml", "README.md", "LICENSE"}
    assert not list((image.root / "src").rglob("__pycache__"))


def test_it_has_two_stages_and_the_second_one_is_not_root(image: Image) -> None:
    assert len(image.bases) == 2
    assert image.bases[0] == f"{image.bases[1]} AS build"
    assert image.user.partition(":")[0].isdigit(), "Kubernetes cannot tell of a name that it is not root"
    assert int(image.user.partition(":")[0]) > 0
    assert [word for word, _ in instructions(DOCKERFILE)].count("ENTRYPOINT") == 1


def test_the_demo_needs_no_network_no_home_and_no_root_that_can_be_written(image: Image) -> None:
    before = listing(image.root / "opt")
    assert "HOME" not in image.environment
    done = image.run("demo", "/tmp/demo", "--jobs", "30")
    assert (done.returncode, done.stderr) == (0, "")
    assert "30: " in done.stdout
    made = image.root / "tmp" / "demo" / "report.html"
    assert made.stat().st_size > 10_000, "the extras are installed"
    if can_confine():
        assert made.stat().st_uid == int(image.user.partition(":")[0])
    assert listing(image.root / "opt") == before


def test_its_user_can_write_the_folder_for_data(image: Image) -> None:
    done = image.run("demo", ".", "--jobs", "3")
    assert (done.returncode, done.stderr) == (0, "")
    assert (image.root / "data" / "ecore.sqlite").exists()


def test_a_command_without_settings_says_what_is_missing(image: Image) -> None:
    done = image.run("sync", "parquet:/data/warehouse")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "ECORE_API_TOKEN" in done.stderr
    assert image.run("--version").stdout == f"ecore-export {ecore_export.__version__}\n"


def test_secrets_come_from_files(image: Image) -> None:
    """A file that is not there is told; with those that are, it comes as far as the wire."""
    settings = {"ECORE_API_TOKEN_FILE": f"{image.root}/tmp/token", "ECORE_ATTEMPTS": "1"}
    settings |= {"ECORE_DESTINATION_FILE": f"{image.root}/tmp/destination"}
    settings |= {"ECORE_BASE_URL": "http://127.0.0.1:9/"}
    image.environment |= settings
    try:
        assert image.run("sync").returncode == 2
        for name, text in (("token", "t0ken\n"), ("destination", "parquet:/tmp/w\n")):
            (image.root / "tmp" / name).write_text(image.here(text))
            (image.root / "tmp" / name).chmod(0o644)
        done = image.run("sync")
    finally:
        for name in settings:
            del image.environment[name]
    assert (done.returncode, done.stderr.count("\n")) == (75, 1)
    assert "127.0.0.1" in done.stderr


@pytest.mark.skipif(not can_confine(), reason="this machine gives no namespaces: root, unshare and setpriv")
def test_there_is_no_network_while_it_runs(image: Image) -> None:
    image.environment |= {"ECORE_API_TOKEN": "t", "ECORE_ATTEMPTS": "1"}
    try:
        done = image.run("sync", "parquet:/data/warehouse")
    finally:
        del image.environment["ECORE_API_TOKEN"], image.environment["ECORE_ATTEMPTS"]
    assert done.returncode == 75
