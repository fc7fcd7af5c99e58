"""The embedding explorer as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import ipywidgets
import pytest
import torch
import torch.nn.functional as F
import traitlets

from attention_course.widgets import EmbeddingExplorer
from tests.widgets.helpers import Page, number


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: EmbeddingExplorer(vocab_size=13),
            r"vocab_size: .* from 2 to 12, got 13",
        ),
        (
            lambda: EmbeddingExplorer(vocab_size=1, token=0),
            r"vocab_size: .* from 2 to 12, got 1",
        ),
        (lambda: EmbeddingExplorer(dim=0), r"dim: .* from 1 to 8, got 0"),
        (
            lambda: EmbeddingExplorer(vocab_size=5, token=5),
            r"token: .* from 0 to 4, got 5",
        ),
        (lambda: EmbeddingExplorer(token=-1), r"token: .* from 0 to 6, got -1"),
        (lambda: EmbeddingExplorer(token=True), r"token: .* from 0 to 6, got True"),
        (
            lambda: EmbeddingExplorer(dim=3, component=3),
            r"component: .* from 0 to 2, got 3",
        ),
        (lambda: EmbeddingExplorer(token=2.5), r"'token' trait .* expected an int"),
        (
            lambda: EmbeddingExplorer(words=["w"] * 13),
            r"words: .* at most 12 words, got 13",
        ),
    ],
)
def test_a_number_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: EmbeddingExplorer(table=torch.zeros(3)),
            ValueError,
            r"table: .*vocab_size, d_m",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.zeros(13, 2)),
            ValueError,
            r"table: .*got 13 rows",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.zeros(3, 9)),
            ValueError,
            r"1 to 8 .*got 3 rows",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.full((3, 2), torch.nan)),
            ValueError,
            "finite",
        ),
        (
            lambda: EmbeddingExplorer(table=torch.zeros(3, 2).int()),
            TypeError,
            "table: .*floating",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_refused_change_leaves_the_state_as_it_was():
    widget = EmbeddingExplorer(vocab_size=5, token=4)
    with pytest.raises(
        traitlets.TraitError, match="token: expected a whole number from 0 to 4"
    ):
        widget.token = 5
    assert widget.token == 4
    with pytest.raises(
        traitlets.TraitError, match="table: expected at least vocab_size = 5"
    ):
        widget.table = [[0.0, 1.0], [2.0, 3.0]]
    assert len(widget.table) == 12


def test_a_smaller_table_takes_what_was_picked_beyond_it_along():
    widget = EmbeddingExplorer(vocab_size=11, dim=7, token=10, component=6)
    widget.vocab_size = 5
    widget.dim = 3
    assert (widget.token, widget.component) == (4, 2)
    widget.vocab_size = 11
    assert widget.token == 4


def test_changes_that_the_page_sends_together_are_taken_together():
    widget = EmbeddingExplorer(vocab_size=7, token=6)
    widget.set_state({"vocab_size": 11, "token": 10})
    assert (widget.vocab_size, widget.token) == (11, 10)
    widget.set_state({"token": 2, "vocab_size": 3})
    assert (widget.vocab_size, widget.token) == (3, 2)


def test_state_is_observed_and_linked_with_plain_ipywidgets():
    widget = EmbeddingExplorer()
    seen = []
    widget.observe(
        lambda change: seen.append((change["old"], change["new"])), names="token"
    )
    slider = ipywidgets.IntSlider(min=0, max=6)
    link = ipywidgets.link((slider, "value"), (widget, "token"))
    widget.token = 5
    assert slider.value == 5
    slider.value = 2
    assert widget.token == 2
    link.unlink()
    slider.value = 1
    assert widget.token == 2
    assert seen == [(3, 0), (0, 5), (5, 2)]


def test_the_embedding_explorer_reads_the_row_that_torch_reads():
    table = torch.randn(11, 5, generator=torch.Generator().manual_seed(1))
    widget = EmbeddingExplorer(table=table, vocab_size=7, dim=3, token=4)
    expected_row = F.one_hot(torch.tensor(4), 7).float()
    torch.testing.assert_close(widget.one_hot(), expected_row)
    torch.testing.assert_close(widget.weight(), table[:7, :3])
    torch.testing.assert_close(widget.vector(), expected_row @ table[:7, :3])
    widget.token = 6
    torch.testing.assert_close(widget.vector(), table[6, :3])


def test_a_table_is_copied_and_the_default_one_is_seeded():
    table = torch.ones(3, 2)
    widget = EmbeddingExplorer(table=table)
    assert (widget.vocab_size, widget.dim, widget.token) == (3, 2, 2)
    table.zero_()
    torch.testing.assert_close(widget.vector(), torch.ones(2))

    before = torch.random.get_rng_state()
    first, again, other = (
        EmbeddingExplorer(),
        EmbeddingExplorer(),
        EmbeddingExplorer(seed=1),
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.table == again.table != other.table
    assert all(round(value, 2) == value for row in first.table for value in row)


def test_the_state_is_this_widget_s_own_and_nothing_of_jupyter_s():
    assert EmbeddingExplorer.state_names() == [
        "component",
        "dim",
        "table",
        "token",
        "vocab_size",
        "words",
    ]


def test_the_embedding_table_without_scripts_has_torch_s_numbers():
    widget = EmbeddingExplorer(vocab_size=5, dim=3, token=2, seed=7)
    rows = Page(widget).rows
    assert rows[0] == ["token", "one-hot", "number 0", "number 1", "number 2"]
    shown = torch.tensor([[number(cell) for cell in row[2:]] for row in rows[1:6]])
    torch.testing.assert_close(shown, torch.tensor(widget.table)[:5, :3])
    hot = torch.tensor([number(row[1]) for row in rows[1:6]])
    product = torch.tensor([number(cell) for cell in rows[6][2:]])
    torch.testing.assert_close(hot, F.one_hot(torch.tensor(2), 5).float())
    torch.testing.assert_close(product, hot @ shown)
    assert "takes 15 multiplications" in Page(widget).caption
