"""The trained models that answer in the built pages: a folder for each.

A folder holds ``export.py``, whose ``make()`` trains the model, describes its graphs and
lets torch answer some questions, and ``run.js``, which answers them in the browser. Folders
are found by discovery: a new one needs no entry anywhere.

``graph.py`` writes graphs, ``make.py`` is the command, ``worker/`` runs in the browser, and
``web/`` pins what comes from npm.
"""
