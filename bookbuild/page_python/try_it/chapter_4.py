"""A sequence that looks at itself, through three matrices. Write `W_K = W_Q`, and look at the
scores again.
"""

import torch

from attention_course.attention import attend, scaled_dot_score
from attention_course.pictures.heatmaps import heatmap

torch.manual_seed(0)
words = ["the", "cat", "is", "tired"]
x = torch.randn(4, 6)  # (T, d_model)
W_Q, W_K, W_V = torch.randn(6, 3), torch.randn(6, 3), torch.randn(6, 3)

query, key, value = x @ W_Q, x @ W_K, x @ W_V  # (T, 3) each
output, weights = attend(query, key, value)
print("output", tuple(output.shape))
scores = scaled_dot_score(query, key)
heatmap(scores, rows=words, columns=words, title="Scores", signed=True)
heatmap(weights, rows=words, columns=words, title="Weights")
