"""The training loop, and models kept in files."""

import math
import os
import signal
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from attention_course.encoder_decoder import CONTEXTS, EncoderDecoder
from attention_course.lab.training import History, fit, load_model, save_model
from attention_course.self_attention import Transformer

TRUE_WEIGHT = torch.tensor([[1.0, -2.0, 0.5]])


def line_data(n: int = 35) -> list[tuple[torch.Tensor, torch.Tensor]]:
    x = torch.randn(n, 5, 3, generator=torch.Generator().manual_seed(0))
    return list(zip(x, x @ TRUE_WEIGHT.T, strict=True))


def squared_error(model, batch):
    x, y = batch
    return (model(x) - y).square().mean()


def line(seed: int = 0) -> nn.Linear:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Linear(3, 1)


def closeness(model) -> float:
    return -(model.weight - TRUE_WEIGHT).abs().max().item()


def quiet(model, batches, loss_fn=squared_error, **settings) -> History:
    return fit(model, batches, loss_fn, **{"epochs": 2, "progress": False, **settings})


# --- the loop ----------------------------------------------------------------


def test_fit_finds_the_line_and_writes_down_how():
    model = line()
    history = quiet(
        model,
        line_data(),
        epochs=9,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-2),
        evaluate=closeness,
    )
    assert len(history.losses) == 9 * 35
    assert history.losses[-1] < 1e-3 < history.losses[0]
    assert history.steps == [35 * i for i in range(1, 10)]
    assert len(history.scores) == len(history.seconds) == 9
    assert all(0 < a < b for a, b in pairwise(history.seconds))
    assert history.scores[-1] == closeness(model) > -0.05
    assert not history.reached_target


def test_fit_takes_the_steps_of_a_loop_by_hand():
    ours, theirs = line(), line()
    history = quiet(ours, line_data(7), clip=math.inf)
    optimizer, losses = torch.optim.Adam(theirs.parameters(), lr=3e-3), []
    for _ in range(2):
        for batch in line_data(7):
            loss = squared_error(theirs, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert history.losses == losses
    assert torch.equal(ours.weight, theirs.weight)


def test_the_same_seed_gives_the_same_model_and_leaves_other_random_numbers_alone():
    x, y = map(torch.stack, zip(*line_data(), strict=True))
    batches = DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True)

    def train(seed: int) -> torch.Tensor:
        model = nn.Sequential(nn.Dropout(0.5), line())
        quiet(model, batches, seed=seed)
        return model[1].weight

    state = torch.random.get_rng_state()
    first = train(1)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(11)  # what happens outside does not matter
    assert torch.equal(first, train(1))
    assert not torch.equal(first, train(2))


def test_gradients_are_clipped_to_the_length_given():
    for clip, longest in [(0.01, 0.01), (math.inf, None)]:
        model = line()
        before = [parameter.detach().clone() for parameter in model.parameters()]
        sgd = torch.optim.SGD(model.parameters(), lr=1.0)
        quiet(model, line_data(1), epochs=1, clip=clip, optimizer=sgd)
        moved = math.sqrt(
            sum(
                (p - b).square().sum().item()
                for p, b in zip(model.parameters(), before, strict=True)
            )
        )
        assert moved == pytest.approx(longest, rel=1e-3) if longest else moved > 1.0


def test_the_scheduler_steps_once_a_step():
    model = line()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    halve = torch.optim.lr_scheduler.ExponentialLR(sgd, 0.5)
    quiet(model, line_data(3), optimizer=sgd, scheduler=halve)
    assert sgd.param_groups[0]["lr"] == pytest.approx(0.1 * 0.5**6)
    with pytest.raises(
        ValueError, match="scheduler: expected the scheduler of the optimizer"
    ):
        quiet(model, line_data(3), scheduler=halve)


def test_training_in_training_mode_evaluating_in_evaluation_mode():
    seen = []
    model = nn.Sequential(nn.Dropout(0.5), line())

    def loss_fn(model, batch):
        seen.append(("loss", model.training, torch.is_grad_enabled()))
        return squared_error(model, batch)

    def evaluate(model):
        seen.append(("score", model.training, torch.is_grad_enabled()))
        model.train()  # a careless one
        return 0.0

    quiet(model.eval(), line_data(1), loss_fn, evaluate=evaluate)
    assert seen == [("loss", True, True), ("score", False, False)] * 2
    assert not model.training


# --- stopping ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "settings", "epochs", "reached"),
    [
        ([0.1, 0.5, 0.9, 1.0], {"target": 0.9}, 3, True),
        ([0.1, 0.5, 0.6, 0.7], {"target": 0.9}, 4, False),
        ([0.5, 0.4, 0.5, 0.9], {"patience": 2}, 3, False),
        ([0.5, 0.4, 0.6, 0.5], {"patience": 2}, 4, False),
        ([0.5, math.nan, 0.6, 0.5], {"patience": 1}, 2, False),
        ([0.1, 0.2, 0.3, 0.4], {}, 4, False),
    ],
)
def test_training_stops_at_the_target_or_when_patience_ends(
    scores, settings, epochs, reached
):
    coming = iter(scores)
    history = quiet(
        line(), line_data(2), epochs=4, evaluate=lambda model: next(coming), **settings
    )
    assert len(history.scores) == epochs
    assert len(history.losses) == 2 * epochs
    assert history.reached_target == reached


def test_a_loss_that_is_not_a_number_names_its_step_and_spoils_nothing():
    model, calls, kept = line(), [], []

    def loss_fn(model, batch):
        calls.append(1)
        if len(calls) < 5:
            return squared_error(model, batch)
        kept.append(model.weight.detach().clone())
        return squared_error(model, batch) * math.nan

    with pytest.raises(FloatingPointError, match="loss is nan at step 4"):
        quiet(model, line_data(3), loss_fn)
    assert torch.equal(model.weight, kept[0])


def test_a_gradient_that_is_not_finite_is_caught_before_it_reaches_the_parameters():
    model = line()
    kept = model.weight.detach().clone()
    with pytest.raises(FloatingPointError, match="gradient is (nan|inf) at step 0"):
        quiet(model, line_data(3), lambda model, batch: (model.weight * 0).sum().sqrt())
    assert torch.equal(model.weight, kept)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs: expected a positive"),
        (
            {"patience": 0, "evaluate": closeness},
            ValueError,
            "patience: expected a positive",
        ),
        ({"target": 1.0}, ValueError, "evaluate: expected a function"),
        ({"patience": 1}, ValueError, "evaluate: expected a function"),
        ({"clip": 0.0}, ValueError, "clip: expected a number above 0"),
        ({"batches": []}, ValueError, "batches: expected at least one batch"),
        ({"batches": iter(line_data(2))}, TypeError, "batches: .*got an iterator"),
        (
            {"loss_fn": lambda model, batch: model(batch[0])},
            ValueError,
            r"loss_fn: expected a loss of one number, got shape \(5, 1\)",
        ),
    ],
)
def test_bad_settings_are_named(settings, error, message):
    with pytest.raises(error, match=message):
        quiet(line(), **{"batches": line_data(2), **settings})


# --- the bar -----------------------------------------------------------------


def test_the_bar_is_on_the_error_stream_or_nowhere(capsys):
    fit(line(), line_data(3), squared_error, epochs=1, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "3" in shown.err
    quiet(line(), line_data(3))
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_an_environment_variable_hides_the_bar():
    """As where the book is built: stored outputs must not depend on the clock."""
    code = (
        "import torch; from attention_course.lab.training import fit; m = torch.nn.Linear(1, 1);"
        "fit(m, [torch.ones(1, 1)] * 3, lambda m, x: m(x).sum(), epochs=1)"
    )
    others = {
        name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"
    }
    for environment, shown in [({"TQDM_DISABLE": "1"}, False), ({}, True)]:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**others, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == ""
        assert ("step" in done.stderr) == shown


# --- models in files ---------------------------------------------------------


class Line(nn.Module):
    """The smallest model with a configuration."""

    def __init__(self, d_in: int, bias: bool = True) -> None:
        super().__init__()
        self.config = {"d_in": d_in, "bias": bias}
        self.layer = nn.Linear(d_in, 1, bias=bias)


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_saved_model_comes_back_the_same(context, tmp_path):
    model = EncoderDecoder(
        11, 7, context=context, d_embedding=3, d_encoder=6, d_decoder=6, d_context=5
    )
    save_model(model, tmp_path / "model.safetensors")
    state = torch.random.get_rng_state()
    loaded = load_model(EncoderDecoder, tmp_path / "model.safetensors")
    assert torch.equal(torch.random.get_rng_state(), state)
    assert loaded.config == model.config
    assert not loaded.training
    ours, theirs = model.state_dict(), loaded.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_any_model_with_a_config_can_be_kept(tmp_path):
    path = str(tmp_path / "line.safetensors")
    model = Line(3, bias=False)
    save_model(model, path)
    assert torch.equal(load_model(Line, path).layer.weight, model.layer.weight)
    save_model(Line(2), path)  # replaces it
    assert load_model(Line, path).config == {"d_in": 2, "bias": True}


def test_a_file_that_does_not_fit_is_named(tmp_path):
    path = tmp_path / "line.safetensors"
    with pytest.raises(FileNotFoundError, match=r"path: no file .*line\.safetensors"):
        load_model(Line, path)
    save_model(Line(3), path)
    with pytest.raises(ValueError, match="expected a EncoderDecoder in .* got Line"):
        load_model(EncoderDecoder, path)
    tensors = load_file(path)
    save_file(tensors, path)
    with pytest.raises(ValueError, match="got a model not saved by this course"):
        load_model(Line, path)
    for config in ('{"d_in": 5}', '{"d_out": 3}', "{", '{"d_in": 3, "bias": false}'):
        save_file(tensors, path, {"model": "Line", "config": config})
        with pytest.raises(
            ValueError, match=r"path: what .*line\.safetensors holds does not fit"
        ):
            load_model(Line, path)
    path.write_text("not a model")
    with pytest.raises(ValueError, match="is no safetensors file"):
        load_model(Line, path)


def test_a_model_without_a_config_cannot_be_kept(tmp_path):
    with pytest.raises(
        TypeError, match="model: expected a model with a config, got Linear"
    ):
        save_model(nn.Linear(2, 1), tmp_path / "x.safetensors")


# --- a save that is interrupted, and what is around the file -----------------------------


def test_a_save_that_fails_leaves_the_old_model_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "line.safetensors"
    save_model(Line(3), path)
    before = path.read_bytes()

    def full_disk(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space left"):
        save_model(Line(5), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["line.safetensors"]


KILLED = """
import os, signal, sys
import torch
from attention_course.lab import training
from attention_course.lab.translation import Transformer
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
training.save_model(Transformer(3, 5, d_model=8, n_heads=2), sys.argv[1])
"""


@pytest.mark.slow
def test_a_save_that_is_killed_leaves_the_old_model_whole(tmp_path):
    path = tmp_path / "line.safetensors"
    save_model(Line(3), path)
    before = path.read_bytes()
    for _ in range(2):  # what is left behind does not add up
        killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
        assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
    save_model(Line(5), path)
    assert load_model(Line, path).config["d_in"] == 5
    assert [file.name for file in tmp_path.iterdir()] == ["line.safetensors"]


def test_a_save_keeps_the_files_mode_and_goes_through_a_link(tmp_path):
    file, link = tmp_path / "file.safetensors", tmp_path / "link.safetensors"
    save_model(Line(3), file)
    umask = os.umask(0)
    os.umask(umask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~umask
    file.chmod(0o640)
    link.symlink_to(file)
    save_model(Line(5), link)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert load_model(Line, file).config["d_in"] == 5


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_model_comes_back_in_its_own_dtype(dtype, tmp_path):
    model = Line(3).to(dtype)
    save_model(model, tmp_path / "line.safetensors")
    loaded = load_model(Line, tmp_path / "line.safetensors")
    assert loaded.layer.weight.dtype == dtype
    assert torch.equal(loaded.layer.weight, model.layer.weight)


def test_a_model_of_numpy_sizes_can_be_kept(tmp_path):
    model = Transformer(np.int64(5), 7, d_model=np.int32(8), n_heads=np.int64(2))
    save_model(model, tmp_path / "model.safetensors")
    loaded = load_model(Transformer, tmp_path / "model.safetensors")
    assert loaded.config == model.config
