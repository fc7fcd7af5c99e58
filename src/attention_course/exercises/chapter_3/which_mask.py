"""Question 3.5: Which mask?"""

from ..checker import Question

question = Question(
    id="3.5",
    title="Which mask?",
    stars=2,
    minutes=10,
    text="""\
`real` is a boolean `(B, T)`, `True` = real token. For each case, write the mask that `attend` \
needs, with its shape. `True` = may attend.

1. The decoder looks at the encoder's states, one query a step: scores `(B, 1, T)`.
2. A model reads a text and predicts each next token; no position may see a later one. All texts \
are equally long: scores `(B, T, T)`.
3. The same, with texts of different lengths. The padding is on the right: which of the two \
masks could be left out without changing what a real token sees?
4. In a padded batch every token may see every other, earlier or later: scores `(B, T, T)`. \
Someone writes `real.unsqueeze(-1)`, `(B, T, 1)`. What does that mask, and what goes wrong?
5. You pass your mask to torch. `F.scaled_dot_product_attention(…, attn_mask=mask)` and \
`nn.MultiheadAttention`'s `key_padding_mask` are both boolean. Does `True` mean the same in \
both?""",
    answer="""\
1. **Padding**: `real.unsqueeze(1)`, `(B, 1, T)`. The axis of size 1 is that of the queries; the \
mask says which *keys* are real.
2. **Causal**: `torch.ones(T, T, dtype=torch.bool).tril()`, `(T, T)`. Row `i` is `True` up to and \
including column `i`: a position may see itself.
3. **Both**: `real.unsqueeze(1) & causal`, `(B, T, T)`; with `|` a position could see later \
tokens. The padding mask could be left out: padding stands *later* than every real token, and the \
causal mask already hides it. That is a piece of luck, not a habit to have.
4. It masks the **queries** that are padding, not the keys. Real queries still attend to padding, \
and their weights are wrong; the rows that it empties are rows that nobody reads. The mask needed \
is that of case 1, `real.unsqueeze(1)`.
5. **No, the opposite.** In `F.scaled_dot_product_attention`, as in this course, `True` = may \
attend. In `nn.MultiheadAttention` and `nn.Transformer`, `True` = may *not* attend, both in \
`key_padding_mask` and in `attn_mask`: pass `~mask`. Nothing warns of a mask that is inverted; the \
model simply looks at the padding.""",
)
