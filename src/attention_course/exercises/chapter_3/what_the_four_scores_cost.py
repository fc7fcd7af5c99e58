"""Question 3.10: What the four scores cost"""

from ..checker import Question

question = Question(
    id="3.10",
    title="What the four scores cost",
    stars=1,
    minutes=5,
    text="""\
`d_q = d_k = d_hidden = 128`. A date of 29 characters has been read, and 10 are written: `Tq = \
10`, `Tk = 29`.

1. How many parameters does each score have: dot, scaled dot, general, additive?
2. How many scores are there for this pair? How many numbers does the hidden layer of the additive \
score hold to get them?
3. Decoder states have 128 numbers, encoder states 256. Which of the four scores can still be used?
4. The decoder runs step by step, over the same keys. What of the additive score can be computed \
once, before the first step?""",
    answer="""\
1. Dot and scaled dot **0**; general 128 · 128 = **16,384**; additive two matrices and a vector, \
2 · 128 · 128 + 128 = **32,896**.
2. 10 · 29 = **290** scores, and 290 · 128 = **37,120** hidden numbers: one vector a pair. For \
long texts this is what decides. The other three hold no vector for a pair. The general score \
keeps one projected vector for each *query*, 10 · 128 = 1,280 numbers.
3. **General and additive.** A dot product needs two vectors of the same dimension.
4. **`U key`**, for all keys: it does not depend on the query. At each step only `W query` is new, \
one vector; sum, tanh and `v` remain to be done for each key.""",
)
