"""Compiles ``record_scanner.pyx`` when a wheel is built, where there is a C compiler; else does without.

In: the source tree. Out: the extension module beside its source, for the wheel and for whoever runs from the
tree. Called by hatchling (pyproject.toml). ecore-export works the same without it, but decodes slower.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from Cython.Build import cythonize
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension

MODULE = "ecore_export.record_scanner"


class CompilingHook(BuildHookInterface[Any]):
    """Puts the extension module into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the files of the wheel are gathered."""
        built = _compiled(Path(self.root))
        if built is None:
            self.app.display_warning(f"{MODULE} is left out, as it could not be compiled")
            return
        build_data["artifacts"].append(built.relative_to(self.root).as_posix())
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _compiled(root: Path) -> Path | None:
    """The extension module, put into its place in one step: a process may be running the old one.

    None where there is no compiler, or no folder to write to.
    """
    source = root / Path(*MODULE.split(".")).with_suffix(".pyx")
    with tempfile.TemporaryDirectory() as folder:
        (module,) = cythonize([Extension(MODULE, [str(source)])], build_dir=folder, quiet=True)
        module.optional = True
        command = Distribution({"ext_modules": [module]}).get_command_obj("build_ext")
        command.build_temp = command.build_lib = folder
        command.ensure_finalized()
        command.run()
        built = Path(command.get_ext_fullpath(MODULE))
        if not os.access(source.parent, os.W_OK):
            return None
        place = source.with_name(built.name)
        if not built.exists():
            place.unlink(missing_ok=True)  # what is there was compiled from an older source
            return None
        beside = source.with_name(f".{built.name}")
        shutil.copy(built, beside)
        return beside.replace(place)
