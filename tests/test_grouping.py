"""Which lists belong together: what a rule finds in names, what is no rule, and which names have no row."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from choosing import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from ecore_export import schema
from ecore_export.errors import SettingsError
from ecore_export.grouping import check_rule, group_rows, groups_of

MONTHLY = r"^(.+?) \d{4}-\d{2}$"
CASES = [
    (MONTHLY, "Newsletter 2026-03", "Newsletter"),
    (MONTHLY, "Newsletter 2026-3", "Newsletter 2026-3"),
    (MONTHLY, "", ""),
    (MONTHLY, "Zwei\nZeilen 2026-03", "Zwei\nZeilen 2026-03"),
    ("", "Leads", "Leads"),
    (".*", "Leads 1", "Leads 1"),
    (r"^\D+", "Leads 2026", "Leads"),
    (r"\d+", "Leads 2026", "2026"),
    (r"\d*", "Leads 2026", "Leads 2026"),
    ("^(?:Client )?([^ ]+)", "Client ACME 7", "ACME"),
    ("(?i)^leads", "LEADS 3", "LEADS"),
    ("^(a)|^(b)", "b1", "b1"),
    ("( +)x", "  x", "  x"),
    ("^Leads ?", "Leads ", "Leads"),
    ("^Leads ?", "Leads", "Leads"),
    (r"^[\pL ]+", "Käufer März 2026", "Käufer März"),
    (r"^\w+", "Käufer", "K"),
    (r"\1?x(y)", "xy", None),
    ("(?P<month>.)", "abc", "a"),
]


@pytest.mark.parametrize(("rule", "name", "group"), CASES)
def test_a_group_is_what_the_first_parentheses_match_or_all_that_does(
    rule: str, name: str, group: str | None
) -> None:
    if group is None:
        with pytest.raises(SettingsError, match=r"invalid escape sequence: \\1"):
            check_rule(rule)
        return
    check_rule(rule)
    assert groups_of(pa.array([name, None]), rule).to_pylist() == [group, None]


@settings(max_examples=examples(200), deadline=None)
@given(
    name=st.text(st.sampled_from("ab 1-\n"), max_size=8),
    rule=st.sampled_from((MONTHLY, "(a+)b", "a(b|1)*", "^(?:a|(b)) ?", " $", "(.*)1", "(|a)b")),
)
def test_what_is_found_is_what_python_finds(name: str, rule: str) -> None:
    found = re.search(rule, name)
    matched = "" if found is None else found[1] if found.re.groups else found[0]
    assert groups_of(pa.array([name]), rule).to_pylist() == [(matched or "").strip() or name]


@pytest.mark.parametrize(
    "rule", ["(", "a)|(b", "[", "*", "(?=x)", r"(a)\1", "\\", r"\Qabc", "x" * 1_001, None, 7]
)
def test_what_is_no_rule_is_refused_by_name(rule: Any) -> None:
    with pytest.raises(SettingsError, match=r"^--group is "):
        check_rule(rule, "--group")


def test_a_rule_that_python_would_take_years_for_takes_no_time() -> None:
    begun = time.monotonic()
    assert groups_of(pa.array(["a" * 250 + "!"]), r"^(\w+\s?)+$").to_pylist() == ["a" * 250 + "!"]
    assert time.monotonic() - begun < 5


def test_names_that_no_key_takes_or_that_hold_an_address_have_no_row() -> None:
    names = [
        "May 1",
        "May 1",
        None,
        "x" * 255,
        "x" * 256,
        "May\0 2",
        "May of ana@example.com",
        "50 % @ fair",
        "",
    ]
    found = group_rows("west", pa.array(names), "^May|^50")
    assert found.schema == schema.LIST_GROUPS.arrow
    rows = [("May 1", "May"), ("x" * 255, "x" * 255), ("50 % @ fair", "50"), ("", "")]
    assert [(row["list_name"], row["list_group"]) for row in found.to_pylist()] == rows
    assert set(found["account"].to_pylist()) == {"west"}


def test_the_page_shows_what_rules_find() -> None:
    page = (Path(__file__).parents[1] / "docs" / "groups.md").read_text("utf-8")
    cells = [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in page.splitlines() if line.startswith("|")]
    names = [name.strip("`") for name in cells[0][1:]]
    rows = [(re.findall(r"`(.*?)`", row[0]), [cell.strip("`") for cell in row[1:]]) for row in cells[2:]]
    assert len(rows) == 5
    for rule, groups in rows:
        assert groups_of(pa.array(names), "".join(rule).replace(r"\|", "|")).to_pylist() == groups
