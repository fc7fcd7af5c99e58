"""The tensors are small: one thread."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small are slower on several threads, and far slower beside other work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
