"""Sphinx extension: build the pages from the outputs that the notebooks carry.

``make book`` runs every notebook. In ``make test`` nbval has just run them all and found
the stored outputs to be the fresh ones, so the tests' build does not run them again: it is
started with ``STORED_OUTPUTS=1``.
"""

from __future__ import annotations

import os
from typing import Any

from sphinx.application import Sphinx


def keep_outputs(app: Sphinx, config: Any) -> None:
    """Run no notebook if the environment says so."""
    if os.environ.get("STORED_OUTPUTS") == "1":
        config.nb_execution_mode = "off"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", keep_outputs)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
