"""Chapters 2 and 3: sequence in, sequence out, through a vector or through attention.

An encoder turns a source of any length into one vector for each of its tokens. A
decoder writes the target token by token. Between them stands a *context*, the only
way from source to target, and the one part that differs between the chapters:

* :class:`FixedContext`, chapter 2: one vector C for the whole source;
* :class:`AttentionContext`, chapter 3: a new average of the encoder's vectors for
  each output token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from unicodedata import normalize

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear

from .attention import (
    AdditiveScore,
    GeneralScore,
    Score,
    attend,
    dot_score,
    scaled_dot_score,
    stack_weights,
)
from .data.sequences import END, PAD, START, Batch, Vocabulary, pad
from .shapes import (
    a,
    any_dtype,
    boolean,
    checked,
    function,
    integers,
    network,
    one_of,
    padding,
    positive,
    remember_arguments,
    some_strings,
    strings,
)

__all__ = [
    "CONTEXTS",
    "AttentionContext",
    "Decoded",
    "Encoded",
    "EncoderDecoder",
    "FixedContext",
    "GRUDecoder",
    "GRUEncoder",
    "Translation",
    "exact_match",
    "greedy_decode",
    "gru_step",
    "make_context",
    "sequence_loss",
    "translate",
]


CONTEXTS = ("fixed", "dot", "scaled_dot", "general", "additive")


class Encoded(NamedTuple):
    """What the encoder hands on."""

    states: Tensor  # (B, T_in, d_encoder), one vector for each token
    mask: Tensor  # (B, T_in), True = real token
    last: Tensor  # (B, d_encoder), where the two directions ended


def reverse_each(x: Tensor, mask: Tensor) -> Tensor:
    """Reverse every sequence of a padded batch, leaving its padding on the right.

    Args:
        x: ``(B, T, d)``.
        mask: ``(B, T)``, ``True`` = real token, the real ones first.

    Returns:
        ``(B, T, d)``. Places of padding hold no meaning. Doing it twice gives ``x`` back
        at the real places.
    """
    place = torch.arange(mask.shape[1], device=x.device)  # (T,)
    mirrored = (mask.sum(dim=1, keepdim=True) - 1 - place).clamp(min=0)  # (B, T)
    return x.gather(1, mirrored.unsqueeze(-1).expand(-1, -1, x.shape[-1]))  # (B, T, d)


@checked(
    cell=a(nn.GRUCell),
    x="B {cell.input_size}",
    state="B {cell.hidden_size}",
)
def gru_step(x: Tensor, state: Tensor, cell: nn.GRUCell) -> Tensor:
    r"""Take one step of a gated recurrent unit, as ``nn.GRUCell`` takes it.

    Formula: ``r = σ(W_r x + U_r h + b_r)``, ``z = σ(W_z x + U_z h + b_z)``,
    ``n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n))``, ``h' = z ⊙ h + (1 − z) ⊙ n``

    Args:
        x: ``(B, d_input)``, what is read at this step.
        state: ``h``, ``(B, d_state)``, the state before.
        cell: the parameters: ``weight_ih`` holds W_r, W_z and W_n, one below the
            other, ``weight_hh`` the three U, and ``bias_ih`` and ``bias_hh`` the biases.

    Returns:
        The state after the step, ``(B, d_state)``.

    Raises:
        TypeError, ValueError: shapes that do not fit, or dtypes that differ.

    Source: Cho et al. 2014 (arXiv 1406.1078), equations 5 to 8, with r multiplied after
    U_n, as torch does it. Chapter 2.
    """
    of_x = linear(x, cell.weight_ih, cell.bias_ih).chunk(3, dim=-1)  # 3 × (B, d_state)
    of_h = linear(state, cell.weight_hh, cell.bias_hh).chunk(3, dim=-1)
    r = torch.sigmoid(of_x[0] + of_h[0])  # use: how much of the old state n sees
    z = torch.sigmoid(of_x[1] + of_h[1])  # keep: how much of the old state stays
    n = torch.tanh(of_x[2] + r * of_h[2])  # the candidate for a new state
    return z * state + (1 - z) * n  # (B, d_state)


class GRUEncoder(nn.Module):
    r"""Read a padded batch in both directions with gated recurrent units (GRU).

    Formula: ``→h[j] = GRU(x[j], →h[j-1])``, ``←h[j] = GRU(x[j], ←h[j+1])``,
    ``h[j] = [→h[j]; ←h[j]]``

    Padding follows the real tokens, so the forward GRU has done its work before it
    meets any. The backward GRU reads each sequence from its own last token. So a
    padded batch gives what each sequence alone gives.

    Args:
        n_tokens: size of the source vocabulary.
        d_embedding: dimension of a token's vector.
        d_encoder: dimension of ``h[j]``, both directions together: an even number.

    Shapes:
        tokens ``(B, T_in)`` integers, mask ``(B, T_in)`` → :class:`Encoded`.

    Raises:
        TypeError, ValueError: see :mod:`attention_course.shapes`.

    Source: Bahdanau et al. 2015 (arXiv 1409.0473), section 3.2. Chapter 2.
    """

    @checked(n_tokens=positive, d_embedding=positive, d_encoder=positive)
    def __init__(self, n_tokens: int, d_embedding: int, d_encoder: int) -> None:
        super().__init__()
        if d_encoder % 2:
            raise ValueError(f"d_encoder: expected an even number, got {d_encoder}")
        self.embedding = nn.Embedding(n_tokens, d_embedding)
        self.forwards = nn.GRU(d_embedding, d_encoder // 2, batch_first=True)
        self.backwards = nn.GRU(d_embedding, d_encoder // 2, batch_first=True)

    @checked(
        tokens=integers("B T_in", below="embedding.num_embeddings"),
        mask=boolean("B T_in"),
    )
    def forward(self, tokens: Tensor, mask: Tensor) -> Encoded:
        x = self.embedding(tokens)  # (B, T_in, d_embedding)
        rightwards, _ = self.forwards(x)  # (B, T_in, d_encoder / 2)
        leftwards, _ = self.backwards(reverse_each(x, mask))  # last token first
        # Both directions end at the same place: the number of tokens read, minus one.
        end = (mask.sum(dim=1) - 1).view(-1, 1, 1).expand(-1, 1, rightwards.shape[-1])
        ends = rightwards.gather(1, end), leftwards.gather(1, end)
        last = torch.cat(ends, dim=-1).squeeze(1)  # (B, d_encoder)
        states = torch.cat([rightwards, reverse_each(leftwards, mask)], dim=-1)
        states = states * mask.unsqueeze(-1)  # padding's states are zero
        return Encoded(states, mask, last)


class FixedContext(nn.Module):
    r"""Give the decoder one vector C for the whole source, the same at every step.

    Formula: ``C = tanh(W [→h[T]; ←h[1]] + b)``

    Args:
        d_encoder: dimension of an encoder state.
        d_context: dimension of C, the width of the bottleneck.

    Shapes:
        state ``(B, d_decoder)``, :class:`Encoded` → C ``(B, d_context)``, and ``None``
        where attention would give weights.

    Source: Cho et al. 2014 (arXiv 1406.1078), appendix A.1.1. Chapter 2.
    """

    @checked(d_encoder=positive, d_context=positive)
    def __init__(self, d_encoder: int, d_context: int) -> None:
        super().__init__()
        self.d_context = d_context
        self.to_context = nn.Linear(d_encoder, d_context)

    @checked(encoded=a(Encoded))
    def forward(self, state: Tensor, encoded: Encoded) -> tuple[Tensor, None]:
        # The state is not looked at: that is what "fixed" means.
        return torch.tanh(self.to_context(encoded.last)), None


class AttentionContext(nn.Module):
    r"""Give the decoder an average of the encoder's vectors, a new one each step.

    Formula: ``c[t] = Σ_j weights[t, j] h[j]``, ``weights[t] = softmax_j(score(s[t-1], h[j]))``

    The query is the decoder's state, the keys and the values are the encoder's states.

    Args:
        score: how to compare them, ``(query, key) → scores``: a function, or a module
            whose parameters are then trained with the rest. To try one of your own in
            a model: ``model.decoder.context = AttentionContext(my_score, d_encoder)``.
        d_encoder: dimension of an encoder state, and so of the context.

    Shapes:
        state ``(B, d_decoder)``, :class:`Encoded` → c ``(B, d_encoder)``, weights ``(B, T_in)``.

    Source: Bahdanau et al. 2015 (arXiv 1409.0473), equations 5 and 6. Chapter 3.
    """

    @checked(score=function, d_encoder=positive)
    def __init__(self, score: Score, d_encoder: int) -> None:
        super().__init__()
        self.d_context = d_encoder
        self.score = score

    @checked(state="B d_decoder", encoded=a(Encoded))
    def forward(self, state: Tensor, encoded: Encoded) -> tuple[Tensor, Tensor]:
        context, weights = attend(
            state.unsqueeze(1),  # (B, 1, d_decoder), one query
            encoded.states,  # keys (B, T_in, d_encoder)
            encoded.states,  # values
            mask=encoded.mask.unsqueeze(1),  # (B, 1, T_in), no weight on padding
            score=self.score,
        )
        return context.squeeze(1), weights.squeeze(1)  # (B, d_encoder), (B, T_in)


class GRUDecoder(nn.Module):
    r"""Take one step: read the last token, update the state, score the next token.

    Formula: ``c[t] = context(s[t-1], h)``, ``s[t] = GRU([y[t-1]; c[t]], s[t-1])``,
    ``logits[t] = W [s[t]; c[t]] + b``

    ``s[0]`` is learned and the same for every source: what the decoder knows of the
    source, it knows through the context.

    Args:
        n_tokens: size of the target vocabulary.
        d_embedding: dimension of a token's vector.
        d_decoder: dimension of the state.
        context: :class:`FixedContext`, :class:`AttentionContext`, or a module of your
            own with the same ``forward`` and an attribute ``d_context``.

    Shapes:
        token ``(B,)`` integers, state ``(B, d_decoder)``, :class:`Encoded`
        → logits ``(B, n_tokens)``, state ``(B, d_decoder)``, weights ``(B, T_in)`` or ``None``.

    Source: Cho et al. 2014 (arXiv 1406.1078), equation 3; Bahdanau et al. 2015 (arXiv
    1409.0473), equation 4. Chapters 2 and 3.
    """

    @checked(
        n_tokens=positive, d_embedding=positive, d_decoder=positive, context=network
    )
    def __init__(
        self,
        n_tokens: int,
        d_embedding: int,
        d_decoder: int,
        context: FixedContext | AttentionContext,
    ) -> None:
        super().__init__()
        self.context = context
        self.embedding = nn.Embedding(n_tokens, d_embedding)
        self.first_state = nn.Parameter(torch.randn(d_decoder) * 0.1)
        self.cell = nn.GRUCell(d_embedding + context.d_context, d_decoder)
        self.to_logits = nn.Linear(d_decoder + context.d_context, n_tokens)

    @checked(encoded=a(Encoded))
    def start(self, encoded: Encoded) -> Tensor:
        """Give the state before the first step, ``(B, d_decoder)``."""
        return self.first_state.expand(encoded.last.shape[0], -1)

    @checked(
        token=integers("B", below="embedding.num_embeddings"),
        state="B d_decoder",
        encoded=a(Encoded),
    )
    def forward(
        self, token: Tensor, state: Tensor, encoded: Encoded
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        context, weights = self.context(state, encoded)
        state = self.cell(torch.cat([self.embedding(token), context], dim=-1), state)
        logits = self.to_logits(torch.cat([state, context], dim=-1))
        return logits, state, weights


@checked(
    name=one_of(CONTEXTS), d_encoder=positive, d_decoder=positive, d_context=positive
)
def make_context(
    name: str, d_encoder: int, d_decoder: int, d_context: int
) -> FixedContext | AttentionContext:
    """Build a context by its name, one of ``CONTEXTS``.

    Args:
        name: "fixed", or the score of the attention.
        d_encoder: dimension of an encoder state.
        d_decoder: dimension of the decoder's state.
        d_context: dimension of C; used by "fixed" only.

    Raises:
        ValueError: an unknown name, or dimensions that a dot score cannot compare.

    Source: chapters 2 and 3.
    """
    if name in ("dot", "scaled_dot") and d_encoder != d_decoder:
        raise ValueError(
            f"d_encoder, d_decoder: expected equal dimensions for the {name} score, "
            f"got {d_encoder} and {d_decoder}"
        )
    match name:
        case "fixed":
            return FixedContext(d_encoder, d_context)
        case "dot":
            return AttentionContext(dot_score, d_encoder)
        case "scaled_dot":
            return AttentionContext(scaled_dot_score, d_encoder)
        case "general":
            return AttentionContext(GeneralScore(d_decoder, d_encoder), d_encoder)
    additive = AdditiveScore(d_decoder, d_encoder, d_decoder)
    return AttentionContext(additive, d_encoder)


class EncoderDecoder(nn.Module):
    r"""An encoder, a decoder, and the context between them, chosen by name.

    Args:
        n_source: size of the source vocabulary.
        n_target: size of the target vocabulary.
        context: "fixed", or the score of the attention: "dot", "scaled_dot", "general"
            or "additive".
        d_embedding: dimension of a token's vector, on both sides.
        d_encoder: dimension of an encoder state, an even number.
        d_decoder: dimension of the decoder's state; the dot scores need ``d_encoder``'s.
        d_context: dimension of C; used by "fixed" only.

    Shapes:
        source ``(B, T_in)``, source_mask ``(B, T_in)``, target_in ``(B, T_out)``
        → logits ``(B, T_out, n_target)``, weights ``(B, T_out, T_in)`` or ``None``.

    Raises:
        TypeError, ValueError: sizes, shapes or a context that do not fit.
        IndexError: a token that its vocabulary does not have.

    Source: Cho et al. 2014 (arXiv 1406.1078), section 2; Bahdanau et al. 2015 (arXiv
    1409.0473), section 3. Chapters 2 and 3.
    """

    config: dict[str, Any]

    @remember_arguments
    @checked(n_source=positive, n_target=positive, context=one_of(CONTEXTS))
    def __init__(
        self,
        n_source: int,
        n_target: int,
        *,
        context: str = "fixed",
        d_embedding: int = 32,
        d_encoder: int = 128,
        d_decoder: int = 128,
        d_context: int = 128,
    ) -> None:
        super().__init__()
        self.n_source, self.n_target = n_source, n_target
        self.encoder = GRUEncoder(n_source, d_embedding, d_encoder)
        between = make_context(context, d_encoder, d_decoder, d_context)
        self.decoder = GRUDecoder(n_target, d_embedding, d_decoder, between)

    @checked(source=integers("B T_in", below="n_source"), source_mask=padding("B T_in"))
    def encode(self, source: Tensor, source_mask: Tensor) -> Encoded:
        """Run the encoder on a padded batch of sources ``(B, T_in)``."""
        encoded: Encoded = self.encoder(source, source_mask)
        return encoded

    @checked(
        source=any_dtype("B T_in"), target_in=integers("B T_out", below="n_target")
    )
    def forward(
        self, source: Tensor, source_mask: Tensor, target_in: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Run with teacher forcing: each step reads the *right* previous token."""
        encoded = self.encode(source, source_mask)
        state = self.decoder.start(encoded)
        all_logits, all_weights = [], []
        for token in target_in.unbind(dim=1):  # (B,), one step after the other
            logits, state, weights = self.decoder(token, state, encoded)
            all_logits.append(logits)
            all_weights.append(weights)
        return torch.stack(all_logits, dim=1), stack_weights(all_weights, dim=1)


@checked(model=network, batch=a(Batch))
def sequence_loss(model: nn.Module, batch: Batch) -> Tensor:
    r"""Average the cross-entropy of the next token over all real tokens of the targets.

    Formula: ``-Σ mask[b, t] log p(target_out[b, t]) / Σ mask[b, t]``

    Args:
        model: an :class:`EncoderDecoder`.
        batch: from :func:`attention_course.data.sequences.make_batch`.

    Returns:
        A number, in nats a token. Padding does not count.

    Source: Cho et al. 2014 (arXiv 1406.1078), equation 4. Chapter 2.
    """
    logits, _ = model(batch.source, batch.source_mask, batch.target_in)
    real = batch.target_mask  # (B, T_out), like the logits' first two axes
    return cross_entropy(logits[real], batch.target_out[real])


class Decoded(NamedTuple):
    """What greedy decoding wrote, and what went on inside, step by step."""

    tokens: Tensor  # (B, T_out), PAD after the END
    mask: Tensor  # (B, T_out), True = token written, END included
    logits: Tensor  # (B, T_out, n_target)
    states: Tensor  # (B, T_out, d_decoder)
    weights: Tensor | None  # (B, T_out, T_in), with attention


@torch.no_grad()
@checked(model=a(EncoderDecoder), max_length=positive)
def greedy_decode(
    model: EncoderDecoder, source: Tensor, source_mask: Tensor, *, max_length: int = 100
) -> Decoded:
    r"""Write the most likely token, read it, write the next, until the end token.

    Formula: ``y[t] = argmax logits(y[t-1], s[t-1], h)``

    Args:
        model: the model; its mode and parameters stay as they are.
        source: ``(B, T_in)`` integers.
        source_mask: ``(B, T_in)``, ``True`` = real token.
        max_length: steps after which a sequence without end is cut.

    Returns:
        :class:`Decoded`. ``T_out`` is the longest sequence's length, ``END`` included.

    Raises:
        TypeError, ValueError, IndexError: as for :class:`EncoderDecoder`.

    Source: Sutskever et al. 2014 (arXiv 1409.3215), section 3.2, beam of one. Chapter 2.
    """
    encoded = model.encode(source, source_mask)
    state = model.decoder.start(encoded)
    token = torch.full((source.shape[0],), START, device=source.device)
    ended = torch.zeros_like(token, dtype=torch.bool)
    tokens: list[Tensor] = []
    mask: list[Tensor] = []
    all_logits: list[Tensor] = []
    states: list[Tensor] = []
    all_weights: list[Tensor | None] = []
    while len(tokens) < max_length and not ended.all():
        logits, state, weights = model.decoder(token, state, encoded)
        token = logits.argmax(dim=-1).masked_fill(ended, PAD)  # (B,)
        tokens.append(token)
        mask.append(~ended)
        ended = ended | (token == END)
        all_logits.append(logits)
        states.append(state)
        all_weights.append(weights)
    return Decoded(
        torch.stack(tokens, dim=1),
        torch.stack(mask, dim=1),
        torch.stack(all_logits, dim=1),
        torch.stack(states, dim=1),
        stack_weights(all_weights, dim=1),
    )


class Translation(NamedTuple):
    """One string that a model wrote, and where it looked for each token of it."""

    text: str
    read: str  # T_in characters: the string given, in Unicode's form NFC
    written: tuple[str, ...]  # T_out symbols, "<end>" included
    weights: Tensor | None  # (T_out, T_in), with attention


@checked(
    model=a(EncoderDecoder),
    texts=some_strings,
    source=a(Vocabulary),
    target=a(Vocabulary),
    max_length=positive,
)
def translate(
    model: EncoderDecoder,
    texts: Sequence[str],
    source: Vocabulary,
    target: Vocabulary,
    *,
    max_length: int = 100,
) -> list[Translation]:
    """Translate strings: encode, decode greedily, and turn the numbers into strings.

    Args:
        model: the model.
        texts: at least one string, none empty.
        source: vocabulary of ``texts``.
        target: vocabulary of the translations.
        max_length: as for :func:`greedy_decode`.

    Returns:
        One :class:`Translation` a string. Its weights have no padding: a row for each
        symbol written, a column for each character read.

    Raises:
        TypeError: no list of strings.
        ValueError: no string, or an empty one.

    Source: chapters 2 and 3.
    """
    numbers, mask = pad([source.encode(text) for text in texts])
    decoded = greedy_decode(model, numbers, mask, max_length=max_length)
    translations = []
    for i, text in enumerate(texts):
        written = decoded.tokens[i][decoded.mask[i]]  # (T_out,)
        symbols = tuple(target.symbols[number] for number in written.tolist())
        read = normalize("NFC", text)
        looked = decoded.weights
        weights = None if looked is None else looked[i, : len(symbols), : len(read)]
        translations.append(Translation(target.decode(written), read, symbols, weights))
    return translations


@checked(predicted=strings, expected=strings)
def exact_match(predicted: Sequence[str], expected: Sequence[str]) -> float:
    """Count the strings that are right from the first character to the last.

    Args:
        predicted: what a model wrote.
        expected: what it should have written, in the same order.

    Returns:
        The share of exact matches, from 0 to 1.

    Raises:
        TypeError: a single string, whose characters would be compared one by one.
        ValueError: different numbers of strings, or none.

    Source: chapter 2.
    """
    if len(predicted) != len(expected) or not len(expected):
        raise ValueError(
            f"predicted, expected: expected equally many strings, at least one, "
            f"got {len(predicted)} and {len(expected)}"
        )
    hits = sum(ours == theirs for ours, theirs in zip(predicted, expected, strict=True))
    return hits / len(expected)
