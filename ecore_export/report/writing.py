"""The page: a destination's figures, put into one HTML file.

In: a destination, what was asked for, the time. Out: HTML; a file.

The page forbids itself the network: its content security policy names the hashes of its scripts, and
everything else is inside it. Names of lists are data and text, never markup.

What it carries of others, Vega-Lite for charts and DataTables for tables, comes with the packages of the
extra ``report``: vl-convert ships Vega; itables, which shows DataTables in notebooks, ships it whole.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cache
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from .. import __version__
from ..destinations import Destination, check_exported, open_destination, write_text
from ..errors import SettingsError
from ..times import Moment, zone_of
from .figures import Figures, Query, read_figures
from .freshness import assessments, span
from .packing import packed, packed_money
from .spending import NO_BALANCES, Amount, Balances, Price, balances_of, price_of

TITLE = "eCore email validation"
MAX_AGE = timedelta(hours=26)
"""A daily export that is two hours late is not stale yet."""

_PAGE = Path(__file__).parent / "page"
_SCRIPTS = (
    *("words", "money", "filters", "address", "sums", "drawing", "tables", "months", "summary"),
    *("credits", "accounts", "repeats", "lists", "decay", "domains", "validators", "turnaround", "show"),
)
"""Files of the page's own script, in the order in which they build upon each other."""
_MAX_ASSESSED = 20

_BUNDLE = "itables/html/dt_bundle.js"
_DEFAULT_EXPORT = re.compile(r"export\{(?:[^{}]*,)?([\w$]+) as default(?:,[^{}]*)?\};?")


@dataclass(frozen=True, slots=True)
class Look:
    """How the page is written. ``max_age``: what is older is called stale; ``now``: the time of writing.

    ``price``: of a credit, for money beside credits; ``balances``: credits left, for how long they last.
    """

    title: str = TITLE
    max_age: timedelta = MAX_AGE
    price: Price | None = None
    balances: Balances = NO_BALANCES
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def write_report(
    destination: str | Destination,
    path: str | Path,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    tz: str | None = None,
    account: str | None = None,
    title: str = TITLE,
    max_age: timedelta = MAX_AGE,
    balance: Amount | Mapping[str, Amount] | None = None,
    price: Amount | None = None,
    currency: str | None = None,
    schema_name: str | None = None,
) -> None:
    """Write one HTML page on what was exported: credits, lists, validators, turnaround, freshness.

    It asks no API, and the page needs no network; a file of that name is replaced in one step. ``since``
    (inclusive) and ``until`` (exclusive), by the clock of ``tz`` where they name no offset: credits charged
    and refunded in that time, and else the jobs created then. ``tz``: the zone whose days count, by default
    that of `sync`. ``account``: one account only. ``max_age``: the page calls data stale if the last complete
    run is older. ``balance``: credits left, in all or by account, to tell how long they last. ``price`` of a
    credit in ``currency``, such as EUR: what credits are in money. It shows names of lists, and no address.
    Raises `SettingsError` for a period, zone, balance or price that makes no sense and where the extra
    ``report`` is not installed, `DestinationError` where the destination cannot be read or the file not be
    written.

    >>> import ecore_export as ee
    >>> ee.write_report("parquet:warehouse", "may.html", since="2026-05-01", until="2026-06-01")
    """
    query = Query(since, until, tz, account)
    look = Look(title, max_age, price_of(price, currency), balances_of(balance))
    opening: AbstractContextManager[Destination]
    if isinstance(destination, str):
        opening = closing(open_destination(destination, schema_name=schema_name))
    else:
        opening = nullcontext(destination)
    with opening as found:
        page = report_page(found, query, look)
    write_text(Path(path), page)


def report_page(destination: Destination, query: Query, look: Look) -> str:
    """The page as text."""
    template = _template()  # which says first what is not installed
    check_exported(destination, query.account)
    now = look.now()
    return template(_content(read_figures(destination, query, now), look, now))


def _content(figures: Figures, look: Look, now: datetime) -> dict[str, Any]:
    """What the template puts in its places."""
    found = assessments(figures.health, look.max_age)
    since, until = (_clock(at, zone_of(figures.tz)) for at in (figures.period.since, figures.period.until))
    data = packed(figures) | packed_money(figures, look.price, look.balances)
    data |= {"written_at": now.isoformat(), "max_age_s": look.max_age.total_seconds()}
    return {
        "title": look.title,
        "version": __version__,
        "now": now,
        "tz": figures.tz,
        "since": since,
        "until": until,
        "is_empty": not found,
        "assessments": found[:_MAX_ASSESSED],
        "assessments_left_out": found[_MAX_ASSESSED:],
        "is_good": all(assessment.is_good for assessment in found),
        "max_age": span(look.max_age),
        "unit": "credits" if look.price is None else look.price.currency,
        "data": data,
    }


def _template() -> Callable[[dict[str, Any]], str]:
    """Fills the page; raises `SettingsError` where the extra is not installed."""
    try:
        import jinja2

        with _some_home():
            from .charts import charts

        libraries = [chart_library(), table_library()]
    except ImportError as error:
        raise SettingsError(
            "a report needs Altair, Jinja, vl-convert and itables: pip install 'ecore-export[report]'"
        ) from error

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _own_script()
    style = (_PAGE / "report.css").read_text("utf-8")
    page = environment.get_template("page.html")

    def fill(content: dict[str, Any]) -> str:
        return page.render(
            content,
            specs=charts(content["unit"]),
            libraries=libraries,
            script=script,
            style=style,
            hashes=[_source_hash(each) for each in (*libraries, script)],
            json=_json,
        )

    return fill


@contextmanager
def _some_home() -> Iterator[None]:
    """Altair asks for the home folder when it is imported; a user id without an entry has none."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = tempfile.gettempdir()
        try:
            yield
        finally:
            del os.environ["HOME"]
    else:
        yield


def _own_script() -> str:
    """The page's own script: its files put together, their names nobody else's."""
    parts = "\n".join((_PAGE / f"{name}.js").read_text("utf-8") for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();'


def _source_hash(script: str) -> str:
    """What a content security policy calls a script."""
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"


def _json(value: Any) -> str:
    """JSON that can stand inside a script element: no letter of it ends the element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _clock(at: datetime | None, zone: tzinfo) -> str | None:
    """An instant by the clock of a zone: the day alone where it is midnight."""
    if at is None:
        return None
    local = at.astimezone(zone)
    is_midnight = local.time() == time.min
    return f"{local:%Y-%m-%d}" if is_midnight else f"{local:%Y-%m-%d %H:%M:%S}"


@cache
def chart_library() -> str:
    """Vega-Lite and what it needs, as ``vegaEmbed``; a second to put together."""
    import vl_convert

    return _inline(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


@cache
def table_library() -> str:
    """DataTables with its buttons, as ``DataTable``.

    It is shipped as a module, and a module inside of a page cannot be imported: what it exports is handed
    over by name instead.
    """
    package = distribution("itables")
    module = Path(str(package.locate_file(_BUNDLE)))
    source, exports = _DEFAULT_EXPORT.subn(r"window.DataTable=\1;", module.read_text("utf-8"))
    if exports != 1:
        raise SettingsError(f"itables {package.version} ships its tables in another way: take an older one")
    licence = (package.read_text("licenses/LICENSE") or "MIT").replace("*/", "* /")
    return _inline(f'/*! itables {package.version}\n{licence}*/\n(() => {{\n"use strict";\n{source}\n}})();')


def _inline(script: str) -> str:
    """A script that can stand inside a script element: nothing in it ends the element."""
    return script.replace("</script", "<\\/script")
