"""Use the editor of an exercise as a reader does."""

from __future__ import annotations

from bookbuild.page_python import try_it
from tests.exercises.helpers import CODE

NUMBERS = [exercise.id for exercise in CODE]
TRIALS = sorted(path.stem for path in try_it.HERE.glob("[!_]*.py"))
ENDED = """(number) => {
    const place = document.querySelector(`[data-exercise="${number}"]`);
    const check = [...place.querySelectorAll("button")].find((b) => b.textContent === "Check");
    return check.getAttribute("aria-disabled") === "false";
}"""


def place_of(page, number):
    return page.locator(f'[data-exercise="{number}"]')


def open_editor(page, number):
    """Open an exercise's editor; return its place."""
    page.get_by_role(
        "button", name=f"Write it here: exercise {number}", exact=True
    ).click()
    text_of(page, number).wait_for()
    return place_of(page, number)


def text_of(page, number):
    return page.get_by_role(
        "textbox", name=f"Your answer to exercise {number}, Python", exact=True
    )


def write(page, number, code):
    """Put code in the place of what is in the editor."""
    text_of(page, number).focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def press(page, number, button):
    place_of(page, number).get_by_role("button", name=button, exact=True).click()


def written(page, number):
    """What stands in the editor, line by line."""
    lines = place_of(page, number).locator(".cm-line")
    return "\n".join(lines.all_text_contents())


def check(page, number, code=None):
    """Write code, check it, and return the report's text."""
    if code is not None:
        write(page, number, code)
    press(page, number, "Check")
    page.wait_for_function(ENDED, arg=number)
    report = place_of(page, number).locator(".ac-written-report").first
    status = place_of(page, number).get_by_role("status")
    return report.inner_text() if report.count() else status.inner_text()


def words(text):
    """A sentence without the signs that the page sets otherwise."""
    return " ".join(text.replace("`", "").split())


def let_time_pass(page, ended, given):
    """Let the page's clock, which a test has installed, go on until something has ended."""
    for _ in range(6_000):
        if page.evaluate(ended, given):
            return
        page.clock.fast_forward(10_000)
        page.wait_for_timeout(20)
    raise AssertionError(f"{given} does not end")


# --- cells to try -----------------------------------------------------------------------

RAN = """(name) => {
    const place = document.querySelector(`[data-trial="${name}"]`);
    const run = [...place.querySelectorAll("button")].find((b) => b.textContent === "Run");
    return run.getAttribute("aria-disabled") === "false";
}"""


def trial(page, name):
    return page.locator(f'[data-trial="{name}"]')


def open_trial(page, name):
    """Open a cell to try; return its place."""
    place = trial(page, name)
    place.get_by_role("button", name="Change it and run it", exact=True).click()
    place.get_by_role("textbox").wait_for()
    return place


def rewrite(page, name, code):
    """Put code in the place of what is in a cell."""
    trial(page, name).get_by_role("textbox").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def run(page, name, code=None):
    """Write code, run it, and return all that the cell then says."""
    if code is not None:
        rewrite(page, name, code)
    trial(page, name).get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(RAN, arg=name)
    return trial(page, name).inner_text()
