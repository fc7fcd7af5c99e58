"""What stands before a reader's first line, in the page and in the notebook of answers."""

NAMES = """\
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn"""
