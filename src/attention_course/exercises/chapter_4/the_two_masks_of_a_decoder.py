"""Question 4.8: The two masks of a decoder"""

from ..checker import Question

question = Question(
    id="4.8",
    title="The two masks of a decoder",
    stars=2,
    minutes=6,
    text="""\
A decoder reads `<start> ich bin <pad>`, 4 positions, and attends to the encoder's vectors for \
`I am here . <pad>`, 5 positions. `True` = may attend, written as 1.

1. Write down the mask of its self-attention. Rows are queries.
2. Which weight of that self-attention do you know without any numbers?
3. What shape has the mask of its cross-attention, and what stands in it?
4. You forget the triangle while training. What happens to the loss, and what to the sentences it \
writes afterwards?""",
    answer="""\
1. The triangle, and the column of the padding closed:

    ```text
    1 0 0 0
    1 1 0 0
    1 1 1 0
    1 1 1 0
    ```

    The last row belongs to the padding itself. Nobody reads what comes out there, so it need not \
be closed.
2. `<start>` looks at itself with weight **1**: it may see one position, and weights sum to 1.
3. **`(4, 5)`**, four rows `1 1 1 1 0`. No triangle: the sentence to be translated is there from \
the start, only its padding is closed.
4. The loss falls **close to 0**, because each position can look up the next token, which is the \
one it should predict. What it writes is **nonsense**: while writing there is no next token to \
copy. A loss that is too good to be true often is a mask forgotten.""",
)
