"""A cell to try: it stands in the page as text, and is changed and run there."""

from __future__ import annotations

import pytest

from bookbuild.page_python import try_it
from tests.site.offline import parts_of, wait_until_kept
from tests.site.python.editor import (
    RAN,
    TRIALS,
    check,
    let_time_pass,
    open_editor,
    open_trial,
    rewrite,
    run,
    trial,
)

pytestmark = pytest.mark.browser

HEAD = (
    "import torch\nfrom attention_course.pictures.heatmaps import heatmap\n"
    "x = torch.arange(6.).reshape(2, 3)\n"
)


def numbers(place):
    """The numbers of a cell's heatmaps, row by row."""
    rows = place.locator(".ac-table tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def test_every_cell_runs_as_it_stands(visit, home):
    page = visit(home)
    assert len(TRIALS) == 7
    for name in TRIALS:
        place = trial(page, name)
        code = try_it.read(name)[1]
        assert place.locator("pre").inner_text().strip() == code.strip()
        assert (
            not [url for url in page.asked if url.endswith(".gz")] or name > TRIALS[0]
        )
        open_trial(page, name)
        told = run(page, name)
        assert "raised" not in told, told
        assert place.locator(".ac table.ac-table").count() == code.count("heatmap(")
        assert place.locator(".ac-ran").count() == ("print(" in code)


def test_nothing_is_loaded_before_it_is_asked_for(visit, home):
    page = visit(home)
    assert not [url for url in page.asked if "/python/" in url]
    place = open_trial(page, "index")
    said = place.get_by_role("status").inner_text()
    assert "loads Python into this page, 9." in said
    assert not [url for url in page.asked if url.endswith(".gz")]


def test_a_change_changes_what_comes_of_it(visit, home):
    page = visit(home)
    place = open_trial(page, "chapter_3")
    told = run(page, "chapter_3")
    assert "21.9014" in told
    assert numbers(place)[0] == ["0.468", "0.0634", "0.468"]
    code = try_it.read("chapter_3")[1]
    told = run(page, "chapter_3", code.replace("[2.0, 0.0]", "[0.0, 0.0]"))
    assert "30.0000" in told
    assert numbers(place)[0] == ["0.333", "0.333", "0.333"]
    page.reload(wait_until="load")
    place = open_trial(page, "chapter_3")
    assert "[0.0, 0.0]" in place.get_by_role("textbox").inner_text()
    place.get_by_role("button", name="Start again").click()
    assert "[2.0, 0.0]" in place.get_by_role("textbox").inner_text()


def test_errors_and_markup_are_text(visit, home):
    page = visit(home)
    place = open_trial(page, "index")
    markup = "<img src=x onerror=alert(1)>"
    told = run(
        page, "index", f'print("{markup}")\nx = 1\nraise ValueError("{markup} `<i>`")\n'
    )
    assert "Your code raised ValueError, in line 3" in told
    assert markup in place.locator(".ac-ran").inner_text()
    told = run(page, "index", f'{HEAD}heatmap(x, title="{markup}", rows=["<b>", "c"])')
    assert f"{markup}" in told
    assert place.locator("img, i, td b, th b").count() == 0
    assert "no mistake of yours" in run(page, "index", "torch.kron(1, 2)")
    assert "neither printed nor drew" in run(page, "index", "x = 1\n")
    told = run(
        page, "index", f"{HEAD}for _ in range(9):\n    heatmap(torch.rand(25, 2))"
    )
    assert "20 × 2 of 25 × 2" in told
    assert "The first 6 of 9 heatmaps." in told


def test_a_loop_is_stopped_and_ends_by_itself(visit, home):
    page = visit(home)
    place = open_trial(page, "index")
    run(page, "index", "print(1)")
    page.clock.install()
    rewrite(page, "index", "while True:\n    pass\n")
    place.get_by_role("button", name="Run", exact=True).click()
    place.get_by_text("Running …").wait_for()
    place.get_by_role("button", name="Stop").click()
    place.get_by_text("Stopped.").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Run"
    place.get_by_role("button", name="Run", exact=True).click()
    place.get_by_text("It may take 10 seconds.").wait_for()
    let_time_pass(page, RAN, "index")
    assert "still running after 10 s and was stopped" in place.inner_text()
    place.get_by_role("button", name="Give it 60 seconds").click()
    place.get_by_text("It may take 60 seconds.").wait_for()
    let_time_pass(page, RAN, "index")
    assert "still running after 60 s and was stopped" in place.inner_text()
    assert "1" in run(page, "index", "print(1)")


def test_a_cell_and_an_exercise_share_one_python(visit, home):
    page = visit(home)
    open_trial(page, "index")
    run(page, "index")
    loaded = len([url for url in page.asked if "/numpy-" in url])
    open_editor(page, "3.3")
    assert "Write the body" in check(page, "3.3")
    assert len([url for url in page.asked if "/numpy-" in url]) == loaded == 1


def test_after_the_first_run_no_network_is_needed(visit, home, folder):
    page = visit(home)
    open_trial(page, "index")
    run(page, "index")
    wait_until_kept(page, parts_of(folder, "index.html"))
    page.context.set_offline(True)
    page.reload(wait_until="load")
    place = open_trial(page, "chapter_6")
    run(page, "chapter_6")
    assert numbers(place)[0][0] == "1"


def test_without_scripts_the_code_can_be_read(visit, home):
    page = visit(home, java_script_enabled=False)
    place = trial(page, "chapter_4")
    assert "W_K" in place.locator("pre").inner_text()
    assert place.get_by_role("link", name="the notebook").is_visible()
    assert place.get_by_role("button").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_a_cell_fits(visit, home, theme):
    page = visit(home, viewport={"width": 360, "height": 740}, color_scheme=theme)
    page.evaluate("(theme) => (document.documentElement.dataset.theme = theme)", theme)
    place = open_trial(page, "chapter_2")
    run(page, "chapter_2")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for button in place.get_by_role("button").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 24
    # A wide table scrolls by itself, also from the keyboard.
    wide = place.locator(".ac-scroll")
    if wide.evaluate("box => box.scrollWidth > box.clientWidth"):
        assert wide.get_attribute("tabindex") == "0"


def test_the_keyboard_runs_it(visit, home):
    page = visit(home)
    button = trial(page, "index").get_by_role("button", name="Change it and run it")
    button.focus()
    page.keyboard.press("Enter")
    trial(page, "index").get_by_role("textbox").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "textbox"
    page.keyboard.press("Shift+Enter")
    trial(page, "index").locator(".ac-table").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    for name in ("Run", "Start again"):
        assert page.evaluate("document.activeElement.textContent") == name
        page.keyboard.press("Tab")
