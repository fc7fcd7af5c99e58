"""A small encoder of random weights, as the published one is built."""

from types import SimpleNamespace

import pytest
import torch

from attention_course.lab.pretrained import PretrainedEncoder


@pytest.fixture(scope="module")
def encoder():
    config = {
        "hidden_size": 12,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 19,
        "vocab_size": 23,
        "type_vocab_size": 2,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 17,
    }
    tokenizer = SimpleNamespace(no_truncation=lambda: None, enable_padding=lambda: None)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return PretrainedEncoder(config, tokenizer).eval().requires_grad_(False)
