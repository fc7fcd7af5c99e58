"""Every test starts from the same seed."""

import pytest
import torch


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
