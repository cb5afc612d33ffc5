"""One table's folder: which file holds which job, and which file a new job goes to.

In: ids of jobs and the months they were created in. Out: paths below ``PATH/TABLE/created_month=…/``. Reads
footers only.

A job lives in exactly one file and never changes file: whoever reads a file whole reads whole jobs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ... import schema
from ...errors import DestinationError
from ..files import reading
from .files import StoredFile

TEMPORARY = "_tmp"
"""The folder beside the tables where files lie until they are whole: Polars reads every file of a table's."""

_OWN_NAME = re.compile(
    r"(?:\w+_month=(?:none|\d{4,}-\d{2})/)?(?:part-\d{5,}|runs|empty|rejects|list_groups)\.parquet", re.ASCII
)

NO_MONTH = "none"
"""Stands for the month in the name of the folder that holds a table's file without rows.

Hive's own mark for a missing value will not do: pyarrow refuses a folder in which nothing but that is found.
"""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """When a month's open file is full: at ``jobs`` jobs or ``size_bytes``.

    ``own_file_rows``: so many new records of a month, published together, open a file of their own.
    8 MB are some 500,000 records, and each rewrite of as many costs a quarter of a second; with 32 MB the
    small publications of a busy month would spend their time on little else.
    """

    jobs: int = 5_000
    size_bytes: int = 8 * 1024 * 1024
    own_file_rows: int = 50_000


@dataclass(frozen=True, slots=True)
class JobFile:
    """One file as its footer describes it.

    ``job_ids``: ascending. ``stamp``: tells this file from the next one under its name.
    """

    path: Path
    account: str | None
    job_ids: npt.NDArray[np.int64]
    size_bytes: int
    stamp: tuple[int, int, int]

    @property
    def month(self) -> str:
        """The month in the name of its folder."""
        return self.path.parent.name.partition("=")[2]

    def which(self, wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Those of the ``wanted`` ids that live in this file."""
        if not len(self.job_ids) or not len(wanted):
            return wanted[:0]
        places = np.minimum(np.searchsorted(self.job_ids, wanted), len(self.job_ids) - 1)
        found: npt.NDArray[np.int64] = wanted[self.job_ids[places] == wanted]
        return found


class TableFolder:
    """The files of one table.

    ``is_exclusive``: nobody else writes here now, so what was seen once stays true until `refresh`.
    ``is_of_jobs``: each file holds jobs of one account, and its footer lists them.
    """

    def __init__(self, root: Path, table: schema.Table, *, partition: str = "created_month") -> None:
        self.root = root / table.name
        self.temporary = root / TEMPORARY
        self.table = table
        self.is_exclusive = False
        self.is_of_jobs = table in (schema.JOBS, schema.JOB_HISTORY, schema.RECORDS)
        self._partition = partition
        self._files: dict[Path, JobFile] = {}
        self._is_scanned = False

    def set_exclusive(self, is_exclusive: bool) -> None:
        """Say whether the lock is held from now on; what was seen before is looked at again."""
        self.is_exclusive = is_exclusive
        self._is_scanned = False

    def paths(self) -> list[Path]:
        """All files, in order."""
        return own_paths(self.root)

    def strangers(self) -> list[Path]:
        """Files that readers of the folder take for data, and that we did not write under this name."""
        own = set(own_paths(self.root))
        with reading(self.root):
            found = self.root.rglob("*.parquet")
            return sorted(p for p in found if p not in own and not p.name.startswith((".", "_")))

    def path_in(self, month: str, name: str) -> Path:
        """The path of a file of that month."""
        return self.root / f"{self._partition}={month}" / name

    def files_of(self, account: str | None, job_ids: Collection[int] | None = None) -> list[JobFile]:
        """The files of an account (None: of all) in order; with ``job_ids`` those that hold one of them."""
        files = [file for file in self._scan() if account is None or file.account == account]
        if job_ids is None:
            return files
        wanted = _sorted_ids(job_ids)
        return [file for file in files if len(file.which(wanted))]

    def locate(self, account: str, job_ids: Collection[int]) -> dict[int, Path]:
        """The file of each job that has one."""
        wanted = _sorted_ids(job_ids)
        return {
            job_id: file.path for file in self.files_of(account) for job_id in file.which(wanted).tolist()
        }

    def place(
        self,
        account: str,
        months: Mapping[int, str],
        limits: FileLimits,
        rows: Mapping[int, int] | None = None,
    ) -> dict[int, Path]:
        """A file for each job of ``months``: its own, else the month's open one, else a new one.

        ``rows``: how many each job has, where that decides whether they get a file of their own.
        """
        places = self.locate(account, months)
        new_ids = defaultdict(list)
        for job_id, month in months.items():
            if job_id not in places:
                new_ids[month].append(job_id)
        for month, job_ids in new_ids.items():
            is_large = rows is not None and sum(rows[job_id] for job_id in job_ids) >= limits.own_file_rows
            places |= self._place_new(account, month, job_ids, limits, is_large=is_large)
        return places

    def refresh(self, path: Path) -> None:
        """Look at a file again that was just written."""
        self._files[path] = self._look_at(path)

    def _place_new(
        self, account: str, month: str, job_ids: list[int], limits: FileLimits, *, is_large: bool
    ) -> dict[int, Path]:
        in_month = [file for file in self._scan() if file.month == month]
        ours = [file for file in in_month if file.account == account]
        number = max((_number(file.path) for file in in_month), default=0)
        places: dict[int, Path] = {}
        if ours and not is_large and ours[-1].size_bytes < limits.size_bytes:
            room = max(limits.jobs - len(ours[-1].job_ids), 0)
            places = dict.fromkeys(job_ids[:room], ours[-1].path)
        rest = job_ids[len(places) :]
        for start in range(0, len(rest), limits.jobs):
            number += 1
            path = self.path_in(month, f"part-{number:05d}.parquet")
            places |= dict.fromkeys(rest[start : start + limits.jobs], path)
        return places

    def _scan(self) -> Iterable[JobFile]:
        if not (self.is_exclusive and self._is_scanned):
            before = self._files
            self._files = {path: self._look_at(path) for path in self.paths()}
            if any(before.get(path) is not file for path, file in self._files.items()):
                _check_single(self._files.values())
            self._is_scanned = True
        return [self._files[path] for path in sorted(self._files)]

    def _look_at(self, path: Path) -> JobFile:
        with reading(path):
            stat = path.stat()
        stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        known = self._files.get(path)
        if known is not None and known.stamp == stamp:
            return known
        with StoredFile(path, self.table) as stored:
            footer = stored.footer
        return JobFile(path, footer.account, _sorted_ids(footer.jobs), stat.st_size, stamp)


def own_paths(root: Path) -> list[Path]:
    """The files of a table's folder whose names are ours, in order.

    A sync client keeps both sides of a conflict: ``part-00001 (1).parquet`` holds every row a second time.
    """
    with reading(root):
        found = [*root.glob("*/*.parquet"), *root.glob(f"{root.name}.parquet")]
        return sorted(path for path in found if _OWN_NAME.fullmatch(str(path.relative_to(root))))


def _check_single(files: Iterable[JobFile]) -> None:
    """Raise `DestinationError` if a job lives in two files: readers of the folder count it twice."""
    of_account: dict[str | None, list[JobFile]] = defaultdict(list)
    for file in files:
        of_account[file.account].append(file)
    for several in of_account.values():
        job_ids = np.sort(np.concatenate([file.job_ids for file in several]))  # a tenth of `np.unique`'s cost
        twice = job_ids[1:][job_ids[1:] == job_ids[:-1]]
        if not len(twice):
            continue
        first, second, *_ = (file.path for file in several if len(file.which(twice[:1])))
        raise DestinationError(
            f"job {twice[0]} is in two files, {first} and {second}, so that every reader counts it twice: "
            "move the one that is a copy out of the destination"
        )


def _sorted_ids(job_ids: Collection[int]) -> npt.NDArray[np.int64]:
    return np.sort(np.fromiter(job_ids, np.int64, len(job_ids)))


def _number(path: Path) -> int:
    digits = path.stem.removeprefix("part-")
    return int(digits) if digits.isdecimal() else 0
