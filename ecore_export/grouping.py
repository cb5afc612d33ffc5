"""Which lists belong together: a rule of the user's that takes what changes out of their names.

In: a regular expression, names of lists. Out: rows of `schema.LIST_GROUPS`.

RE2 matches, by way of PyArrow: in time that grows with the name alone, whatever the expression. Python's own
module can take years for one, and nobody could stop it.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import schema
from .addresses import AT_SIGNS, pieces
from .arguments import kind_of
from .errors import SettingsError

LONGEST_NAME = 255
"""Characters of a name that has a row: databases take no longer text into a key."""
LONGEST_RULE = 1_000


def check_rule(rule: object, name: str = "group") -> None:
    """Raise `SettingsError`, by ``name``, for what is no rule. Empty text is one: each list for itself."""
    if not isinstance(rule, str):
        raise SettingsError(f"{name} is a regular expression as text, not {kind_of(rule)}")
    if len(rule) > LONGEST_RULE:
        raise SettingsError(f"{name} is longer than {LONGEST_RULE:,} characters")
    try:
        pc.match_substring_regex(pa.array([""]), rule)  # by itself first: a half of it must not match
        groups_of(pa.array([""]), rule)
    except pa.ArrowInvalid as error:
        reason = str(error).partition(": ")[2].partition("\n")[0]
        raise SettingsError(
            f"{name} is no regular expression for RE2 ({reason}); one is '^(.+) [0-9]{{4}}-[0-9]{{2}}$'"
        ) from None


def groups_of(names: Any, rule: str) -> Any:
    """The group of each list: what the first parentheses of the rule match in its name, blanks around it off.

    Without parentheses it is all that matches. A list is its own group where nothing is left or nothing
    matches. Null stays null.
    """
    if not rule:
        return names
    whole = f"^(?s:.*?)({rule})(?s:.*)$"
    try:
        found = pc.replace_substring_regex(names, whole, r"\2", max_replacements=1)
    except pa.ArrowInvalid as error:
        if "Rewrite schema" not in str(error):
            raise
        found = pc.replace_substring_regex(names, whole, r"\1", max_replacements=1)
    trimmed: Any = pc.utf8_trim_whitespace(found)
    is_found = pc.and_(pc.match_substring_regex(names, rule), pc.not_equal(trimmed, pa.scalar("")))
    return pc.if_else(is_found, trimmed, names)


def group_rows(account: str, names: Any, rule: str) -> pa.Table:
    """Rows of `schema.LIST_GROUPS` for the different ones of these names.

    None for a name that is too long for a key, holds NUL, which PostgreSQL leaves out, or in which an address
    may stand: it would stand in one more place. Such a list is its own group.
    """
    different: Any = pc.unique(names).drop_null()
    is_too_long = pc.greater(pc.utf8_length(different), pa.scalar(LONGEST_NAME))
    different = different.filter(pc.invert(pc.or_(is_too_long, pc.match_substring(different, "\0"))))
    groups = groups_of(different, rule)
    may_hold = pc.match_substring_regex(different, AT_SIGNS, ignore_case=True)
    texts = zip(different.to_pylist(), groups.to_pylist(), may_hold.to_pylist(), strict=True)
    kept = [(name, group) for name, group, may in texts if not (may and pieces(name) | pieces(group))]
    columns = [[account] * len(kept), [name for name, _ in kept], [group for _, group in kept]]
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=schema.LIST_GROUPS.arrow)
