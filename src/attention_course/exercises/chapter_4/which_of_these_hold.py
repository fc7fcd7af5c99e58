"""Question 4.1: Which of these hold?"""

from ..checker import Question

question = Question(
    id="4.1",
    title="Which of these hold?",
    stars=2,
    minutes=6,
    text="""\
Five sentences about self-attention, as one reads them, some of them in the article. Which hold?

1. Q and K are the same, because both come from the same sentence.
2. Two words that have nothing to do with each other get a strongly negative score.
3. A word whose score is 0 is not attended to.
4. Dividing by √d_k does not change which word gets the largest weight.
5. If "it" looks at "animal" with weight 0.6, then "animal" looks at "it" with weight 0.6.""",
    answer="""\
1. **No.** The *sentence* is the same, the projections are not: `Q = x W_Q` and `K = x W_K`, with \
two matrices that are learned apart. With `W_Q = W_K` the scores would be symmetric, so "it" could \
not ask "animal" without "animal" asking "it" just as loudly.
2. **No.** A score is a dot product. Two vectors of 64 random numbers (mean 0, variance 1) have a \
product of 0 on average, give or take √64 = 8. A strongly negative score says that the two point \
in *opposite* directions, which is a strong relation. And the softmax sees only differences: add \
100 to all scores of a query, and its weights stay.
3. **No.** The softmax of 0 is not 0. The scores 2, 0, 0 become the weights 0.79, 0.11, 0.11. Only \
a mask makes a weight exactly 0.
4. **Yes.** Dividing by a positive number keeps the order. It makes the weights more even: the \
scores 112 and 96 give 1.00 and 0.00, divided by 8 they give 0.88 and 0.12.
5. **No.** Each row is normalised by itself. Even with symmetric scores the weights are not \
symmetric, because the two words share their 1 with different neighbours.""",
)
