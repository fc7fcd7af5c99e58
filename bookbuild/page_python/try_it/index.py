"""The same in code. `attend` is the course's own function: change a number, and run it."""

import torch

from attention_course.attention import attend
from attention_course.pictures.heatmaps import heatmap

query = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
key = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 0.0]])
value = torch.tensor([[10.0], [20.0], [30.0], [40.0]])

output, weights = attend(query, key, value)
print("output\n", output)
heatmap(
    weights,
    row_name="query",
    column_name="key",
    title="How much each query takes of each value",
)
