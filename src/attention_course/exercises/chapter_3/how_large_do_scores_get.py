"""Question 3.2: How large do scores get?"""

from ..checker import Question

question = Question(
    id="3.2",
    title="How large do scores get?",
    stars=2,
    minutes=10,
    text="""\
All entries of queries and keys are independent, with mean 0 and variance 1, and `d_k = 64`.

1. What is the variance of a score `query · key`? How large is a typical score, then?
2. What is it after dividing by √64? And after dividing by 64?
3. Ten keys, and a softmax over their scores. How large is the largest weight, on average: without \
dividing, divided by 8, divided by 64? Guess before you work it out.
4. The gradient of a softmax weight `w` with respect to its own score is `w (1 - w)`. In which of \
the three cases is it smallest, for the largest weight? Does that settle which learns slowest?
5. A sentence twice as long has twice as many keys. Does that change the variance of the scores?""",
    answer="""\
1. A score is a sum of 64 products, each with mean 0 and variance 1 · 1. Variances of independent \
terms add up: the variance is **64**, and a typical score about **±8**.
2. Dividing by a number divides the variance by its square: **1** after √64 = 8, and **1/64** \
after 64. Only the first does not depend on `d_k`.
3. About **0.87** without dividing: one key takes nearly all. About **0.32** divided by 8. About \
**0.12** divided by 64, hardly more than the 0.1 that each of ten keys gets if all are equal: the \
weights say almost nothing.
4. **Without dividing.** Where `w` is near 1, `w (1 - w)` is near 0. For half of the queries it \
is below 0.05: the softmax is saturated, and a wrong choice is hardly corrected. That **does not \
settle it**. On its way back to query and key the gradient is divided too, by 8 or by 64: on \
average 0.09 arrives without dividing, 0.03 divided by 8, and 0.002 divided by 64, the least of \
all. But a factor that is the same for every query can be made up for by a larger step; a \
saturated softmax cannot.
5. **No.** Each score belongs to one query and one key, whatever else is in the sentence. That is \
why one divides by √d_k and not by √Tk.

Try it: `(torch.randn(10_000, 64) * torch.randn(10_000, 64)).sum(-1).var()`.""",
)
