"""Question 5.10: When is a window no saving?"""

from ..checker import Question

question = Question(
    id="5.10",
    title="When is a window no saving?",
    stars=2,
    minutes=6,
    text="""\
Nearby attention is there to save. Does it always?

1. A scan of a digit has 8 × 8 pixels; the extents are `(0, 3, 3)`. What share of the scores of \
full attention is left?
2. And for a picture of 64 × 64 with the same extents?
3. The direct way gathers a copy of each window's keys and values, in full, and masks what lies \
outside. How many keys does it hold for the scan, and how many does full attention hold?
4. From which extent on are nearby and full attention the same, for a grid `(F, H, W)`?
5. The picture is given as a video of one frame, with extents `(1, 3, 3)`. What changes in the \
result, what in the number of scores, and what in the work of the direct way?""",
    answer="""\
1. Along one axis the windows hold 4 + 5 + 6 + 7 + 7 + 6 + 5 + 4 = 44 pixels, so there are 44² = \
**1,936** scores. Full attention has 64² = 4,096. **47 %** is left.
2. Along one axis 64 · 7 − 12 = 436, so 436² = **190,096** scores of 16,777,216: **1.1 %**. The \
saving grows with the grid, since the window does not.
3. 64 windows of 7 · 7 = 49 keys are **3,136**; full attention holds **64**, once. 49 times the \
keys, to be rid of half of the scores: on a grid this small full attention is the better choice.
4. From `(F - 1, H - 1, W - 1)` on: then the first cell sees the last one. More extent changes \
nothing, because it lies outside.
5. The **result does not change**, and neither does the number of **scores**: the frames before \
and after do not exist. The **direct way** works on windows of 147 cells instead of 49, and \
masks two thirds of them.""",
)
