"""The report: one HTML page that needs nothing else, from what was exported.

In: a destination. Out: a page of figures, charts, tables and filters, which asks no API and no network. Needs
the extra ``report``.

Read in this order: `figures` (what the views say for a period, and how fresh and complete the data are),
`spending` (how fast credits go, what they are in money), `packing` over `folding` (what a page can hold),
`freshness` (whether to trust it, in words), `charts` (Vega-Lite, by Altair), `writing` (the page, with what
it carries of others). ``page/`` is what the browser gets: the template, its style, and a script in files of
one thought each, which adds up what the filters leave.
"""

from .figures import Health, Query, read_health
from .spending import balances_of, price_of
from .writing import TITLE, Look, report_page, write_report

__all__ = [
    "TITLE",
    "Health",
    "Look",
    "Query",
    "balances_of",
    "price_of",
    "read_health",
    "report_page",
    "write_report",
]
