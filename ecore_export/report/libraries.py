"""What the page carries of others: Vega-Lite for charts, DataTables for tables, each as one script.

In: the packages of the extra ``report``. Out: scripts, with the licence that comes with them. Raises
`ImportError` where a package is not installed.

Nothing is kept here: vl-convert ships Vega; itables, which shows DataTables in notebooks, ships it whole, and
needs nothing else.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from ..errors import SettingsError

_BUNDLE = "itables/html/dt_bundle.js"
_DEFAULT_EXPORT = re.compile(r"export\{(?:[^{}]*,)?([\w$]+) as default(?:,[^{}]*)?\};?")


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
