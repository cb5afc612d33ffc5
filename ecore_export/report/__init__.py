"""The report: one HTML page that needs nothing else, from what was exported.

In: a destination. Out: a page of figures, charts, tables and filters, which asks no API and no network. Needs
the extra ``report``.

Read in this order: `figures` (what the views say for a period, and how fresh and complete the data are),
`packing` (folded to what a page can hold), `freshness` (whether to trust it, in words), `charts` (Vega-Lite,
by Altair), `writing` (the page). ``page/`` is what the browser gets: the template, its style, and a script in
files of one thought each, which adds up what the filters leave.
"""

from .figures import Health, Query, read_health
from .writing import TITLE, Look, report_page, write_report

__all__ = ["TITLE", "Health", "Look", "Query", "read_health", "report_page", "write_report"]
