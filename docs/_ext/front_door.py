"""
How docstrings become pages: one name for each thing, and what stands in a docstring left as it was written.

A signature says ``grantkit.model.principals.Agent``, a docstring says ``Agent``; both mean ``grantkit.Agent``. A name
that is documented nowhere, or twice, stays a broken reference, and the build fails on it.

Napoleon takes what stands before a colon in the docstring of a property for its type. Ours have annotations for that,
and colons where prose wants them.
"""

from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode
from sphinx.util.typing import ExtensionMetadata


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.Element | None:
    """Return a link to the one documented object of the target's last name, or ``None``."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    last = target.rpartition(".")[2]
    known = env.domains.python_domain.objects
    found = [name for name, entry in known.items() if name.rpartition(".")[2] == last and not entry.aliased]
    if "." in target and not target.startswith("grantkit."):
        found = [name for name in found if name.endswith("." + target)]
    if len(found) != 1:
        return None
    entry = known[found[0]]
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, found[0])


class AsWritten:
    """Keeps the docstrings of properties and data from Napoleon: taken away before it comes, put back after."""

    def __init__(self) -> None:
        self._kept: dict[str, list[str]] = {}

    def take(self, _app: Sphinx, what: str, name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
        """Remember the lines, if Napoleon would look for a type in them."""
        if what in {"attribute", "data", "property"}:
            self._kept[name] = list(lines)

    def put_back(
        self, _app: Sphinx, _what: str, name: str, _obj: Any, _options: Any, lines: list[str]
    ) -> None:
        """Restore what was remembered."""
        lines[:] = self._kept.pop(name, lines)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the resolver; called by Sphinx."""
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # as the docstrings call them; Sphinx says "Variables"
    app.connect("missing-reference", resolve)
    as_written = AsWritten()
    app.connect("autodoc-process-docstring", as_written.take, priority=400)
    app.connect("autodoc-process-docstring", as_written.put_back, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
