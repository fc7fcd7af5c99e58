"""Question 6.1: What does a cache hold?"""

from ..checker import Question

question = Question(
    id="6.1",
    title="What does a cache hold?",
    stars=1,
    minutes=8,
    text="""\
A model has 32 layers of 32 heads, each with 128 numbers, kept in 2 bytes. It has read 4,096 \
tokens and writes the next one.

1. How many bytes does its cache hold?
2. The text is twice as long. What happens to the cache, and what to the work for one new token?
3. Now 32 heads share 8 pairs of keys and values. What is left of the cache? And of the scores?
4. Why are the queries of earlier tokens not kept?
5. A model looks in both directions, as the encoder of chapter 4 does. Would a cache help it to \
read one more word?""",
    answer="""\
1. **2,147,483,648**, about 2.1 GB: 2 (a key and a value) · 32 · 32 · 128 · 4,096 · 2 bytes. The \
model's own weights, 7 billion of them, take 14 GB; seven such texts fill as much again.
2. Both double. The cache has a row for each token, and the new token compares itself with every \
row. (Without a cache the work for one token would grow too, and faster.)
3. A quarter of the cache, 0.54 GB. The scores stay: there are still 32 queries, each with a score \
for every token. What is saved is memory, and the time to read it.
4. Nobody asks for them again. A query is used once, for its own token's output. The keys and \
values of that token are used by every later one.
5. **No.** There every earlier word would look at the new one too, so all its vectors, in every \
layer but the first, would change. A cache is right only where the past does not see the future.""",
)
