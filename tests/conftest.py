"""Settings for all tests."""

import os
import sys
from pathlib import Path

import pytest
import torch

# The tensors here are small: one thread is faster than several that wait for each other.
torch.set_num_threads(1)

# What several test modules share lies beside them: exercise_helpers.py and so on.
sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("widget_helpers", "exercise_helpers")

# What tests try and pass is no reader's progress.
os.environ["ATTENTION_COURSE_PROGRESS"] = "off"
