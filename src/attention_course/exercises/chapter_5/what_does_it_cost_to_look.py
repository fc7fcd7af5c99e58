"""Question 5.1: What does it cost to look?"""

from ..checker import Question

question = Question(
    id="5.1",
    title="What does it cost to look?",
    stars=1,
    minutes=6,
    text="""\
A video has 16 frames of 32 × 32 pixels, so `(F, H, W)` is `(16, 32, 32)`. Every pixel is a token. \
Count the scores of one head and one layer, before you unfold:

1. Full attention: every pixel looks at every pixel. How many scores? How much memory is that, at \
4 bytes a score?
2. Axial attention: one step along the frames, one along the height, one along the width. How many \
scores in all three?
3. Nearby attention with extents `(1, 2, 2)`, that is one frame, two rows and two columns to each \
side. How many scores at most? Why are there fewer in fact?
4. Now the video grows to twice its size in every axis. By what factor do the three grow?
5. And if full attention looks at blocks of 1 × 4 × 4 pixels instead of pixels?""",
    answer="""\
1. 16 · 32 · 32 = 16,384 pixels, and 16,384² = **268,435,456** scores: 1 GiB, for one head of one \
layer and one video.
2. A pixel sees 16 + 32 + 32 = 80 positions, so 16,384 · 80 = **1,310,720**.
3. The window has 3 · 5 · 5 = 75 cells, so at most 16,384 · 75 = **1,228,800**. At the border part \
of the window lies outside and is cut off. Axis by axis the windows hold 46, 154 and 154 cells in \
all, and 46 · 154 · 154 = **1,090,936**.
4. There are 8 times as many pixels. Full attention takes 8² = **64** times as many scores. Axial \
takes 8 · 2 = **16** times: lines are twice as long. Nearby takes about **8** times: the window \
stays, and a little less of it is cut off.
5. 16 · 8 · 8 = 1,024 tokens and **1,048,576** scores, 256 times fewer. That is why pictures are \
cut into blocks first. The price: within a block nothing looks at anything; a linear layer has to \
do.""",
)
