"""Settings for all tests."""

import torch

# The tensors here are small: one thread is faster than several that wait for each other.
torch.set_num_threads(1)
