"""Between which record ids the records of each job lie, as far as the files' footers tell.

In: the folder of `records`. Out: `RECORD_SPANS`, in which every job of a file has the span of its file.
"""

from __future__ import annotations

import pyarrow as pa

from ..contract import RECORD_SPANS
from .files import StoredFile
from .folder import TableFolder


def record_spans(folder: TableFolder, account: str) -> pa.Table:
    """The spans of the jobs of an account that have records."""
    parts = []
    for file in folder.files_of(account):
        with StoredFile(file.path, folder.table) as stored:
            jobs = {job_id: rows for job_id, rows in stored.footer.jobs.items() if rows}
            low, high = stored.bounds("record_id")
        columns = [list(jobs), [low] * len(jobs), [high] * len(jobs), list(jobs.values())]
        parts.append(pa.table([pa.array(column, pa.int64()) for column in columns], schema=RECORD_SPANS))
    return pa.concat_tables([RECORD_SPANS.empty_table(), *parts])
