"""How Sphinx builds this site: ``sphinx-build --fail-on-warning --keep-going docs FOLDER``.

Reads the pages here, docstrings and the click commands of the package. Needs no network.
"""

import sys
from pathlib import Path

from ecore_export import __version__

sys.path.insert(0, str(Path(__file__).parent))

project = "ecore-export"
author = copyright = "The ecore-export developers"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "click_commands"]

myst_heading_anchors = 3
smartquotes = False  # which would make one dash of the two of an option

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_display_short_literal_types = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"ecore-export {__version__}"
