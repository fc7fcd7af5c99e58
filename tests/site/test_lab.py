"""The same widgets in JupyterLab: drawn, driven, read back and set from Python."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

pytestmark = pytest.mark.browser

TOKEN = "course"
CELLS = [
    "from attention_course.widgets import EmbeddingExplorer, PatchExplorer\n"
    "words = EmbeddingExplorer(vocab_size=7, dim=3, token=3)\nwords",
    "patches = PatchExplorer(picked=5)\npatches",
    "words.vocab_size = 9\npatches.patch = 32",
    "row = [round(value, 2) for value in words.vector().tolist()]\n"
    "print('state', words.token, row == words.table[6][:3], patches.picked)",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("lab")
    for name in ("config", "data", "runtime", "settings", "workspaces", "ipython"):
        (home / name).mkdir()
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{n}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for n, source in enumerate(CELLS)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (home / "widgets.ipynb").write_text(json.dumps(notebook))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
    ]
    command += [f"--ServerApp.root_dir={home}", "--ServerApp.ip=127.0.0.1"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += ["--LabApp.news_url=None"]
    with (home / "log.txt").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=home,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(
                    f"{address}/api?token={TOKEN}", timeout=1
                ).close()
                break
            except OSError:
                assert server.poll() is None, (home / "log.txt").read_text()
                time.sleep(0.2)
        else:
            pytest.fail((home / "log.txt").read_text())
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def test_the_widgets_answer_in_jupyterlab_and_python_reads_them_back(open_page, lab):
    page = open_page(f"{lab}/lab/tree/widgets.ipynb?token={TOKEN}")
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.nth(len(CELLS) - 1).wait_for(timeout=40_000)

    def run(n):
        cells.nth(n).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")

    def finished(n):
        prompt = cells.nth(n).locator(".jp-InputArea-prompt")
        page.wait_for_function(
            r"(node) => /\[\d+\]/.test(node.textContent)",
            arg=prompt.element_handle(),
            timeout=40_000,
        )

    page.get_by_text("| Idle").wait_for(timeout=40_000)  # the kernel has answered
    run(0)
    run(1)
    embedding = cells.nth(0).locator(".ac")
    patches = cells.nth(1).locator(".ac")
    embedding.wait_for(timeout=40_000)
    patches.wait_for(timeout=40_000)

    # The page answers, and Python knows.
    token = embedding.get_by_role("slider", name=re.compile("^Token"))
    token.press("End")
    assert "Token 6 picks row 6" in embedding.locator(".ac-summary").inner_text()
    photo = patches.get_by_role("slider", name=re.compile("^Picked block"))
    photo.press("ArrowRight")
    assert "block 6," in photo.get_attribute("aria-valuetext")
    run(3)
    finished(3)
    output = cells.nth(3).locator(".jp-OutputArea-output")
    output.wait_for()
    assert output.inner_text().strip() == "state 6 True 6"

    # Python sets, and the page shows it.
    run(2)
    finished(2)
    summary = embedding.locator(".ac-summary").element_handle()
    page.wait_for_function(
        "(node) => node.textContent.includes('27 multiplications')", arg=summary
    )
    assert embedding.locator(".ac-rows tbody tr").count() == 9
    assert patches.locator(".ac-name").first.inner_text() == "Cut: 7 × 7 = 49 blocks"
    assert [problem for problem in page.problems if "request to" in problem] == []
