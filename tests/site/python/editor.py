"""Use the editor of an exercise as a reader does."""

from __future__ import annotations

from tests.exercises.helpers import CODE

NUMBERS = [exercise.id for exercise in CODE]
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
