"""Translators of random numbers: they were not trained, and write nonsense."""

from __future__ import annotations

import torch

from attention_course.data.sequences import END, Pair, Vocabulary
from attention_course.encoder_decoder import EncoderDecoder

SOURCE = Vocabulary("abcdefgh0123456789 年月日")
TARGET = Vocabulary("0123-")
PAIRS = [Pair("abc", "01"), Pair("2024年3月9日", "2-3"), Pair("h g f e d", "0-1-2-3")]


def toy_translator(context, source=SOURCE, target=TARGET, d_context=5, seed=0, d=12):
    """An ``EncoderDecoder`` of random numbers, large enough to write something."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = EncoderDecoder(
            len(source),
            len(target),
            context=context,
            d_embedding=4,
            d_encoder=d,
            d_decoder=37 if context == "fixed" else d,
            d_context=d_context,
        )
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(3)
            if context != "fixed":  # it should write something before it ends
                model.decoder.to_logits.bias[END] = -10
    return model.eval()


# Smaller ones, whose symbols a test can count on its fingers.

LETTERS = Vocabulary("abcdé ")
DIGITS = Vocabulary("0123")
TEXTS = ["ab", "dcé a", "bbbbbbb"]


def small_translator(context, d_context=5, seed=0):
    return toy_translator(context, LETTERS, DIGITS, d_context, seed, d=14)
