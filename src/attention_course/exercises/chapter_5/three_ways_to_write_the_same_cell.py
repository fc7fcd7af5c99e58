"""Question 5.15: Three ways to write the same cell"""

from ..checker import Question

question = Question(
    id="5.15",
    title="Three ways to write the same cell",
    stars=2,
    minutes=8,
    text="""\
The article names the axes of a video "width, height, frames". NÜWA's paper writes `h × w × s × \
d`: height, width, positions in time, vector; its `(i, j, k)` and its extents follow that order. \
This course writes `(F, H, W, D)`.

1. NÜWA's cell (2, 5, 1): which cell is that here? And in the order of the article?
2. For pictures NÜWA's extents are 3 along height and width and 1 in time. How many cells does the \
window have if these are *full* widths, as in a kernel? And if they are what the paper's set says, \
`|a - i'| <= e`? A picture has one frame.
3. A convolution with a kernel of 3 × 3 × 3 sees 27 cells. Which extent is that? Which window does \
somebody get who writes `extent=3` for it?
4. NÜWA writes the decoder's inputs with the index `<i, <j, <k`. Read word for word: how many \
cells may (1, 2, 3) of a grid `(4, 5, 6)` see, in this course's order? How many come earlier in \
reading order?
5. The article says of cross-attention: C is used to compute N, and all the rest is the same. So \
where do Q, K and V come from?""",
    answer="""\
1. Height 2, width 5, time 1: here **(1, 2, 5)**, in the article's order **(5, 2, 1)**. One cell, \
three names. Hence the rule of this course: say the order of axes with every shape.
2. Full widths: 3 · 3 · 1 = **9** cells, here `extent=(0, 1, 1)`. By the set the extent is *half* \
of the window: `extent=(1, 3, 3)`, and 3 · 7 · 7 = **147** cells, of which a picture of one frame \
has 7 · 7 = **49**. The paper counts its costs in the first way and writes its set in the second.
3. **1**. With `extent=3` the window is 7 · 7 · 7 = **343** cells, 13 times as many. Libraries \
that ask for a kernel size mean the whole window, so look each time which of the two is meant.
4. Word for word all three coordinates are smaller: 1 · 2 · 3 = **6** cells, and its left \
neighbour is none of them. In reading order 1 · 30 + 2 · 6 + 3 = **45** cells come earlier. That \
is what a decoder writing cell by cell has, and what this course computes, with the cell itself: \
46.
5. **Q from X, K and V from C**: N is the neighbourhood, and keys and values are made from it. And \
one thing more is not the same: where the neighbourhood lies. C may have another size, so the cell \
has to be mapped, (⌊i · F' / F⌋, …).""",
)
