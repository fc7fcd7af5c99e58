"""Three rows that know more than one-hot vectors do. Move *Tuesday* nearer to the cat, or
add a word.
"""

import torch

from attention_course.embedding import lookup, one_hot_lookup
from attention_course.pictures.heatmaps import heatmap

words = ["cat", "dog", "Tuesday"]
table = torch.tensor(
    [
        [0.9, 0.8],
        [0.8, 0.9],
        [-0.7, 0.1],
    ]
)  # a row for each word
ids = torch.tensor([2, 0, 0])

print("rows\n", lookup(ids, table))
print("the same as a product\n", one_hot_lookup(ids, table))
heatmap(
    torch.cdist(table, table),
    rows=words,
    columns=words,
    title="How far each word is from each other one",
)
