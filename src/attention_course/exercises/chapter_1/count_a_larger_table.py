"""Question 1.1: Count a larger table"""

from ..checker import Question

question = Question(
    id="1.1",
    title="Count a larger table",
    stars=1,
    minutes=5,
    text="""\
A translation model has a vocabulary of 30,000 tokens and vectors of 256 numbers. A batch holds \
8 sentences of 40 tokens each.

1. How many trainable numbers does `nn.Embedding(30_000, 256)` hold?
2. What shape comes out when the batch goes in?
3. After one step of plain gradient descent, at most how many rows of the table have changed?
4. The next batch uses other tokens. With Adam instead of plain gradient descent, can a row \
change that was used in the first batch and not in the second?""",
    answer="""\
1. **7,680,000**: 30,000 rows of 256 numbers. The size of the batch does not matter, because every \
position uses the same table.
2. **`(8, 40, 256)`**: each number becomes a vector, so one axis is added at the end.
3. At most **320**, one for each of the 8 · 40 tokens, and fewer if a token comes twice. The other \
rows have a gradient of zero.
4. **Yes.** The second gradient of that row is zero, but Adam moves along an average of past \
gradients, which is not. (`torch.optim.SparseAdam` leaves such rows alone.)""",
)
