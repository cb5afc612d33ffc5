"""How Sphinx builds this site: ``sphinx-build --fail-on-warning --keep-going docs FOLDER``.

Reads the pages here, docstrings and the click commands of the package, and runs the notebooks against the
made-up account. Needs no network.
"""

import logging
import os
import sys
from pathlib import Path

from ecore_export import __version__

sys.path.insert(0, str(Path(__file__).parent))

project = "ecore-export"
author = copyright = "The ecore-export developers"
release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "click_commands"]

os.environ.pop("ECORE_API_TOKEN", None)  # with which the notebooks would publish somebody's real figures
os.environ.pop("ECORE_API_TOKEN_FILE", None)
logging.getLogger("traitlets").setLevel(logging.WARNING)  # no line for each notebook
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 180

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
