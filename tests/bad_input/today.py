"""The callables of chapter 6, of its novel and of its lab, each with good arguments."""

from __future__ import annotations

import torch

from attention_course import attention_today
from attention_course.data import novel
from attention_course.lab import language
from tests.bad_input.chapters import attention_arguments, real, some
from tests.bad_input.kinds import (
    choice,
    count,
    floats,
    given,
    ids,
    mask,
    model,
    number,
    seed,
    switch,
    text,
)
from tests.bad_input.survey import entry

TODAY = {"n_layers": 1, "d_model": 8, "n_heads": 2, "d_hidden": 4}
READER = attention_today.LanguageModel(len(novel.novel_vocabulary()), **TODAY)
REPEATER = attention_today.LanguageModel(26, **TODAY)
SOME_TOKENS = torch.tensor([4, 5, 6, 4, 5, 6, 4])
STRINGS = SOME_TOKENS.expand(2, 7)
HEADS = {
    "d_model": count(8),
    "n_heads": count(2).also(that_divides_not=3),
    "n_kv_heads": count(1).also(that_divides_not=3).without("None"),
    "positions": choice("rotary"),
}
CACHE = given(
    attention_today.Cache(), a_string="x", a_number=3, the_class=attention_today.Cache
)
ASKED = {"mask": mask(real(7, 7)), "need_weights": switch(False)}
DRAWN = {
    "temperature": number(1.0, negative=-1.0, zero=0.0),
    "top_k": count(2).without("None"),
}
GENERATOR = given(torch.Generator(), a_string="x", a_number=3)
LAYERS = [
    entry("attention_today.Cache", attention_today.Cache),
    entry(
        "attention_today.GroupedAttention", attention_today.GroupedAttention, **HEADS
    ),
    entry(
        "attention_today.GroupedAttention.forward",
        attention_today.GroupedAttention(8, 2),
        x=floats(some(7, 8)),
        cache=CACHE,
        need_weights=switch(False),
    ),
    entry(
        "attention_today.TodayBlock",
        attention_today.TodayBlock,
        d_hidden=count(4),
        **HEADS,
    ),
    entry(
        "attention_today.LanguageModel",
        attention_today.LanguageModel,
        n_tokens=count(7),
        n_layers=count(1),
        d_hidden=count(4),
        **HEADS,
    ),
    entry(
        "attention_today.LanguageModel.forward",
        REPEATER,
        tokens=ids(SOME_TOKENS, below=26),
        **ASKED,
    ),
    entry(
        "attention_today.cut_heads",
        attention_today.cut_heads,
        model=model(REPEATER),
        heads=given([(0, 1)]),
    ),
    entry(
        "attention_today.write",
        attention_today.write,
        model=model(REPEATER),
        tokens=ids(SOME_TOKENS, below=26),
        n=count(2),
        window=count(3).without("None"),
        generator=GENERATOR,
        **DRAWN,
    ),
]
FUNCTIONS = [
    entry(
        "attention_today.cache_bytes",
        attention_today.cache_bytes,
        n_layers=count(2),
        n_kv_heads=count(2),
        d_head=count(4),
        length=count(7),
        bytes_per_number=count(2),
    ),
    entry(
        "attention_today.window_mask",
        attention_today.window_mask,
        n_queries=count(3).also(more_than_keys=8),
        n_keys=count(7),
        window=count(2).without("None"),
        n_sinks=count(1, low=0),
    ),
    entry(
        "attention_today.rotate",
        attention_today.rotate,
        x=floats(some(2, 3, 4)).also(odd=some(2, 3, 5)),
        places=given(torch.arange(3), a_list=[0, 1, 2], nothing=None, a_number=3),
        base=number(100.0, negative=-1.0, zero=0.0),
    ),
    entry(
        "attention_today.distance_score",
        attention_today.distance_score,
        **attention_arguments(),
    ),
    entry(
        "attention_today.next_probabilities",
        attention_today.next_probabilities,
        logits=floats(some(2, 5)),
        **DRAWN,
    ),
    entry(
        "attention_today.attend_online",
        attention_today.attend_online,
        **attention_arguments("value"),
        block=count(2),
    ),
    entry(
        "attention_today.linear_attend",
        attention_today.linear_attend,
        query=floats(some(2, 3, 4)),
        key=floats(some(2, 3, 4)),
        value=floats(some(2, 3, 5)),
    ),
    entry(
        "attention_today.induction_score",
        attention_today.induction_score,
        weights=floats(some(2, 7, 7)),
        period=count(3, most=6),
    ),
]

RATE = number(1e-3, negative=-1.0, zero=0.0)
STEPS = {"steps": count(1), "lr": RATE, "seed": seed()}
WORDS = "She was very much in the way of it."
LAB = [
    entry("data.novel.load_novel", novel.load_novel, split=choice("train")),
    entry(
        "lab.language.CountingModel",
        language.CountingModel,
        text=text(WORDS),
        order=count(2),
    ),
    entry(
        "lab.language.bits_a_character",
        language.bits_a_character,
        model=model(READER),
        text=text(WORDS).also(short="She"),
        length=count(8),
        skip=count(2, low=0, most=7),
        window=count(3).without("None"),
        n_sinks=count(1, low=0),
    ),
    entry(
        "lab.language.make_repeats",
        language.make_repeats,
        n=count(2),
        period=count(3, most=26),
        length=count(7),
        seed=seed(),
    ),
    entry(
        "lab.language.repeats_right",
        language.repeats_right,
        model=model(REPEATER),
        strings=ids(STRINGS, below=26),
        period=count(3),
    ),
    entry(
        "lab.language.train_language_model",
        language.train_language_model,
        slow=True,
        **STEPS,
        window=count(3).without("None"),
    ),
    entry("lab.language.train_repeater", language.train_repeater, slow=True, **STEPS),
]
ENTRIES = [*LAYERS, *FUNCTIONS, *LAB]
