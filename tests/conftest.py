"""Settings for all tests."""

import os

import pytest
import torch

# The tensors here are small: one thread is faster than several that wait for each other.
torch.set_num_threads(1)

# What several test modules share.
pytest.register_assert_rewrite(
    *(
        f"tests.{room}.helpers"
        for room in (
            "encoder_decoder",
            "exercises",
            "grid_attention",
            "self_attention",
            "widgets",
        )
    )
)

# The fixtures of whatever runs in a browser.
pytest_plugins = ["tests.browser", "tests.firefox"]

# What tests try and pass is no reader's progress.
os.environ["ATTENTION_COURSE_PROGRESS"] = "off"


def pytest_collection_modifyitems(items):
    """Begin with the longest files, so that no process works alone at the end."""

    def minutes(item):
        return sum(mark.kwargs.get("minutes", 0) for mark in item.iter_markers("slow"))

    longest = {}
    for item in items:
        longest[item.path] = max(minutes(item), longest.get(item.path, 0))
    items.sort(key=lambda item: -longest[item.path])


def pytest_terminal_summary(terminalreporter):
    """Print what a passed test has to say: ``record_property("said", text)``."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "said":
                terminalreporter.write_line(text)
