"""Question 5.13: How far does news travel?"""

from ..checker import Question

question = Question(
    id="5.13",
    title="How far does news travel?",
    stars=3,
    minutes=10,
    text="""\
A cell sees its window, and in the next layer its window's windows. The grid is `(8, 16, 16)`, the \
extents are `(1, 2, 2)`.

1. After 3 layers, on which cells can the output at (4, 8, 8) depend?
2. How many layers does it take until every cell can depend on every other?
3. With axial attention, a layer along each axis?
4. Now the causal order of exercise 5.12. Can (0, 0, 0) ever learn from another cell? Can \
(0, 1, 0) learn from (0, 0, 15), which was written before it?""",
    answer="""\
1. Each layer adds the extent to each side: 3 frames and 6 rows and columns. That is frames 1 to \
7, rows and columns 2 to 14: 7 · 13 · 13 = **1,183** of 2,048 cells.
2. From the first frame to the last it is 7 steps of 1, from the first row to the last 15 steps of \
at most 2, that is 8 layers. The slowest axis counts: **8**. Depth makes up for small windows, and \
each layer costs.
3. **Three** layers: along the width, along the height, along the frames. News takes three \
straight moves from any cell to any other, however large the grid.
4. (0, 0, 0): **no**, it is the first. (0, 1, 0): **no**, in no number of layers. It sees row 0 \
up to column 2, and these cells know nothing of what stands to their right. Models that draw \
pictures cell by cell know this as a *blind spot*: window and order together can hide what is \
allowed. Later frames see more of it: news gets round through the rows below, which lie open \
there. Cell (1, 1, 0) learns of row 0 of the first frame up to column 8, (3, 1, 0) of all of it; \
of row 0 of their own frame both see 3 cells. Wider windows make the spot smaller; a layer of \
full attention, in the same order, closes it.""",
)
