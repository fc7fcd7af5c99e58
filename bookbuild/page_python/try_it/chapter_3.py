"""The three steps in one call. Make query 0 twice as long: what happens to its weights? Then
make it zero.
"""

import torch

from attention_course.attention import attend, dot_score
from attention_course.pictures.heatmaps import heatmap

query = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
key = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
value = torch.tensor([[10.0], [50.0], [30.0]])

output, weights = attend(query, key, value, score=dot_score)
print("output\n", output)
heatmap(
    weights,
    row_name="query",
    column_name="key",
    title="How much each query takes of each value",
)
