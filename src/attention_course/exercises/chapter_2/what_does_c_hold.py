"""Question 2.1: What does C hold?"""

from ..checker import Question

question = Question(
    id="2.1",
    title="What does C hold?",
    stars=1,
    minutes=5,
    text="""\
The encoder has read a batch of 32 dates, the shortest of 10 characters, the longest of 30. C has \
128 numbers. Predict before you unfold:

1. What is the shape of C for this batch? And if every date is written twice, one after the other?
2. "6 mai 1999" and "May 6, 1999" are the same day. Must their vectors C be equal?
3. To copy a string of `n` random letters out of 8, a model must carry it through C. How many bits \
is that? How many can 128 numbers of 32 bits hold? So from which `n` on is copying impossible?
4. Measured, models fail far earlier. Why?""",
    answer="""\
1. **`(32, 128)`** both times. That is the point of C: its size does not depend on the length of \
what was read.
2. **No.** Nothing in the loss compares two vectors C; it asks only that the decoder *writes the \
same* from both. What the decoder does not need, the language for instance, may stay in C or fade.
3. A letter out of 8 takes 3 bits, so **3 n bits**; C has at most 128 · 32 = **4096 bits** (a \
tanh gives only numbers from -1 to 1, so a little less). By counting, copying becomes impossible \
at **1366 letters** at the latest.
4. The room is there; the model has not **learned** to use it. One GRU step after the other has to \
rewrite the state without blurring what is already in it, the decoder has to find each letter \
again in one mixed vector, and the gradient that teaches both passes through all the steps. Each \
extra letter makes all of this harder. More steps of training help, and so does a larger C, as \
section 2.7 shows.""",
)
