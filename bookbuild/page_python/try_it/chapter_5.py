"""`attend` never asks how its cells were laid out: a picture of 3 × 4 cells is a row of 12.
Draw another picture, or let another cell look.
"""

import torch

from attention_course.attention import attend
from attention_course.pictures.heatmaps import heatmap

picture = torch.tensor(
    [
        [0.0, 0.0, 1.0, 1.0],
        [0.0, 0.0, 1.0, 1.0],
        [0.0, 0.0, 0.0, 0.5],
    ]
)  # (H, W)
row, column = 0, 3  # the cell that looks

cells = 3 * (picture - picture.mean()).flatten().unsqueeze(-1)  # (H · W, 1)
output, weights = attend(cells, cells, cells)
weights = weights.unflatten(0, (3, 4)).unflatten(-1, (3, 4))  # (H, W, H', W')
heatmap(picture, title="The picture")
heatmap(weights[row, column], title="What one cell looks at")
