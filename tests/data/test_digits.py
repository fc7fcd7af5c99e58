"""The digits: real scans, split by the forms that they were written on."""

import sys

import pytest
import torch
from sklearn import datasets

from attention_course.data.digits import (
    FORM_STARTS,
    N_TRAIN_FORMS,
    SPLITS,
    load_digits,
)


def test_they_are_the_scans_of_scikit_learn():
    images, labels = load_digits()
    bunch = datasets.load_digits()
    assert images.shape == (1797, 8, 8, 1)
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    sixteenths = torch.from_numpy(bunch.images).float()
    assert torch.equal(images[..., 0] * 16, sixteenths)
    assert float(images.min()) == 0
    assert float(images.max()) == 1
    assert labels.tolist() == bunch.target.tolist()


def test_every_form_begins_like_the_first():
    """Three times 0 to 9, where now and then a scan was lost: so the starts are right."""
    labels = load_digits().labels.tolist()
    assert len(FORM_STARTS) == 14
    for start in FORM_STARTS:
        # The first digit of a form may be lost, the next begins a run all the same.
        assert labels[start : start + 2] in ([0, 1], [1, 2])
        tail = "".join(map(str, labels[max(start - 4, 0) : start]))
        assert start == 0 or tail in {"0898", "0893", "4908"}
    lengths = [
        end - start
        for start, end in zip(FORM_STARTS, (*FORM_STARTS[1:], 1797), strict=True)
    ]
    assert max(lengths) == 130  # the whole form
    assert min(lengths) == 122


def test_the_split_keeps_whole_forms_apart():
    everything = load_digits()
    train, held_out = (load_digits(split) for split in SPLITS)
    assert torch.equal(torch.cat([train.images, held_out.images]), everything.images)
    assert torch.equal(torch.cat([train.labels, held_out.labels]), everything.labels)
    assert len(train.labels) == FORM_STARTS[N_TRAIN_FORMS] == 1287
    assert len(held_out.labels) == 510


def test_no_scan_is_on_both_sides():
    train, held_out = (load_digits(split).images.flatten(1) for split in SPLITS)
    nearest = torch.cdist(held_out, train).min(dim=1).values
    assert float(nearest.min()) > 0.1


@pytest.mark.parametrize("split", SPLITS)
def test_digits_come_about_equally_often(split):
    counts = load_digits(split).labels.bincount(minlength=10)
    assert len(counts) == 10
    assert float(counts.min()) > 0.9 * float(counts.float().mean())


def test_each_call_returns_its_own_tensors():
    first = load_digits("train")
    first.images.zero_()
    first.labels.zero_()
    again = load_digits("train")
    assert again.images.any()
    assert again.labels.any()
    # A part does not keep the whole alive.
    assert again.images.untyped_storage().nbytes() == again.images.nbytes


def test_errors(monkeypatch):
    with pytest.raises(ValueError, match=r"split: expected one of .* got 'test'"):
        load_digits("test")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        load_digits()
