"""What holds for every widget in a real browser: spoken, labelled, prompt, harmless.

``show`` opens a page that needs no built book (tests/browser.py); what is shown and moved
stands in each widget's example.py. How it looks is in test_every_look.py.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.widgets.every import EXAMPLES, WIDGETS, every
from tests.widgets.helpers import (
    MOVES,
    Page,
    box_of,
    open_all,
)

pytestmark = pytest.mark.browser

KINDS = WIDGETS  # the scripts and styles of all of them, on each page


@every
def test_every_control_has_a_name_and_sliders_say_their_value(show, kind):
    example = EXAMPLES[kind]
    page = show(example.usual())
    open_all(page)
    client = page.context.new_cdp_session(page)
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    wanted = (
        "input, select, button, summary, textarea, canvas, [tabindex], [role=slider], "
        "[role=img], [role=radiogroup]"
    )
    query = {"nodeId": root, "selector": wanted}
    named, sliders = [], 0
    for node in client.send("DOM.querySelectorAll", query)["nodeIds"]:
        tree = client.send(
            "Accessibility.getPartialAXTree", {"nodeId": node, "fetchRelatives": False}
        )
        seen = tree["nodes"][0]
        role = seen["role"]["value"]
        named.append((role, seen.get("name", {}).get("value", "").strip()))
        if role == "slider":
            sliders += 1
            pairs = client.send("DOM.getAttributes", {"nodeId": node})["attributes"]
            said = dict(zip(pairs[::2], pairs[1::2], strict=True))["aria-valuetext"]
            assert re.search(r"[a-z]{3}", said), f"{named[-1]} only says {said!r}"
    assert sliders == example.n_sliders
    assert len(named) >= example.n_controls
    assert [pair for pair in named if not pair[1] and pair[0] != "none"] == []
    one_each = ("spinbutton", "radio", "checkbox", "slider", "combobox", "button")
    names = [(role, name) for role, name in named if role in one_each]
    assert len(set(names)) == len(names)  # each says which one it is
    headers = page.locator("table.ac-table th")
    if headers.count():
        scopes = headers.evaluate_all("(all) => all.map((th) => th.scope)")
        assert set(scopes) == {"col", "row"}
        assert all(text.strip() for text in headers.all_text_contents())
    groups = page.locator(".ac[role=group]")
    assert groups.count() == 1
    assert groups.get_attribute("aria-label")


def test_tables_have_headers(show):
    """All but widgets without any table: nothing above holds for want of headers."""
    page = show(*(example.usual() for example in EXAMPLES.values()))
    open_all(page)
    for kind in EXAMPLES:
        assert box_of(page, kind).locator("table.ac-table th").count() > 5, kind


# The keyboard.

# A control by what it is and says: it may be drawn anew when another one is used.
NAME_OF = """const nameOf = (node) => [node.tagName, node.type ?? "", node.ariaLabel
    ?? (node.labels?.[0] ?? node).textContent.trim().replace(/\\s+/g, " ")].join(" ");
"""
FOCUSED = f"""() => {{
    {NAME_OF}
    const node = document.activeElement;
    if (!node || !node.closest(".ac")) return null;
    // A radio button that is not seen: its label shows the focus.
    const seen = node.closest(".ac-hidden") ? node.closest("label") : node;
    const {{ outlineStyle, outlineWidth }} = getComputedStyle(seen);
    return {{
        name: nameOf(node),
        group: node.type === "radio" ? node.name : "",
        outlined: outlineStyle === "solid" && parseFloat(outlineWidth) >= 2,
        moves: ["radio", "checkbox"].includes(node.type),
    }};
}}"""


@every
def test_the_tab_key_reaches_every_control_and_the_focus_is_seen(show, kind):
    page = show(EXAMPLES[kind].usual())
    open_all(page)
    unseen, reached, groups = set(), [], set()
    page.locator("body").focus()
    page.keyboard.press("Tab")
    while stop := page.evaluate(FOCUSED):
        assert len(reached) < 500, "the Tab key does not leave the widget"
        stops = [stop]
        if stop["moves"]:  # to the next one of its group, and back
            for key in ("ArrowRight", "ArrowLeft"):
                page.keyboard.press(key)
                stops.append(page.evaluate(FOCUSED))
        reached += [one["name"] for one in stops]
        groups |= {one["group"] for one in stops}
        unseen |= {one["name"] for one in stops if not one["outlined"]}
        page.keyboard.press("Tab")
    assert unseen == set()
    assert len(reached) >= 3
    controls = page.locator(".ac").evaluate(
        f"""(root) => {{
            {NAME_OF}
            const all = root.querySelectorAll(
                "input, select, button, textarea, summary, a[href], [tabindex]");
            return [...all].filter((node) => !node.disabled && node.tabIndex >= 0
                && node.checkVisibility()).map((node) => [nameOf(node), node.name]);
        }}"""
    )
    missed = {name for name, group in controls if not group or group not in groups}
    assert missed - set(reached) == set()


KEYS = ("ArrowDown", "ArrowUp", "ArrowRight", "Enter", "b")  # a notebook takes them too


@every
def test_plain_keys_stay_with_the_widget_and_shortcuts_do_not(show, kind):
    """JupyterLab listens for keys at the document; arrows on a radio are not for it."""
    page = show(EXAMPLES[kind].usual())
    page.evaluate(
        """() => {
            globalThis.heard = [];
            document.addEventListener("keydown", (event) => heard.push(
                `${event.key} on ${event.target.tagName} ${event.target.type ?? ""}`));
        }"""
    )
    # One control of each sort; it may be drawn anew when another one is used.
    controls = """(root) => {
        const sorts = {};
        const all = root.querySelectorAll(
            "input, select, button, summary, textarea, [role=slider]");
        for (const node of all) {
            if (node.disabled || !node.checkVisibility()) continue;
            sorts[`${node.tagName} ${node.type ?? ""}`] ??= node;
        }
        return sorts;
    }"""
    sorts = page.locator(".ac").evaluate(f"(root) => Object.keys(({controls})(root))")
    assert len(sorts) >= 2
    for sort in sorts:
        page.locator(".ac").evaluate(
            f"(root, sort) => ({controls})(root)[sort].focus()", sort
        )
        for key in KEYS:
            page.keyboard.press(key)
    assert page.evaluate("heard") == []
    page.keyboard.press("Control+b")
    page.keyboard.press("Escape")
    heard = [text.split(" ")[0] for text in page.evaluate("heard")]
    assert heard == ["Control", "b", "Escape"]


# The answer: at once to the eye, after a pause to the ear.


@every
def test_the_summary_is_spoken_after_a_pause_not_at_once(show, kind):
    label = next(iter(EXAMPLES[kind].moves))
    page = show(EXAMPLES[kind].usual())
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 60_000"))
    at_once = page.locator(".ac").evaluate(
        f"""async (root, label) => {{
            {MOVES}
            const seen = root.querySelector(".ac-summary");
            const spoken = root.querySelector("[aria-live=polite]");
            globalThis.said = [];
            new MutationObserver(() => said.push(spoken.textContent))
                .observe(spoken, {{ childList: true, characterData: true, subtree: true }});
            const texts = [[spoken.textContent, seen.textContent]];
            const input = inputOf(root, label);
            const values = valuesOf(input).filter((value) => !same(input, value));
            for (const value of [values.at(-1), values[0], values.at(-1)]) {{
                move(input, value);
                await Promise.resolve();
                texts.push([spoken.textContent, seen.textContent]);
            }}
            return texts;
        }}""",
        label,
    )
    assert {spoken for spoken, _ in at_once} == {""}
    assert at_once[0][1] != at_once[-1][1]  # to the eye
    page.clock.run_for(400)
    assert page.evaluate("said") == []
    page.clock.run_for(600)
    assert page.evaluate("said") == [at_once[-1][1]]  # once, and the last


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        pytest.param(kind, label, id=f"{kind.__name__}-{label}")
        for kind, example in EXAMPLES.items()
        for label in example.moves
    ],
)
def test_every_input_is_answered_at_once(show, kind, label):
    """Before the page is drawn again; how long that takes, benchmarks/widgets.py says."""
    page = show(EXAMPLES[kind].moves[label]())
    unanswered, n_moves = page.locator(".ac").evaluate(
        f"""async (root, label) => {{
            {MOVES}
            const input = inputOf(root, label);
            const values = valuesOf(input);
            const unanswered = [];
            let moves = 0;
            for (let n = 0; n < 41; n += 1) {{
                const next = values[n % values.length];
                if (same(input, next)) continue;
                const before = root.textContent;
                move(input, next);
                await Promise.resolve();
                if (root.textContent === before) unanswered.push(next);
                moves += 1;
            }}
            return [unanswered, moves];
        }}""",
        label,
    )
    assert unanswered == []
    assert n_moves >= 20


# What the page shows is what the model says.

LOOK = """(root) => {
    const skip = new Set(["id", "for", "name"]); // unique in each view
    return [...root.querySelectorAll("*")].filter((node) => !node.ariaLive).map((node) => [
        node.tagName,
        [...node.attributes].filter(({ name, value }) => value && !skip.has(name))
            .map(({ name, value }) =>
                `${name}=${name === "class" ? value.split(" ").sort().join(" ") : value}`)
            .sort().join(" "),
        [...node.childNodes].filter((child) => child.nodeType === 3)
            .map((child) => child.data).join("|"),
        node.value ?? "", node.checked ?? "", node.toDataURL?.() ?? "",
    ].join(" / "));
}"""


@every
def test_the_view_follows_the_model(show, kind):
    """A view whose model changes is in the end the view that a new page would draw.

    Whichever of the changes comes last, and by itself: each is listened to.
    """
    example = EXAMPLES[kind]
    page = show(example.usual())
    before = page.locator(".ac").evaluate(LOOK)
    views = page.locator(".ac").evaluate(
        f"""async (root, changes) => {{
            const look = {LOOK};
            const [model] = attentionCourse.models.values();
            const put = async (values) => {{
                for (const [name, value] of Object.entries(values)) model.set(name, value);
                await new Promise((done) => setTimeout(done));
            }};
            const first = {{ ...model.state }};
            const views = {{}};
            for (const [name, value] of Object.entries(changes)) {{
                await put({{ ...changes, [name]: first[name] }});
                await put({{ [name]: value }});
                views[name] = look(root);
                await put(first);
            }}
            return views;
        }}""",
        example.changed,
    )
    widget = example.usual()
    widget.set_state(example.changed)
    anew = show(widget).locator(".ac").evaluate(LOOK)
    assert anew != before
    assert list(views) == list(example.changed)
    for name, view in views.items():
        changed = [pair for pair in zip(view, anew, strict=True) if len(set(pair)) > 1]
        assert changed == [], f"after a change of {name}"
    assert page.locator(".ac").evaluate(LOOK) == before


# Text stays text, and tables stand in where no script runs.


@pytest.mark.parametrize(
    "kind",
    [kind for kind, example in EXAMPLES.items() if example.hostile],
    ids=lambda kind: kind.__name__,
)
def test_text_stays_text_in_the_page(show, kind):
    example = EXAMPLES[kind]
    page = show(example.hostile())
    open_all(page)
    assert example.texts
    for selector, texts in example.texts.items():
        shown = page.locator(f".ac {selector}").evaluate_all(
            """(all) => all.map((node) => [...node.childNodes]
                .filter((child) => child.nodeType === 3 || child.tagName === "SPAN"
                    && !child.className)
                .map((child) => child.textContent).join("").trim())"""
        )
        assert shown == [text.strip() for text in texts], selector
    tags = "(all) => [...new Set(all.map((node) => node.tagName))]"
    found = set(page.locator("figure *").evaluate_all(tags))
    usual = show(example.usual())
    open_all(usual)
    assert found <= set(usual.locator("figure *").evaluate_all(tags))
    assert found.isdisjoint({"IMG", "B", "I", "SCRIPT"})
    assert page.evaluate("typeof hacked") == "undefined"


@every
def test_without_scripts_a_table_stands_in(show, kind):
    widget = EXAMPLES[kind].usual()
    page = show(widget, java_script_enabled=False)
    box = box_of(page, kind)
    tables = box.locator("table.ac-fallback")
    assert tables.first.is_visible()
    caption = box.locator("caption").first.inner_text()
    assert widget.summary()[1:] in caption  # it may start with a capital there
    assert json.loads(box.get_attribute("data-ac-state")) == widget.state()
    rows = box.locator("tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert rows == Page(widget).rows
    for picture in box.locator("img").all():
        assert picture.evaluate("(img) => img.complete && img.naturalWidth") > 0
        assert picture.get_attribute("alt")
    assert page.locator(".ac").count() == 0
