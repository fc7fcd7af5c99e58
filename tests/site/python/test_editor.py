"""What a reader writes is kept, shown as text, stopped when asked, and goes along."""

from __future__ import annotations

import json

import nbformat
import pytest

from attention_course.exercises import find
from tests.site.offline import parts_of, wait_until_kept
from tests.site.python.editor import (
    check,
    open_editor,
    place_of,
    press,
    text_of,
    write,
    written,
)

pytestmark = pytest.mark.browser

NAME = find("3.3").solution.__name__
RIGHT = find("3.3").source
WRONG = f"def {NAME}(query, key):\n    return query @ key.mT\n"


def test_nothing_is_loaded_before_it_is_asked_for(visit, home):
    page = visit(home)
    assert not [url for url in page.asked if "/python/" in url]
    open_editor(page, "3.3")
    place = place_of(page, "3.3")
    assert "loads Python into this page, 9." in place.get_by_role("status").inner_text()
    assert not [url for url in page.asked if url.endswith(".gz")]
    assert written(page, "3.3").strip() == find("3.3").stub.strip()
    check(page, "3.3")
    assert [url for url in page.asked if "/numpy-" in url]


def test_a_loop_is_stopped_and_the_next_check_works(visit, home):
    page = visit(home)
    open_editor(page, "3.3")
    assert "You do not divide at all" in check(page, "3.3", WRONG)
    write(page, "3.3", f"def {NAME}(query, key):\n    return sum(iter(int, 1))\n")
    press(page, "3.3", "Check")
    place_of(page, "3.3").get_by_text("Checking …").wait_for()
    press(page, "3.3", "Stop")
    place_of(page, "3.3").get_by_text("Stopped.").wait_for()
    assert "✔ passed" in check(page, "3.3", RIGHT)


def test_what_the_code_prints_and_raises_is_text(visit, home):
    page = visit(home)
    open_editor(page, "3.3")
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    told = check(
        page,
        "3.3",
        f'def {NAME}(query, key):\n    print("{markup}")\n    raise ValueError("{markup} `<i>`")\n',
    )
    assert "raised ValueError, in line 3" in told
    assert markup in told
    place = place_of(page, "3.3")
    place.get_by_text("Your code printed").click()
    assert markup in place.locator("details pre").inner_text()
    assert place.locator("img, b, i").count() == 0


def test_errors_before_the_function_is_there_are_told(visit, home):
    page = visit(home)
    open_editor(page, "3.3")
    assert "SyntaxError in line 2, return (" in check(
        page, "3.3", "def f():\n    return (\n"
    )
    assert "ZeroDivisionError, in line 2, 1 / 0" in check(page, "3.3", "x = 1\n1 / 0\n")
    assert f"no function {NAME}" in check(page, "3.3", "x = 1\n")
    gap = f"def {NAME}(query, key):\n    return torch.kron(query, key)\n"
    told = check(page, "3.3", gap)
    assert "○ not checked" in told
    assert "torch.kron" in told
    assert "no mistake of yours" in told


def test_hints_and_the_solution_are_the_notebooks(visit, home):
    page = visit(home)
    place = open_editor(page, "3.3")
    hints = find("3.3").hints
    for n, hint in enumerate(hints, start=1):
        press(page, "3.3", "Hint")
        place.get_by_text(f"hint {n} of {len(hints)}").wait_for()
        assert hint.replace("`", "") in place.inner_text()
    press(page, "3.3", "Hint")
    place.get_by_text(f"All {len(hints)} hints are given.").wait_for()
    press(page, "3.3", "Solution")
    assert f"def {NAME}" in place.locator(".ac-written-solution").inner_text()


def test_a_reload_and_another_tab_lose_nothing(visit, home):
    page = visit(home)
    open_editor(page, "3.3")
    assert "✔ passed" in check(page, "3.3", RIGHT)
    other = page.context.new_page()
    other.goto(home)
    place_of(other, "3.3").get_by_text("✔ passed here").wait_for()
    assert other.locator("tr", has_text="3.3").get_by_text("✔ passed here").is_visible()
    open_editor(other, "3.3")
    write(other, "3.3", WRONG)
    page.wait_for_function(
        """() => !document.querySelector('[data-exercise="3.3"] .cm-content')
            .textContent.includes("/")"""
    )
    assert written(page, "3.3").strip() == WRONG.strip()
    page.reload(wait_until="load")
    place = open_editor(page, "3.3")
    assert written(page, "3.3").strip() == WRONG.strip()
    assert "✔ passed" in place.locator(".ac-written-report").inner_text()
    assert "You changed the code since." in place.inner_text()
    press(page, "3.3", "Start again")
    assert written(page, "3.3").strip() == find("3.3").stub.strip()


def test_answers_go_into_a_notebook_and_come_back(visit, home, tmp_path):
    page = visit(home)
    place = open_editor(page, "3.3")
    write(page, "3.3", RIGHT)
    with page.expect_download() as download:
        press(page, "3.3", "Download my answers")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert codes[-1] == "progress()"
    assert codes[-2].strip().endswith(f'check("3.3", {NAME})')
    namespace = {}
    for code in codes[1:-2]:  # without the cell that installs
        exec(code, namespace)
    exec(codes[-2].rpartition("check(")[0], namespace)
    assert namespace["check"]("3.3", namespace[NAME]).passed

    press(page, "3.3", "Start again")
    with page.expect_file_chooser() as chooser:
        press(page, "3.3", "Open answers")
    chooser.value.set_files(file)
    place.get_by_text("1 answer of the file is here now.").wait_for()
    assert written(page, "3.3").strip() == RIGHT.strip()
    wrong = tmp_path / "wrong.ipynb"
    for text, told in (
        ("no JSON", "it is no notebook"),
        (json.dumps({"cells": []}), "There are no answers in this file."),
    ):
        wrong.write_text(text)
        with page.expect_file_chooser() as chooser:
            press(page, "3.3", "Open answers")
        chooser.value.set_files(wrong)
        place.get_by_text(told).wait_for()


def test_after_the_first_check_no_network_is_needed(visit, home, folder):
    page = visit(home)
    open_editor(page, "3.3")
    assert "✔ passed" in check(page, "3.3", RIGHT)
    wait_until_kept(page, parts_of(folder, "index.html"))
    page.context.set_offline(True)
    page.reload(wait_until="load")
    open_editor(page, "3.3")
    assert "You do not divide at all" in check(page, "3.3", WRONG)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_editor_fits(visit, home, theme):
    page = visit(home, viewport={"width": 360, "height": 740})
    page.evaluate("(theme) => (document.documentElement.dataset.theme = theme)", theme)
    open_editor(page, "3.3")
    press(page, "3.3", "Hint")
    press(page, "3.3", "Solution")
    assert "✘ not passed" in check(page, "3.3", WRONG)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    for button in place_of(page, "3.3").get_by_role("button").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 24


def test_the_keyboard_gets_in_and_out(visit, home):
    page = visit(home)
    place = open_editor(page, "3.3")
    text_of(page, "3.3").focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")
    assert written(page, "3.3").splitlines()[-1] == "        ..."  # one step in
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    focused = "document.activeElement.textContent"
    assert page.evaluate(focused) == "Check"
    for name in ("Hint", "Solution", "Start again"):
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == name
    text_of(page, "3.3").focus()
    page.keyboard.press("Shift+Enter")  # checks
    place.get_by_text("IndentationError in line").wait_for()
