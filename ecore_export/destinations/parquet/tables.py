"""What lies in the folder of a Parquet destination: a folder a table, and ``_ecore.json``.

In: the folder's path. Out: its version, its entries about itself, the files in it that are not ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ... import schema
from ...errors import DestinationError
from ..files import reading, sweep_temporary, write_text
from ..rows import to_iso_text
from .folder import NO_MONTH, TEMPORARY, TableFolder

VERSION_ENTRY = "schema_version"


class Tables:
    """The folders of `schema.DATA_TABLES`, by their table; ``root``: the destination's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobs = TableFolder(root, schema.JOBS)
        self.history = TableFolder(root, schema.JOB_HISTORY)
        self.records = TableFolder(root, schema.RECORDS)
        self.runs = TableFolder(root, schema.SYNC_RUNS, partition="started_month")
        self.rejects = TableFolder(root, schema.REJECTS)
        self.groups = TableFolder(root, schema.LIST_GROUPS)
        self.all: Sequence[TableFolder] = (
            *(self.jobs, self.history, self.records),
            *(self.runs, self.rejects, self.groups),
        )

    def folder(self, table: schema.Table) -> TableFolder:
        """The folder of a table."""
        return next(folder for folder in self.all if folder.table is table)

    @property
    def only_paths(self) -> dict[str, Path]:
        """The files of the tables that have but one, by the table's name."""
        return {f.table.name: f.root / f"{f.table.name}.parquet" for f in (self.rejects, self.groups)}

    @property
    def _about_path(self) -> Path:
        return self.root / "_ecore.json"

    def version(self) -> int | None:
        """The schema version of the folder; None if nothing was ever written there."""
        self.existing_place()
        about = self.about()
        if about is not None:
            return int(about["meta"][VERSION_ENTRY])
        if any(folder.root.exists() for folder in self.all):
            raise DestinationError(
                f"{self.root} holds tables but no {self._about_path.name}: restore that file, "
                "or choose another path"
            )
        return None

    def first_paths(self) -> list[tuple[TableFolder, Path]]:
        """For each table the file that makes it readable before anything is in it."""
        return [
            (f, self.only_paths.get(f.table.name) or f.path_in(NO_MONTH, "empty.parquet")) for f in self.all
        ]

    def set_exclusive(self, is_exclusive: bool) -> None:
        """Say whether the lock is held from now on."""
        for folder in self.all:
            folder.set_exclusive(is_exclusive)

    def sweep(self) -> None:
        """Remove what a killed writer left. In the tables' own folders only version 0.1 left any."""
        for place in (self.root, self.root / TEMPORARY, *(folder.root for folder in self.all)):
            sweep_temporary(place)

    def existing_place(self) -> Path:
        """The folder itself, or the nearest above it that exists."""
        place = next(path for path in (self.root, *self.root.parents) if path.exists())
        if not place.is_dir():
            raise DestinationError(f"{place} is a file: choose a folder for the Parquet destination")
        return place

    def strangers(self) -> list[str]:
        """What to say of files in the tables' folders that are not ours."""
        return [
            f"{path} is no file of ecore-export, perhaps a copy that a sync client made: it is not read or "
            f"counted here, but whoever reads the folder {folder.root} sees its rows too; move it out"
            for folder in self.all
            for path in folder.strangers()
        ]

    def refuse_strangers(self) -> None:
        """A copy that is not ours is never rewritten: what is to go for good would stay in it."""
        for folder in self.all:
            for path in folder.strangers():
                raise DestinationError(
                    f"{path} is no file of ecore-export, and may hold what is to go: move it out of the "
                    "destination, delete it if it is a copy, and run this again; nothing was changed"
                )

    def about(self) -> dict[str, Any] | None:
        """The contents of ``_ecore.json``; None if it does not exist."""
        if not self._about_path.exists():
            return None
        try:
            with reading(self._about_path):
                about: dict[str, Any] = json.loads(self._about_path.read_bytes())
            int(about["meta"][VERSION_ENTRY])
        except (KeyError, TypeError, ValueError) as error:
            raise DestinationError(f"{self._about_path} is damaged: restore it from a backup") from error
        return about

    def about_rows(self, table: schema.Table) -> pa.Table:
        """What ``_ecore.json`` holds of `schema.META` or `schema.SUPPRESSIONS`."""
        about = self.about() or {}
        if table is schema.META:
            meta: dict[str, str] = about.get("meta", {})
            return pa.table({"name": list(meta), "value": list(meta.values())}, schema=table.arrow)
        suppressed: dict[str, str] = about.get("suppressed", {})
        times = list(map(datetime.fromisoformat, suppressed.values()))
        return pa.table({"email_hash": list(suppressed), "suppressed_at": times}, schema=table.arrow)

    def write_about(self, table: schema.Table, rows: pa.Table) -> None:
        """Put rows of `schema.META` or `schema.SUPPRESSIONS` there; an older suppression keeps its time."""
        about = self.about() or {"meta": {VERSION_ENTRY: str(schema.SCHEMA_VERSION)}}
        if table is schema.META:
            about["meta"] |= dict(zip(rows["name"].to_pylist(), rows["value"].to_pylist(), strict=True))
        else:
            times = to_iso_text(rows["suppressed_at"]).to_pylist()
            new = dict(zip(rows["email_hash"].to_pylist(), times, strict=True))
            about["suppressed"] = new | about.get("suppressed", {})
        write_text(self._about_path, json.dumps(about, indent=2, sort_keys=True) + "\n")
