"""The callables of chapters 1 to 4, each with good arguments and their kinds."""

from __future__ import annotations

import torch

from attention_course import (
    attention,
    embedding,
    encoder_decoder,
    self_attention,
)
from attention_course.data.sequences import Pair, Vocabulary, make_batch
from tests.bad_input.kinds import (
    choice,
    count,
    floats,
    function,
    given,
    ids,
    mask,
    model,
    number,
    object_of,
    sizes,
    switch,
    texts,
)
from tests.bad_input.survey import entry

LETTERS = Vocabulary("abc")
TRANSLATOR = encoder_decoder.EncoderDecoder(
    7, 7, context="additive", d_embedding=5, d_encoder=6, d_decoder=7, d_context=3
)
BATCH = make_batch([Pair("ab", "ba"), Pair("c", "c")], LETTERS, LETTERS)
ENCODED = TRANSLATOR.encode(BATCH.source, BATCH.source_mask)


def some(*shape: int) -> torch.Tensor:
    return torch.rand(*shape)


def real(*shape: int) -> torch.Tensor:
    return torch.ones(*shape, dtype=torch.bool)


def attention_arguments(*names: str):
    sequences = {"query": floats(some(2, 3, 6)), "key": floats(some(2, 5, 6))}
    return (
        {**sequences, "value": floats(some(2, 5, 7))} if "value" in names else sequences
    )


STACK = {
    "n_layers": count(2),
    "d_model": count(6),
    "n_heads": count(2).also(that_divides_not=5),
    "d_hidden": count(8),
}

EMBEDDING = [
    entry(
        "embedding.one_hot",
        embedding.one_hot,
        ids=ids(torch.tensor([1, 2]), below=5),
        vocab_size=count(5),
    ),
    entry(
        "embedding.one_hot_lookup",
        embedding.one_hot_lookup,
        ids=ids(torch.tensor([1, 2]), below=5),
        table=floats(some(5, 3)),
    ),
    entry(
        "embedding.lookup",
        embedding.lookup,
        ids=ids(torch.tensor([1, 2]), below=5),
        table=floats(some(5, 3)),
    ),
    entry(
        "embedding.TokenEmbedding",
        embedding.TokenEmbedding,
        vocab_size=count(5),
        d_model=count(3),
    ),
    entry(
        "embedding.TokenEmbedding.forward",
        embedding.TokenEmbedding(5, 3),
        ids=ids(torch.tensor([1]), below=5),
    ),
    entry(
        "embedding.nearest_neighbours",
        embedding.nearest_neighbours,
        vector=floats(some(3)),
        table=floats(some(5, 3)),
        n_nearest=count(2, most=5),
    ),
    entry(
        "embedding.patchify",
        embedding.patchify,
        grid=floats(some(4, 6, 1)).without("integers", "booleans"),
        patch=sizes((2, 2)).also(that_divides_not=(3, 4)),
    ),
    entry(
        "embedding.unpatchify",
        embedding.unpatchify,
        blocks=floats(some(2, 3, 4)).without("integers", "booleans"),
        patch=sizes((2, 2)).also(that_divides_not=(3, 4)),
    ),
    entry(
        "embedding.PatchEmbedding",
        embedding.PatchEmbedding,
        patch=sizes((2, 2)),
        in_channels=count(1),
        d_model=count(3),
    ),
    entry(
        "embedding.PatchEmbedding.forward",
        embedding.PatchEmbedding((2, 2), 1, 3),
        grid=floats(some(4, 6, 1)).also(channels=some(4, 6, 3)),
    ),
    entry(
        "embedding.sinusoidal_positions",
        embedding.sinusoidal_positions,
        sizes=sizes((3, 5)),
        d_model=count(8).also(odd=7),
        base=number(100.0, negative=-1.0, zero=0.0),
    ),
]

ATTENTION = [
    *(
        entry(f"attention.{score.__name__}", score, **attention_arguments())
        for score in (attention.dot_score, attention.scaled_dot_score)
    ),
    entry("attention.GeneralScore", attention.GeneralScore, d_q=count(6), d_k=count(6)),
    entry(
        "attention.GeneralScore.forward",
        attention.GeneralScore(6, 6),
        **attention_arguments(),
    ),
    entry(
        "attention.AdditiveScore",
        attention.AdditiveScore,
        d_q=count(6),
        d_k=count(6),
        d_hidden=count(4),
    ),
    entry(
        "attention.AdditiveScore.forward",
        attention.AdditiveScore(6, 6, 4),
        **attention_arguments(),
    ),
    entry(
        "attention.masked_softmax",
        attention.masked_softmax,
        scores=floats(some(2, 3, 5)),
        mask=mask(real(3, 5)),
    ),
    entry(
        "attention.attend",
        attention.attend,
        **attention_arguments("value"),
        mask=mask(real(3, 5)),
        score=function(attention.dot_score),
    ),
    entry(
        "attention.stack_weights",
        attention.stack_weights,
        parts=given([some(2, 3)], of_nothing=None, a_number=3, of_strings=["a"]),
        dim=count(0, low=-3).without("too small", "negative"),
    ),
]

TOKENS = {
    "source": ids(BATCH.source, below=7),
    "source_mask": mask(BATCH.source_mask).also(holes=~BATCH.source_mask),
}
WITH_HOLES = {
    **TOKENS,
    "source_mask": mask(BATCH.source_mask),
}  # where any may be hidden
ENCODER_DECODER = [
    entry(
        "encoder_decoder.gru_step",
        encoder_decoder.gru_step,
        x=floats(some(2, 5)),
        state=floats(some(2, 7)),
        cell=model(torch.nn.GRUCell(5, 7)),
    ),
    entry(
        "encoder_decoder.GRUEncoder",
        encoder_decoder.GRUEncoder,
        n_tokens=count(5),
        d_embedding=count(4),
        d_encoder=count(6).also(odd=7),
    ),
    entry(
        "encoder_decoder.GRUEncoder.forward",
        TRANSLATOR.encoder,
        tokens=ids(BATCH.source, below=7),
        mask=mask(BATCH.source_mask),
    ),
    entry(
        "encoder_decoder.FixedContext",
        encoder_decoder.FixedContext,
        d_encoder=count(6),
        d_context=count(4),
    ),
    entry(
        "encoder_decoder.FixedContext.forward",
        encoder_decoder.FixedContext(6, 4),
        state=given(some(2, 7)),
        encoded=object_of(ENCODED),
    ),
    entry(
        "encoder_decoder.AttentionContext",
        encoder_decoder.AttentionContext,
        score=function(attention.AdditiveScore(7, 6, 4)),
        d_encoder=count(6),
    ),
    entry(
        "encoder_decoder.AttentionContext.forward",
        TRANSLATOR.decoder.context,
        state=floats(some(2, 7)),
        encoded=object_of(ENCODED),
    ),
    entry(
        "encoder_decoder.GRUDecoder",
        encoder_decoder.GRUDecoder,
        n_tokens=count(5),
        d_embedding=count(4),
        d_decoder=count(7),
        context=model(TRANSLATOR.decoder.context),
    ),
    entry(
        "encoder_decoder.GRUDecoder.start",
        TRANSLATOR.decoder.start,
        encoded=object_of(ENCODED),
    ),
    entry(
        "encoder_decoder.GRUDecoder.forward",
        TRANSLATOR.decoder,
        token=ids(torch.tensor([1, 2]), below=7),
        state=floats(some(2, 7)),
        encoded=object_of(ENCODED),
    ),
    entry(
        "encoder_decoder.make_context",
        encoder_decoder.make_context,
        name=choice("general"),
        d_encoder=count(6),
        d_decoder=count(7),
        d_context=count(4),
    ),
    entry(
        "encoder_decoder.EncoderDecoder",
        encoder_decoder.EncoderDecoder,
        n_source=count(5),
        n_target=count(5),
        context=choice("fixed"),
        d_embedding=count(4),
        d_encoder=count(6),
        d_decoder=count(7),
        d_context=count(3),
    ),
    entry("encoder_decoder.EncoderDecoder.encode", TRANSLATOR.encode, **TOKENS),
    entry(
        "encoder_decoder.EncoderDecoder.forward",
        TRANSLATOR,
        **TOKENS,
        target_in=ids(BATCH.target_in, below=7),
    ),
    entry(
        "encoder_decoder.sequence_loss",
        encoder_decoder.sequence_loss,
        model=model(TRANSLATOR),
        batch=object_of(BATCH),
    ),
    entry(
        "encoder_decoder.greedy_decode",
        encoder_decoder.greedy_decode,
        model=model(TRANSLATOR),
        **TOKENS,
        max_length=count(3),
    ),
    entry(
        "encoder_decoder.translate",
        encoder_decoder.translate,
        model=model(TRANSLATOR),
        texts=texts(["ab", "c"]).also(an_empty_one=["a", ""]),
        source=object_of(LETTERS),
        target=object_of(LETTERS),
        max_length=count(3),
    ),
    entry(
        "encoder_decoder.exact_match",
        encoder_decoder.exact_match,
        predicted=texts(["ab"]).also(none=[], more=["ab", "c"]),
        expected=texts(["ab"]).also(none=[], more=["ab", "c"]),
    ),
]

MANY = self_attention.MultiHeadAttention(6, 2)
TRANSFORMER = self_attention.Transformer(
    7, 7, n_layers=1, d_model=6, n_heads=2, d_hidden=8, n_places=9
)
STATES = TRANSFORMER.encode(BATCH.source, BATCH.source_mask)
X = floats(some(2, 5, 6)).also(another_length=some(2, 5, 7))
ASKED = {"need_weights": switch(True)}
SEEN = {"mask": mask(real(5, 5))}
CONTEXT = {"context": floats(some(2, 5, 6)), "context_mask": mask(real(5, 5))}
SELF_ATTENTION = [
    entry(
        "self_attention.SelfAttentionHead",
        self_attention.SelfAttentionHead,
        d_model=count(6),
        d_head=count(3),
    ),
    entry(
        "self_attention.SelfAttentionHead.forward",
        self_attention.SelfAttentionHead(6, 3),
        x=X,
        **SEEN,
    ),
    entry(
        "self_attention.split_heads",
        self_attention.split_heads,
        x=floats(some(2, 5, 6)).without("integers", "booleans"),
        n_heads=count(2).also(that_divides_not=5),
    ),
    entry(
        "self_attention.merge_heads",
        self_attention.merge_heads,
        parts=floats(some(2, 3, 5, 4)).without("integers", "booleans"),
    ),
    entry(
        "self_attention.causal_mask", self_attention.causal_mask, length=count(4, low=0)
    ),
    entry(
        "self_attention.fused_attend",
        self_attention.fused_attend,
        **attention_arguments("value"),
        mask=mask(real(3, 5)),
    ),
    entry(
        "self_attention.MultiHeadAttention",
        self_attention.MultiHeadAttention,
        d_model=count(6),
        n_heads=count(2).also(that_divides_not=5),
        d_context=count(4).without("None"),
        bias=switch(True),
    ),
    entry(
        "self_attention.MultiHeadAttention.forward",
        MANY,
        query=X,
        key=floats(some(2, 5, 6)).without("None"),
        value=floats(some(2, 5, 6)).without("None"),
        **SEEN,
        **ASKED,
    ),
    entry(
        "self_attention.FeedForward",
        self_attention.FeedForward,
        d_model=count(6),
        d_hidden=count(8),
        activation=function(torch.relu),
    ),
    entry("self_attention.FeedForward.forward", self_attention.FeedForward(6, 8), x=X),
    entry(
        "self_attention.Block",
        self_attention.Block,
        **{k: v for k, v in STACK.items() if k != "n_layers"},
        norm_first=switch(True),
        activation=function(torch.relu),
        eps=number(1e-5, negative=-1.0),
    ),
    entry(
        "self_attention.Block.forward",
        self_attention.Block(6, 2, 8),
        x=X,
        **SEEN,
        **ASKED,
    ),
    entry(
        "self_attention.DecoderBlock",
        self_attention.DecoderBlock,
        **{k: v for k, v in STACK.items() if k != "n_layers"},
        d_context=count(4).without("None"),
        norm_first=switch(True),
        activation=function(torch.relu),
    ),
    entry(
        "self_attention.DecoderBlock.forward",
        self_attention.DecoderBlock(6, 2, 8),
        x=X,
        **CONTEXT,
        **SEEN,
        **ASKED,
    ),
    entry(
        "self_attention.Encoder",
        self_attention.Encoder,
        **STACK,
        norm_first=switch(True),
    ),
    entry(
        "self_attention.Encoder.forward",
        self_attention.Encoder(1, 6, 2, 8),
        x=X,
        **SEEN,
        **ASKED,
    ),
    entry("self_attention.Decoder", self_attention.Decoder, **STACK),
    entry(
        "self_attention.Decoder.forward",
        self_attention.Decoder(1, 6, 2, 8),
        x=X,
        **CONTEXT,
        **SEEN,
        **ASKED,
    ),
    entry(
        "self_attention.Transformer",
        self_attention.Transformer,
        n_source=count(5),
        n_target=count(5),
        **STACK,
        n_places=count(9),
    ),
    entry("self_attention.Transformer.encode", TRANSFORMER.encode, **WITH_HOLES),
    entry(
        "self_attention.Transformer.decode",
        TRANSFORMER.decode,
        target_in=ids(BATCH.target_in, below=7).also(
            too_long=torch.ones(2, 10, dtype=torch.long)
        ),
        states=floats(STATES.detach()),
        source_mask=mask(BATCH.source_mask),
        **ASKED,
    ),
    entry(
        "self_attention.Transformer.forward",
        TRANSFORMER,
        **WITH_HOLES,
        target_in=ids(BATCH.target_in, below=7),
        **ASKED,
    ),
]

ENTRIES = [*EMBEDDING, *ATTENTION, *ENCODER_DECODER, *SELF_ATTENTION]
