"""What databases word differently in the views' SQL, and nothing else.

In: pieces of SQL. Out: pieces of SQL.

Credits are summed and divided as whole micro-credits: SQLite has no decimals, and no two databases agree on
how many digits a division of decimals has.

Words are filled in, and no text is translated: sqlglot 30 was tried on DuckDB's texts. It writes the whole
numbers that hold micro-credits (HUGEINT) as INT128, which SQLite, PostgreSQL and MySQL do not have, and
SQLite's quotients by way of REAL, which loses digits; a table of exceptions would be as long as this one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .. import schema
from ..errors import SettingsError
from ..times import Offsets
from .columns import ALWAYS, Period

Reads = dict[schema.Table, tuple[str, ...]]
"""What a view needs of which table."""


@dataclass(frozen=True, slots=True)
class SqlWords:
    """How one kind of database words it; ``{0}`` and ``{1}`` stand for operands.

    ``to_micro``: credits as a whole number of micro-credits; ``to_credits``: the way back. ``to_quotient``
    (cut, towards 0) and ``to_remainder`` of whole numbers of any size. ``to_int64``: of a sum, exact.
    ``to_double``: the nearest. ``to_elapsed``: microseconds from one instant to another. ``to_day``: of an
    instant, so many seconds later. ``to_before``: whether an instant is before a point in time.
    ``to_month``: a day's month, as its first day. ``to_flag``: a condition as a column. ``to_step``: a
    common table expression, by name, computed once; else some databases put its expressions in wherever its
    columns are used, subqueries and all. ``to_bytes``: a text that is put in order by its bytes, which takes
    a fraction of the time that the rules of a language take, and tells the same texts apart.
    """

    to_micro: str
    to_credits: str
    to_quotient: str
    to_remainder: str
    to_int64: str
    to_double: str
    to_elapsed: str
    to_day: str
    to_before: str
    to_month: str
    to_flag: str = "{0}"
    to_step: str = "{0} AS (\n{1}\n)"
    to_bytes: str = "{0}"

    def micro(self, credits: str) -> str:
        """Credits in micro-credits."""
        return self.to_micro.format(credits)

    def credits(self, micro: str) -> str:
        """Micro-credits as credits."""
        return self.to_credits.format(micro)

    def quotient(self, number: str, divisor: str) -> str:
        """The whole part of a quotient."""
        return self.to_quotient.format(number, divisor)

    def remainder(self, number: str, divisor: str) -> str:
        """What a division leaves, with the sign of ``number``."""
        return self.to_remainder.format(number, divisor)

    def total(self, number: str) -> str:
        """The sum of whole numbers, 0 where there are none."""
        return f"COALESCE({self.to_int64.format(f'SUM({number})')}, 0)"

    def ratio(self, part: str, whole: str) -> str:
        """A double; null where ``whole`` is 0."""
        return f"{self.to_double.format(part)} / NULLIF({whole}, 0)"

    def seconds(self, begin: str, end: str) -> str:
        """Seconds from one instant to another, a double."""
        return f"{self.to_double.format(self.to_elapsed.format(begin, end))} / 1000000"

    def days(self, begin: str, end: str) -> str:
        """Days of 24 hours from one instant to another, a double."""
        return f"{self.to_double.format(self.to_elapsed.format(begin, end))} / 86400000000"

    def step(self, name: str, select: str) -> str:
        """A common table expression that is computed once."""
        return self.to_step.format(name, select)

    def by_bytes(self, text: str) -> str:
        """A text that is put in order by its bytes."""
        return self.to_bytes.format(text)

    def flag(self, condition: str) -> str:
        """A condition as a column."""
        return self.to_flag.format(condition)

    def month(self, day: str) -> str:
        """The first day of a day's month."""
        return self.to_month.format(day)

    def day(self, instant: str, offsets: Offsets) -> str:
        """The day of an instant by the clock of a zone: a tree of CASEs, so that few are looked at."""
        if not offsets.changes_s:
            return self.to_day.format(instant, f"{offsets.offsets_s[0]:+d}")
        middle = len(offsets.changes_s) // 2
        earlier = Offsets(offsets.changes_s[:middle], offsets.offsets_s[: middle + 1])
        later = Offsets(offsets.changes_s[middle + 1 :], offsets.offsets_s[middle + 1 :])
        change = datetime.fromtimestamp(offsets.changes_s[middle], UTC)
        is_before = self.to_before.format(instant, change)
        return f"CASE WHEN {is_before} THEN {self.day(instant, earlier)} ELSE {self.day(instant, later)} END"


@dataclass(frozen=True, slots=True)
class Tables:
    """Where the views read: ``name`` gives a table's name there, quoted where that is needed.

    ``period``: what of it they read; all, where a view is made.
    """

    words: SqlWords
    name: Callable[[schema.Table], str]
    period: Period = ALWAYS

    def within(self, instant: str, keyword: str) -> str:
        """The condition that an instant lies in the period, after WHERE or AND; empty for all time."""
        conditions = []
        if self.period.since is not None:
            conditions.append(f"NOT {self.words.to_before.format(instant, self.period.since)}")
        if self.period.until is not None:
            conditions.append(self.words.to_before.format(instant, self.period.until))
        return f"\n  {keyword} {' AND '.join(conditions)}" if conditions else ""

    def monthly(self, table: schema.Table, instant: str, offsets: Offsets) -> str:
        """A table with the month of an instant as one more column, under the name ``monthly``."""
        month = self.words.month("day")
        return f"(SELECT dated.*, {month} AS month FROM {self.dated(table, instant, offsets)}) AS monthly"  # noqa: S608

    def grouped(self, source: str, alias: str) -> str:
        """Rows with their list's group as one more column, under the name ``grouped``.

        ``source``: a table or step with `account` and `list_name`, which goes by ``alias`` in it.
        """
        return f"""(
  SELECT {alias}.*, COALESCE(list_groups.list_group, {alias}.list_name) AS list_group
  FROM {source}
  LEFT JOIN {self.name(schema.LIST_GROUPS)} AS list_groups
    ON list_groups.account = {alias}.account AND list_groups.list_name = {alias}.list_name
) AS grouped"""  # noqa: S608

    def without_groups(self) -> Tables:
        """The same, where `schema.LIST_GROUPS` is not there yet, and counts as empty."""
        none = (
            f"(SELECT account, list_name, list_name AS list_group FROM {self.name(schema.JOBS)} WHERE 1 = 0)"  # noqa: S608
        )
        return replace(self, name=lambda table: none if table is schema.LIST_GROUPS else self.name(table))

    def up_to_end(self) -> Tables:
        """The same, without the period's beginning: what came before it may matter to what lies in it."""
        return replace(self, period=Period(until=self.period.until))

    def dated(self, table: schema.Table, instant: str, offsets: Offsets) -> str:
        """A table with the day of an instant as one more column, under the name ``dated``."""
        day = self.words.day(instant, offsets)
        return f"(SELECT {table.name}.*, {day} AS day FROM {self.name(table)} AS {table.name}) AS dated"  # noqa: S608


_SQLITE_MICROSECONDS = (
    "(CAST(strftime('%s', substr({0}, 1, 19)) AS INTEGER) * 1000000 + CAST(substr({0}, 21, 6) AS INTEGER))"
)

WORDS = {
    # Beyond 64 bits SQLite goes on in doubles, except in SUM, which fails: so very large numbers are doubles
    # from the start. Below 1e9 credits all of it is exact, as the credits themselves are.
    "sqlite": SqlWords(
        to_micro=(
            "CASE WHEN abs({0}) < 9e9 THEN CAST(round({0} * 1000000) AS INTEGER) ELSE {0} * 1000000.0 END"
        ),
        to_credits="{0} / 1000000.0",
        to_quotient="{0} / {1}",
        to_remainder="CASE typeof({0}) WHEN 'real' THEN 0 ELSE {0} % {1} END",
        to_int64="{0}",
        to_double="CAST({0} AS REAL)",
        to_elapsed=f"({_SQLITE_MICROSECONDS.format('{1}')} - {_SQLITE_MICROSECONDS})",
        to_day="date(substr({0}, 1, 19), '{1} seconds')",
        to_before="{0} < '{1:%Y-%m-%dT%H:%M:%S.%fZ}'",
        to_month="date({0}, 'start of month')",
    ),
    "postgresql": SqlWords(
        to_micro="trunc({0} * 1000000)",
        to_credits="CAST({0} * 0.000001 AS NUMERIC(28, 6))",
        to_quotient="div({0}, {1})",
        to_remainder="mod({0}, {1})",
        to_int64="CAST({0} AS BIGINT)",
        to_double="CAST({0} AS DOUBLE PRECISION)",
        to_elapsed="CAST(EXTRACT(EPOCH FROM ({1} - {0})) * 1000000 AS BIGINT)",
        to_day="CAST({0} AT TIME ZONE 'UTC' + INTERVAL '{1} seconds' AS DATE)",
        to_before="{0} < TIMESTAMPTZ '{1:%Y-%m-%d %H:%M:%S.%f+00}'",
        to_month="CAST(date_trunc('month', CAST({0} AS TIMESTAMP)) AS DATE)",
        to_step="{0} AS MATERIALIZED (\n{1}\n)",
        to_bytes='{0} COLLATE "C"',
    ),
    "mysql": SqlWords(
        to_micro="CAST({0} * 1000000 AS DECIMAL(38, 0))",
        to_credits="CAST({0} * 0.000001 AS DECIMAL(28, 6))",
        to_quotient="CAST(({0} - MOD({0}, {1})) / {1} AS DECIMAL(38, 0))",
        to_remainder="MOD({0}, {1})",
        to_int64="CAST({0} AS SIGNED)",
        to_double="CAST({0} AS DOUBLE)",
        to_elapsed="TIMESTAMPDIFF(MICROSECOND, {0}, {1})",
        to_day="CAST({0} + INTERVAL {1} SECOND AS DATE)",
        to_before="{0} < TIMESTAMP '{1:%Y-%m-%d %H:%M:%S.%f}'",
        to_month="CAST({0} - INTERVAL (DAYOFMONTH({0}) - 1) DAY AS DATE)",
        to_step="{0} AS (\n{1}\n  LIMIT 18446744073709551615\n)",
    ),
    # Nothing here needs DuckDB's extension for time zones, which not every build has.
    "duckdb": SqlWords(
        to_micro="CAST({0} * 1000000 AS HUGEINT)",
        to_credits="CAST(CAST({0} AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6))",
        to_quotient="{0} // {1}",
        to_remainder="{0} % {1}",
        to_int64="CAST({0} AS BIGINT)",
        to_double="CAST({0} AS DOUBLE)",
        to_elapsed="epoch_us({1}) - epoch_us({0})",
        to_day="CAST(make_timestamp(epoch_us({0}) + ({1}000000)) AS DATE)",
        to_before="{0} < TIMESTAMPTZ '{1:%Y-%m-%d %H:%M:%S.%f+00}'",
        to_month="CAST(date_trunc('month', {0}) AS DATE)",
    ),
}
"""By the name that SQLAlchemy has for the dialect, and DuckDB."""


def words_of(dialect: str) -> SqlWords:
    """The words of a dialect; raises `SettingsError` where there are none."""
    if dialect not in WORDS:
        raise SettingsError(f"there are no views for {dialect}, but for {', '.join(WORDS)}")
    return WORDS[dialect]


IN_DUCKDB = Tables(words_of("duckdb"), lambda table: table.name)
"""Tables of a DuckDB connection, under their own names."""
