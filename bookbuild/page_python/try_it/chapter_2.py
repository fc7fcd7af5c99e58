"""The simplest memory: one vector, changed by each character that is read. The two dates
differ in their first character alone. How long can that be seen? Change `keep`, or the
dates.
"""

import torch

from attention_course.pictures.heatmaps import heatmap

torch.manual_seed(0)
vectors = torch.randn(128, 5)  # one for each character
mix = torch.randn(5, 5)
keep = 0.3


def read(text):
    state = torch.zeros(5)
    states = []
    for character in text:
        state = torch.tanh(vectors[ord(character)] + keep * state @ mix)
        states.append(state)
    return torch.stack(states)  # (T, 5)


one, other = "1 Sep 1999", "7 Sep 1999"
heatmap(
    (read(one) - read(other)).round(decimals=2),
    rows=list(one),
    row_name="after reading",
    column_name="number of the state",
    title="What the two states differ in",
    signed=True,
)
