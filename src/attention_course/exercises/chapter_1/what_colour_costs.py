"""Question 1.7: What colour costs"""

from ..checker import Question

question = Question(
    id="1.7",
    title="What colour costs",
    stars=2,
    minutes=5,
    text="""\
A colour photo of 224 × 224 pixels has three values, each from 0 to 255, for every pixel. It is \
cut into blocks of 32 × 32, and one linear layer makes 512 numbers of each block. Count without \
the biases.

1. How many tokens does the photo give?
2. How many weights does the layer have if the values go in as they are?
3. And if each value goes in as a one-hot vector?
4. In the second case, how many of the weights does one block touch? What does that remind you \
of?""",
    answer="""\
1. 7 · 7 = **49** tokens.
2. 32 · 32 · 3 = 3,072 inputs, so 3,072 · 512 = **1,572,864** weights.
3. 3,072 · 256 = 786,432 inputs, so **402,653,184** weights: 256 times as many, one for every level.
4. Only one of each value's 256 inputs is 1, so a block touches 3,072 · 512 = **1,572,864** \
weights, as many as in the first case. A linear layer on a one-hot vector is a **lookup**: each \
value has a table of its own, 256 rows of 512 numbers, and the block's vector is the sum of the \
3,072 rows looked up (exercise 1.10). The price: to this layer the levels 100 and 101 have nothing \
in common until data has taught it so, row by row.""",
)
