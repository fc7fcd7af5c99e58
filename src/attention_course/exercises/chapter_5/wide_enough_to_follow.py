"""Question 5.14: Wide enough to follow?"""

from ..checker import Question

question = Question(
    id="5.14",
    title="Wide enough to follow?",
    stars=2,
    minutes=12,
    text="""\
From one frame to the next everything moves 2 columns to the right, and noise is added. Each cell \
of the first frame looks for itself in the second: its vector is the query, the second frame's \
vectors are keys. How much weight falls on the cell that it has become? **Write your predictions \
down before you run the cell.**

1. From which extent on does a cell find itself?
2. Beyond that, does a larger window find it better, worse, or just as well?
3. By what factor does the number of scores grow from the best extent to full attention (extent 15)?
4. Which extent along the height would have done?

```python
import torch

from attention_course.grid_attention import count_scores, nearby_attention_direct
from attention_course.grid_attention import weights_on_grid

H, W, d = 16, 16, 16
draw = torch.Generator().manual_seed(0)
first = torch.randn(1, H, W, d, generator=draw)  # one frame
second = first.roll(2, dims=2)  # the next one: everything is 2 columns further
second = second + 0.5 * torch.randn(1, H, W, d, generator=draw)  # and noisy

rows, columns = torch.arange(H)[:, None], torch.arange(W - 2)
for e in (0, 1, 2, 3, 4, 8, 15):
    _, weights = nearby_attention_direct(first, second, second, (0, e, e))
    on_grid = weights_on_grid(weights, (1, H, W))  # (1, H, W, 1, H, W)
    found = on_grid[0, rows, columns, 0, rows, columns + 2]  # (H, W - 2)
    n_scores = count_scores((1, H, W), (1, H, W), (0, e, e))
    print(f"extent {e:2}: weight {found.mean():.2f}, {n_scores:6,} scores")
```

Then try extents `(0, 0, e)`, and a movement of 3 columns.""",
    answer="""\
1. **From 2 on**, exactly. With 0 and 1 the weight is 0.00, however well query and key would fit: \
what lies outside the window cannot be found. So the extent says how fast things may move.
2. **Worse.** The weight falls from 0.55 at extent 2 to 0.43, 0.35, 0.21 and at last 0.16. Each \
further cell takes a little weight, because a softmax gives something to every key, and among many \
random vectors some fit by chance. A trained model can make its queries and keys longer and so \
sharper, but it has to learn that; the window has it for nothing.
3. From 5,476 to 65,536: **12 times**.
4. **0.** Nothing moves up or down. With `(0, 0, 2)` only 5 cells compete instead of 25, and the \
weight rises to 0.83. Who knows something of the movement can save most of the window; the \
chapter's extents are a guess of that kind. With a movement of 3 columns the weight appears at \
extent 3.""",
)
