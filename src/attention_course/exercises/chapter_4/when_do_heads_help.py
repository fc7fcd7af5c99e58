"""Question 4.6: When do heads help?"""

from ..checker import Question

question = Question(
    id="4.6",
    title="When do heads help?",
    stars=2,
    minutes=6,
    text="""\
Take `MultiHeadAttention(512, n_heads)` of this chapter, and a sequence of `T` positions.

1. How many more trainable numbers has it with 8 heads than with 1?
2. How many more multiplications do the scores take? And what does grow with the number of heads?
3. "It" should look at "animal" and at "tired", and keep the two apart. What stands in the way of \
one head?
4. With 512 heads, each has `d_head = 1`: its query and its key are single numbers. Can such a \
head let "it" look mostly at the key 2, when the keys are 1, 2 and 3?""",
    answer="""\
1. **None.** The four matrices are 512 × 512 either way; the heads split the columns between them.
2. **None** either: `n_heads` times `T · T · d_head` is `T · T · 512` whatever `n_heads` is. What \
grows are the **scores and weights** themselves: `n_heads · T · T` numbers.
3. A head has **one** row of weights for each query, which sums to 1. It can give half to each, \
and then hands over the *mean* of two values: what came from whom is lost. Two heads look \
separately, through values of their own, and their findings stand side by side.
4. **No.** The score is `q · k`, so it rises with the key if `q` is positive and falls if it is \
negative: the largest weight is always at the largest or at the smallest key, never in between. \
The scores of a head form a matrix of rank `d_head` at most. More heads see more things, each of \
them more coarsely; that is why one takes 8 or 12 and not 512.""",
)
