"""One experiment a module: ``EXPERIMENT`` and what its arms do."""
