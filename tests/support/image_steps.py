"""A Dockerfile without Docker: its steps, done by a shell in a folder that stands for the root of the image.

In: a Dockerfile, the folder it is in. Out: the image, and what its entry point does as its user, with no
home, no network and, where this machine lets us, a root file system that cannot be written.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

OF_THE_IMAGE = re.compile(r"(?<![\w.-])/(src|opt|data|tmp)(?![\w.-])")
"""Paths in the image, which are below its folder here; all others are the machine's own."""

CONFINE = """
user=$1 prefix=$2 closed=$3
shift 3
if [ -n "$closed" ]; then
  mount --bind "$prefix" /mnt
  mount -t tmpfs -o mode=755 tmpfs "$closed"
  mkdir -p "$prefix"
  mount --bind /mnt "$prefix"
fi
mount -o remount,bind,ro /
exec setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
"""
"""In namespaces of its own: open the way to a Python in root's home, close / to writing, be the user."""
INSTALL_LIMIT_S = 400.0
BASE = getattr(sys, "_base_executable", sys.executable)
"""The Python that stands for the one of the base image."""


@dataclass
class Image:
    """What the steps have made so far, below ``root``."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0"
    folder: Path = Path("/")
    entry: list[str] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)

    def here(self, text: str) -> str:
        """A text in which paths of the image are those below its folder."""
        return OF_THE_IMAGE.sub(lambda found: f"{self.root}{found[0]}", text)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The entry point, as ``docker run --network none --read-only --tmpfs /tmp`` runs it."""
        confined = confinement(self.user.partition(":")[0]) if can_confine() else []
        return subprocess.run(
            [*confined, *self.entry, *map(self.here, arguments)],
            cwd=self.folder,
            env={**self.environment, "TMPDIR": str(self.root / "tmp")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT_S,
            check=False,
        )


def can_confine() -> bool:
    """Whether this machine lets a process have no network and a root that cannot be written."""
    if os.geteuid() or not all(map(shutil.which, ("unshare", "setpriv"))):
        return False
    probe = [*confinement("10001"), BASE, "-c", ""]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def confinement(user: str) -> list[str]:
    """What runs a command as that user, with no network and a root that cannot be written."""
    prefix = Path(BASE).resolve().parents[1]
    closed = [folder for folder in prefix.parents if not folder.stat().st_mode & stat.S_IXOTH]
    where = [str(prefix), str(closed[-1]) if closed else ""]
    return ["unshare", "--net", "--mount", "sh", "-ec", CONFINE, "sh", user, *where]


def instructions(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """Each instruction of a Dockerfile with what follows it."""
    lines = [line for line in dockerfile.read_text("utf-8").splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def built(dockerfile: Path, root: Path, given: dict[str, str]) -> Image:
    """Do the steps below ``root``; ``given``: the environment of a build, which says how to get packages."""
    (root / "bin").mkdir()
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    python = root / "bin" / "python"  # the one of the base image
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(BASE)} "$@"\n')
    python.chmod(0o755)
    path = f"{root / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    image = Image(root)
    for word, rest in instructions(dockerfile):
        if word == "FROM":
            image = Image(root, {"PATH": path}, bases=[*image.bases, rest])
        else:
            _do(image, word, rest, dockerfile.parent, given)
    return image


def _do(image: Image, word: str, rest: str, context: Path, given: dict[str, str]) -> None:
    match word:
        case "ARG":
            name, _, value = rest.partition("=")
            image.environment[name] = value
        case "ENV":
            for entry in shlex.split(rest):
                name, _, value = entry.partition("=")
                old = image.environment.get(name, "")
                image.environment[name] = image.here(value).replace(f"${name}", old)
        case "COPY" if not rest.startswith("--from="):
            source, target = rest.split()
            shutil.copytree(context / source, image.here(target), ignore=ignoring(context))
        case "COPY":
            _, source, target = rest.split()
            assert source == target, "both stages are one folder here"
        case "RUN":
            environment = {**given, **image.environment}
            command = ["sh", "-ec", image.here(rest)]
            subprocess.run(
                command,
                cwd=image.root,
                env=environment,
                timeout=INSTALL_LIMIT_S,
                check=True,
                capture_output=True,
            )
        case "WORKDIR":
            image.folder = Path(image.here(rest))
        case "USER":
            image.user = rest
        case "ENTRYPOINT":
            (program, *words) = json.loads(rest)
            found = shutil.which(program, path=image.environment["PATH"])
            assert found is not None
            image.entry = [found, *words]
        case _:
            raise AssertionError(f"this step is not known here: {word}")


def ignoring(context: Path):  # type: ignore[no-untyped-def]
    """What ``.dockerignore`` keeps out, as `shutil.copytree` asks for it; the last rule that fits counts."""
    rules = [
        line
        for line in (context / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]

    def is_kept_out(path: Path) -> bool:
        parts = path.relative_to(context).parts
        kept_out = False
        for rule in rules:
            wanted = rule.removeprefix("!").removeprefix("**/")
            fitting = parts if "**/" in rule else parts[:1]
            if any(fnmatchcase(part, wanted) for part in fitting):
                kept_out = not rule.startswith("!")
        return kept_out

    return lambda folder, names: {name for name in names if is_kept_out(Path(folder) / name)}
