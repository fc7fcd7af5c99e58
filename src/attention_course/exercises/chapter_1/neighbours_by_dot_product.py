"""Question 1.9: Neighbours by dot product"""

from ..checker import Question

question = Question(
    id="1.9",
    title="Neighbours by dot product",
    stars=2,
    minutes=5,
    text="""\
You rank a word's neighbours by the dot product and not by the cosine.

1. Double one row of the table. What happens to that word's position in the lists of all other \
words, by cosine, and by dot product?
2. Which words come to stand in many lists?
3. Is a word always its own nearest neighbour, by cosine? By dot product?
4. You scale all rows to norm 1 and rank by Euclidean distance. Which of the two orders comes \
out?""",
    answer="""\
1. By cosine **nothing** happens: the norm is divided out. By dot product each of its scores \
doubles, so it **rises** in the list of every word with which its score is positive, and falls \
where it is negative.
2. Words with **long vectors**. Such a vector needs only a roughly fitting direction to get a \
large product.
3. By cosine **yes**: no cosine is larger than 1 (another word can reach 1 too, if it points \
exactly the same way). By dot product **no**: a longer vector in nearly the same direction has the \
larger product.
4. The order **by cosine**, because for vectors of norm 1, `|a - b|² = 2 - 2 cos(a, b)`: the \
larger the cosine, the smaller the distance.

Try it: write `nearest_words` once more without dividing by the norms, and give it to \
`check("1.5", …)`.""",
)
