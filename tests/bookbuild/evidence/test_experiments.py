"""The experiments: each has what the rule asks for, and its code means what it says."""

import pytest
import torch

from attention_course.encoder_decoder import Encoded
from bookbuild.evidence.copying import LENGTHS, EqualWeights
from bookbuild.evidence.experiment import experiments
from bookbuild.evidence.experiments import bottleneck, kinds, upsampler, word_senses

ALL = experiments()


@pytest.mark.parametrize("name", ALL)
def test_an_experiment_has_an_idea_a_rival_and_a_control(name):
    kinds_of_arm = [arm.kind for arm in ALL[name].arms.values()]
    assert set(kinds_of_arm) == {"idea", "rival", "control"}


@pytest.mark.parametrize("name", ALL)
def test_an_arm_draws_nothing_or_runs_with_three_seeds(name):
    for arm, made in ALL[name].arms.items():
        assert made.seeds == (0,) or len(made.seeds) >= 3, arm


@pytest.mark.parametrize("name", ALL)
def test_an_experiment_names_its_budget_and_its_doubts(name):
    made = ALL[name]
    for text in (made.question, made.claim, made.budget, made.doubts):
        assert text.strip()[-1] in ".?", text


def test_a_code_by_hand_packs_fourteen_letters_into_two_floats():
    found = bottleneck.by_hand(0)
    assert {n: found[f"{n} letters"] for n in LENGTHS} == {
        **dict.fromkeys((4, 6, 8, 10, 12), 1.0),
        **dict.fromkeys((15, 20), 0.0),
    }


def test_equal_weights_are_the_mean_of_the_real_places():
    states = torch.randn(2, 5, 3)
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    encoded = Encoded(states, mask, states[:, 0])
    mean, _ = EqualWeights(3)(torch.zeros(2, 7), encoded)
    torch.testing.assert_close(mean[1], states[1, :2].mean(dim=0))


def test_sorting_by_sense_is_perfect_for_two_directions_and_fails_for_a_wrong_order():
    a, b = torch.eye(8)[0], torch.eye(8)[1]
    noise = 0.01 * torch.randn(24, 8, generator=torch.Generator().manual_seed(0))
    apart = torch.stack([a] * 12 + [b] * 12) + noise
    assert word_senses.sorted_by_sense(apart, "x")["x: right"] == 24
    pairs = torch.eye(32)[torch.arange(24) % 12] + 0.01 * torch.eye(32)[:24]
    assert word_senses.sorted_by_sense(pairs, "x")["x: right"] == 0


def test_nearest_of_a_kind_counts_words_not_pairs():
    rows = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.9, 0.3]])
    assert kinds.right(rows, ["a", "a", "b", "b"])["right"] == 0.75


@pytest.mark.parametrize("pixels", [1, 2])
def test_a_line_drawn_where_it_belongs_is_all_in_place(pixels):
    _, centres = upsampler.line(pixels)

    class Perfect(torch.nn.Module):
        def forward(self, video):
            drawn = torch.zeros(1, 8, 16, 16, 1)
            for frame, centre in zip(range(1, 7), centres, strict=True):
                drawn[0, frame, 8, int(centre)] = 1
            return drawn, None, None

    assert upsampler.walks(Perfect(), pixels) == pytest.approx(1)
    standing = upsampler.line(pixels)[0].repeat_interleave(2, dim=1)

    class Standing(torch.nn.Module):
        def forward(self, video):
            wide = standing.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
            return wide[:, :1].expand(-1, 8, -1, -1, -1), None, None

    assert upsampler.walks(Standing(), pixels) < 0.5
