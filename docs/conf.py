"""How the documentation is built: ``sphinx-build -n -W docs OUT`` passes, and asks nothing of a network."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "grantkit"
author = "The grantkit maintainers"
project_copyright = author
version = release = metadata.version("grantkit-access")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "front_door"]
exclude_patterns = ["_ext"]
nitpicky = True
nitpick_ignore_regex = [
    # What others document; fetching their inventories would make the build depend on a network.
    (
        r"py:.*",
        r"(collections|contextlib|datetime|email|enum|fastapi|http|os|random|smtplib|sqlalchemy|starlette|string|typing|typing_extensions)(\..*)?",
    ),
    (r"py:class", r"(grantkit\..*\.)?[PST]"),  # "the same kind as was given": a name for types, and no type
    (
        r"py:.*",
        r"(bool|bytes|datetime|dict|float|frozenset|int|object|str|tuple|type|BaseException|Exception|OSError|SMTPException|ValueError)",
    ),
]

myst_heading_anchors = 3
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # fields are listed; their own entries would be there twice

copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"grantkit {release}"
html_static_path = ["_static"]
html_css_files = ["wrap.css"]
