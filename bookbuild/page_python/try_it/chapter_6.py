"""The causal mask of such a model: each letter looks at itself and at what came before. Take
the mask away, and the first letter sees the last.
"""

import torch

from attention_course.attention import attend
from attention_course.pictures.heatmaps import heatmap
from attention_course.self_attention import causal_mask

torch.manual_seed(0)
text = list("attend")
x = torch.randn(6, 8)  # (T, d_model)

output, weights = attend(x, x, x, mask=causal_mask(len(text)))
heatmap(
    weights,
    rows=text,
    columns=text,
    row_name="letter",
    column_name="looks at",
    title="What each letter takes from which",
)
