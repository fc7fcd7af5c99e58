"""Python for the page: the exercises are solved where they are read, with no installation.

A worker of the built page runs CPython (Pyodide) with numpy, ``page_torch`` and the
package's own ``exercises``: the same checks, the same words.
"""
