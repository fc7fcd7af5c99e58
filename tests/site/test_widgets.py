"""The built site, the widgets' host, and chapter 1's widgets, in a real browser.

What holds for every widget is tested in test_every_widget.py.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import re

import pytest
import torch
import torch.nn.functional as F

from attention_course.widgets import EmbeddingExplorer, PatchExplorer
from tests.widgets.helpers import TEXT_CONTRASTS, is_bright, number, open_all, picker

pytestmark = pytest.mark.browser

CHAPTER = "book/01-embedding.html"
MODULES = ["embedding_explorer", "patch_explorer"]
ALIVE = "figure.ac-widget[data-ac-alive]"


def figure(page, module):
    return page.locator(f'figure.ac-widget[data-ac-module="{module}"]').first


def first_state(page, module):
    return json.loads(figure(page, module).get_attribute("data-ac-state"))


def numbers_of(locator):
    return torch.tensor([number(text) for text in locator.all_inner_texts()])


@pytest.fixture
def chapter(open_page, site):
    """The chapter's page, loaded, and from then on without any network."""
    page = open_page(f"{site}/{CHAPTER}")
    page.wait_for_selector(ALIVE)
    # Figures far below wait until a reader comes near: have them all before the cut.
    page.evaluate(
        """() => Promise.all([...document.images].map((image) => {
            image.loading = "eager";
            return image.decode().catch(() => null);
        }))"""
    )
    page.context.set_offline(True)
    yield page
    assert page.problems == []


# (a) Every page of the site.


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_calls_out_complains_or_scrolls_sideways(
    open_page, site, site_folder, scheme, width
):
    # Pages only: Sphinx keeps pieces of HTML for its theme among the static files.
    paths = [path.relative_to(site_folder) for path in site_folder.rglob("*.html")]
    paths = sorted(path.as_posix() for path in paths if path.parts[0] != "_static")
    assert CHAPTER in paths
    wrong = []
    for path in paths:
        page = open_page(
            f"{site}/{path}",
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        )
        page.wait_for_load_state("networkidle")
        wrong += [f"{path}: {problem}" for problem in page.problems]
        content = page.evaluate("document.documentElement.scrollWidth")
        if content > width:
            wrong.append(f"{path}: {content} pixels wide on a screen of {width}")
        theme = page.evaluate("document.documentElement.dataset.theme")
        if theme != scheme:
            wrong.append(f"{path}: {theme} where the reader's system is {scheme}")
        page.context.close()
    assert wrong == []


# (b) The arithmetic in the ES modules, against torch.


def test_embedding_arithmetic_is_torch_s_over_250_settings(compute):
    generator = torch.Generator().manual_seed(11)
    pick = picker(generator)

    states, expected = [], []
    for _ in range(250):
        table = torch.randn(pick(2, 12), pick(1, 8), generator=generator)
        vocab_size, dim = pick(2, len(table)), pick(1, table.shape[1])
        token, component = pick(0, vocab_size - 1), pick(0, dim - 1)
        widget = EmbeddingExplorer(table, vocab_size, dim, token, component)
        states.append(widget.state())
        hot = F.one_hot(torch.tensor(token), vocab_size).float()
        block = table[:vocab_size, :dim]
        expected.append(
            (hot, block, hot @ block, F.embedding(torch.tensor(token), block), widget)
        )
    keep = [
        "oneHot",
        "rows",
        "vector",
        "terms",
        "sum",
        "parameters",
        "productMultiplications",
    ]
    results = compute(EmbeddingExplorer, states, keep)

    largest = 0.0
    for result, (hot, block, product, row, widget) in zip(
        results, expected, strict=True
    ):
        terms = torch.tensor(
            [[term["weight"], term["value"]] for term in result["terms"]]
        )
        for mine, torchs in [
            (result["oneHot"], hot),
            (result["rows"], block),
            (result["vector"], product),
            (result["vector"], row),
            (result["vector"], widget.vector()),
            (terms[:, 0], hot),
            (terms[:, 1], block[:, widget.component]),
            (result["sum"], product[widget.component]),
        ]:
            mine = torch.as_tensor(mine)
            assert mine.shape == torchs.shape
            largest = max(largest, float((mine - torchs).abs().max()))
        layer = torch.nn.Embedding(*block.shape)
        assert (
            result["parameters"]
            == layer.weight.numel()
            == result["productMultiplications"]
        )
    assert largest <= 1e-5


def test_patch_arithmetic_is_torch_s_over_220_settings(compute):
    generator = torch.Generator().manual_seed(12)
    pick = picker(generator)

    states, expected = [], []
    for n in range(220):
        patch = pick(2, 17) if n else 112
        height, width = (
            (224, 224) if n == 0 else (patch * pick(1, 5), patch * pick(1, 5))
        )
        levels = torch.randint(0, 256, (height, width), generator=generator)
        n_tokens = (height // patch) * (width // patch)
        widget = PatchExplorer(
            levels / 255, patch, pick(1, 1000), pick(1, 64), pick(0, n_tokens - 1)
        )
        states.append(widget.state())
        # An oracle of its own: torch's unfold, and cosines in double precision.
        blocks = F.unfold(levels.double()[None, None] / 255, patch, stride=patch)[0].T
        wave = torch.cos(math.pi * (torch.arange(patch).double() + 0.5) / patch)
        y, x = torch.meshgrid(wave, wave, indexing="ij")
        weight = torch.stack([torch.ones_like(x), x, y, x * y]).flatten(1).T / patch**2
        expected.append((widget, blocks, blocks @ weight))
    keep = [
        "vector",
        "token",
        "nTokens",
        "shapes",
        "parameters",
        "oneHotWeights",
        "row",
        "column",
    ]
    results = compute(PatchExplorer, states, keep)

    largest = 0.0
    for result, (widget, blocks, tokens) in zip(results, expected, strict=True):
        layer = torch.nn.Conv2d(
            1, widget.d_model, widget.patch, stride=widget.patch, device="meta"
        )
        pictures = torch.empty(
            widget.n_pictures, 1, widget.height, widget.width, device="meta"
        )
        sequence = layer(pictures).flatten(2).mT  # (M, N, d)
        assert result["nTokens"] == len(blocks) == sequence.shape[1]
        assert result["shapes"] == [
            [widget.n_pictures, widget.height, widget.width],
            [widget.n_pictures, *blocks.shape],
            list(sequence.shape),
        ]
        assert result["parameters"] == sum(p.numel() for p in layer.parameters())
        assert result["oneHotWeights"] == layer.weight.numel() * 256
        assert (
            result["row"] * (widget.width // widget.patch) + result["column"]
            == widget.picked
        )
        for mine, torchs in [
            (result["vector"], blocks[widget.picked]),
            (result["token"], tokens[widget.picked]),
            (result["token"], widget.tokens()[widget.picked]),
        ]:
            mine = torch.tensor(mine, dtype=torch.double)
            assert mine.shape == torchs.shape
            largest = max(largest, float((mine - torchs).abs().max()))
    assert largest <= 1e-5


# (c) In the built page, with the network cut off.


def assert_embedding_shows(page, table, vocab_size, dim, token, component=0):
    box = figure(page, "embedding_explorer")
    hot = F.one_hot(torch.tensor(token), vocab_size).float()
    block = table[:vocab_size, :dim]
    tables = box.locator(".ac-product table")
    near = {"atol": 0.005001, "rtol": 0}  # two decimals are shown
    torch.testing.assert_close(numbers_of(tables.nth(0).locator("td")), hot)
    cells = numbers_of(tables.nth(1).locator("tbody td"))
    torch.testing.assert_close(cells.reshape(vocab_size, dim), block, **near)
    torch.testing.assert_close(
        numbers_of(tables.nth(2).locator("td")), hot @ block, **near
    )
    counts = numbers_of(box.locator(".ac-facts tbody td.ac-right"))
    assert counts.tolist() == [vocab_size * dim, vocab_size * dim, 0]
    assert box.locator("input[type=radio]:checked").input_value() == str(token)
    assert box.locator("tr.ac-picked").count() == 1
    summary = box.locator(".ac-summary").inner_text()
    assert f"picks row {token} of the table" in summary
    assert f"takes {vocab_size * dim} multiplications" in summary
    if box.locator("details").get_attribute("open") is not None:
        terms = box.locator(".ac-term").all_inner_texts()
        pairs = [re.findall(r"[−\d.]+", term) for term in terms]
        values = torch.tensor([[number(part) for part in pair] for pair in pairs])
        torch.testing.assert_close(values[:, 0], hot)
        torch.testing.assert_close(values[:, 1], block[:, component], **near)
        total = number(box.locator(".ac-terms strong").inner_text().removeprefix("= "))
        assert total == pytest.approx(float(block[token, component]), abs=0.005001)


def test_the_embedding_explorer_answers_every_control_without_network(chapter):
    state = first_state(chapter, "embedding_explorer")
    table = torch.tensor(state["table"])
    V, d, token = state["vocab_size"], state["dim"], state["token"]
    box = figure(chapter, "embedding_explorer")
    assert_embedding_shows(chapter, table, V, d, token, state["component"])

    vocab = box.get_by_label("Vocabulary size K")
    dim = box.get_by_label("Dimension k")
    picked = box.get_by_role("slider", name=re.compile("^Token"))
    vocab.press("End")
    dim.press("End")
    assert_embedding_shows(chapter, table, *table.shape, token)
    picked.press("End")
    assert_embedding_shows(chapter, table, *table.shape, len(table) - 1)
    picked.press("Home")
    picked.press("ArrowRight")
    assert_embedding_shows(chapter, table, *table.shape, 1)

    # A row is picked with the mouse, and with the keyboard from there.
    box.locator(".ac-rows tbody tr").nth(4).locator("td").first.click()
    assert_embedding_shows(chapter, table, *table.shape, 4)
    box.locator("input[type=radio]").nth(4).focus()
    chapter.keyboard.press("ArrowDown")
    assert_embedding_shows(chapter, table, *table.shape, 5)
    chapter.keyboard.press("ArrowUp")
    chapter.keyboard.press("ArrowUp")
    assert_embedding_shows(chapter, table, *table.shape, 3)

    # One component multiplied out.
    box.locator("summary").press("Enter")
    last = table.shape[1] - 1
    box.get_by_label("Component of the vector").select_option(str(last))
    assert_embedding_shows(chapter, table, *table.shape, 3, last)

    # What no longer exists is left behind.
    vocab.press("Home")
    dim.press("Home")
    assert_embedding_shows(chapter, table, 2, 1, 1, 0)
    vocab.press("ArrowRight")
    assert_embedding_shows(chapter, table, 3, 1, 1, 0)
    track = dim.bounding_box()
    dim.click(position={"x": track["width"] / 2, "y": track["height"] / 2})
    middle = int(dim.input_value())
    assert 1 < middle < table.shape[1]
    assert_embedding_shows(chapter, table, 3, middle, 1, 0)


def assert_patches_show(page, levels, patch, d_model, n_pictures, picked):
    box = figure(page, "patch_explorer")
    height, width = levels.shape
    columns = width // patch
    n_tokens = (height // patch) * columns
    blocks = F.unfold(levels.double()[None, None], patch, stride=patch)[0].T
    block = blocks[picked].float()
    names = box.locator(".ac-name").all_inner_texts()
    assert names[0] == f"Cut: {height // patch} × {columns} = {n_tokens:,} blocks"
    assert (
        names[1]
        == f"Block {picked}: row {picked // columns}, column {picked % columns}"
    )
    flat = box.get_by_role("table", name=re.compile("^vector"))
    shown = flat.locator("tbody tr").nth(0).locator("td").all_inner_texts()
    head = [number(text) for text in shown if text != "…"]
    assert head == [*block[: len(head) - 1].tolist(), float(block[-1])]
    shown = flat.locator("tbody tr").nth(1).locator("td").all_inner_texts()
    shares = [number(text) for text in shown if text != "…"]
    assert shares == pytest.approx([level / 255 for level in head], abs=0.00051)
    if patch <= 16:
        cells = numbers_of(box.locator(".ac-pixels td"))
        torch.testing.assert_close(cells, block)
    else:
        drawn = box.locator("canvas.ac-block").evaluate(
            """({ width, height }) => {
                const copy = Object.assign(document.createElement("canvas"), { width, height });
                const context = copy.getContext("2d", { willReadFrequently: true });
                context.drawImage(document.querySelector("canvas.ac-block"), 0, 0);
                const { data } = context.getImageData(0, 0, width, height);
                return [width, ...data.filter((_, n) => n % 4 === 0)];
            }"""
        )
        assert drawn == [patch, *block.int().tolist()]
    widget = PatchExplorer(levels / 255, patch, d_model, n_pictures, picked)
    token = numbers_of(box.locator(".ac-column .ac-value"))
    torch.testing.assert_close(token, widget.tokens()[picked], atol=0.00051, rtol=0)
    facts = box.locator(".ac-facts tbody tr")
    rows = [facts.nth(i).locator("td").all_inner_texts() for i in range(5)]
    assert [row[0] for row in rows[:3]] == [
        f"({n_pictures}, {height}, {width})",
        f"({n_pictures}, {n_tokens}, {patch**2})",
        f"({n_pictures}, {n_tokens}, {d_model})",
    ]
    pixels = n_pictures * height * width
    assert [number(row[1]) for row in rows] == [
        pixels,
        pixels,
        n_pictures * n_tokens * d_model,
        patch**2 * d_model + d_model,
        patch**2 * 256 * d_model,
    ]
    assert f"{n_tokens:,} token" in box.locator(".ac-summary").inner_text()
    assert (
        box.get_by_role("slider", name=re.compile("^Picked block"))
        .get_attribute("aria-valuetext")
        .startswith(f"block {picked}, row {picked // columns} of {height // patch}")
    )


def test_the_patch_explorer_answers_every_control_without_network(chapter):
    state = first_state(chapter, "patch_explorer")
    raw = bytearray(base64.b64decode(state["photo"]))
    levels = torch.frombuffer(raw, dtype=torch.uint8).reshape(
        state["height"], state["width"]
    )
    levels = levels.clone()
    height, width = levels.shape
    assert (height, width) == (224, 224)
    patch, d, M, picked = (
        state[name] for name in ("patch", "d_model", "n_pictures", "picked")
    )
    assert_patches_show(chapter, levels, patch, d, M, picked)
    box = figure(chapter, "patch_explorer")
    photo = box.get_by_role("slider", name=re.compile("^Picked block"))
    sizes = box.get_by_label("Patch size P")

    sizes.select_option("32")
    photo.press("Home")
    assert_patches_show(chapter, levels, 32, d, M, 0)
    for key, expected in [
        ("ArrowLeft", 0),
        ("ArrowUp", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 8),
        ("End", 48),
        ("ArrowRight", 48),
        ("ArrowDown", 48),
        ("ArrowLeft", 47),
        ("ArrowUp", 40),
    ]:
        photo.press(key)
        assert_patches_show(chapter, levels, 32, d, M, expected)

    # A click picks the block under it; another patch size keeps the place.
    area = photo.bounding_box()
    photo.click(position={"x": area["width"] * 2.5 / 7, "y": area["height"] * 4.5 / 7})
    assert_patches_show(chapter, levels, 32, d, M, 4 * 7 + 2)
    sizes.select_option("8")  # the pixel (144, 80), the old block's middle
    assert_patches_show(chapter, levels, 8, d, M, 18 * 28 + 10)
    sizes.select_option("112")
    assert_patches_show(chapter, levels, 112, d, M, 1 * 2 + 0)
    sizes.focus()
    chapter.keyboard.press("Home")
    first = int(sizes.input_value())
    assert_patches_show(
        chapter, levels, first, d, M, (168 // first) * (224 // first) + 56 // first
    )
    sizes.select_option("16")
    photo.press("End")

    # The embedding size, by slider and by typing; what is out of range changes nothing.
    slide = box.get_by_role("slider", name="Embedding size d")
    slide.press("Home")
    assert_patches_show(chapter, levels, 16, 1, M, 195)
    slide.press("ArrowRight")
    assert_patches_show(chapter, levels, 16, 2, M, 195)
    typed = box.get_by_role("spinbutton", name=re.compile("^Embedding size d"))
    typed.fill("768")
    assert_patches_show(chapter, levels, 16, 768, M, 195)
    assert slide.input_value() == "768"
    for bad in ["1001", "0", "", "2.5"]:
        typed.fill(bad)
        assert_patches_show(chapter, levels, 16, 768, M, 195)
    typed.blur()
    assert typed.input_value() == "768"
    box.get_by_role("slider", name="Pictures M").press("End")
    assert_patches_show(chapter, levels, 16, 768, 64, 195)


# (d) Small.


def test_scripts_are_small_and_only_where_they_are_used(site_folder):
    ours = re.compile(
        r'<script[^>]* src="([^"?]*(?:live_widgets\.js|_static/widgets/\w+\.js))'
    )
    with_widgets = 0
    for path in site_folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        sources = ours.findall(text)
        modules = set(
            re.findall(r'<figure class="ac-widget" data-ac-module="(\w+)"', text)
        )
        names = {source.rsplit("/", 1)[1] for source in sources}
        assert names == (
            {"live_widgets.js"} | {f"{m}.js" for m in modules} if modules else set()
        )
        scripts = b"".join((path.parent / source).read_bytes() for source in sources)
        assert len(gzip.compress(scripts, mtime=0)) <= 60 * 1024
        with_widgets += bool(modules)
    assert with_widgets >= 1


# (e) Without scripts, from a file, under a strict policy.


def test_without_scripts_a_table_stands_in(open_page, site):
    page = open_page(f"{site}/{CHAPTER}", java_script_enabled=False)
    for module, widget in zip(MODULES, [EmbeddingExplorer, PatchExplorer], strict=True):
        box = figure(page, module)
        assert box.locator("table").is_visible()
        state = first_state(page, module)
        if widget is EmbeddingExplorer:
            row = torch.tensor(state["table"])[state["token"], : state["dim"]]
            last = box.locator("tbody tr").last.locator("td").all_inner_texts()
            shown = torch.tensor([number(text) for text in last[1:]])
            torch.testing.assert_close(shown, row, atol=0.005001, rtol=0)
        else:
            tokens = (state["height"] // state["patch"]) * (
                state["width"] // state["patch"]
            )
            assert f", {tokens}, {state['d_model']})" in box.inner_text()
            assert (
                box.locator("img").evaluate("(img) => img.complete && img.naturalWidth")
                == 224
            )
            assert (
                box.locator("img")
                .get_attribute("alt")
                .startswith("A 224 × 224 grey photo")
            )
    assert page.locator(".ac").count() == 0


def assert_alive(page):
    page.wait_for_selector(ALIVE)
    for module in MODULES:
        box = figure(page, module)
        before = box.locator(".ac-summary").inner_text()
        name = {
            "embedding_explorer": "Dimension k",
            "patch_explorer": "Embedding size d",
        }[module]
        box.get_by_role("slider", name=name).press("Home")
        after = box.locator(".ac-summary").inner_text()
        assert after != before


def test_the_widgets_live_in_a_page_opened_from_a_file(open_page, site_folder):
    page = open_page()
    page.goto((site_folder / CHAPTER).resolve().as_uri())
    assert_alive(page)
    assert [problem for problem in page.problems if "request to" in problem] == []


def test_the_widgets_live_under_a_strict_content_security_policy(
    open_page, strict_site
):
    page = open_page()
    page.context.unroute("**/*")
    page.add_init_script(
        """globalThis.violations = [];
        document.addEventListener("securitypolicyviolation", (event) => violations.push(
            `${event.violatedDirective} ${event.sourceFile} ${event.blockedURI}`));"""
    )
    page.goto(f"{strict_site}/{CHAPTER}", wait_until="load")
    assert_alive(page)
    violations = page.evaluate("violations")
    ours = [text for text in violations if "widget" in text]
    assert ours == []
    # The policy is in force: it stops the theme's inline scripts.
    assert any(text.startswith("script-src") for text in violations)


# (f) Readable in both modes.


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable_under_the_book_s_own_style(
    open_page, site, site_folder, scheme
):
    pages = [
        path.relative_to(site_folder).as_posix()
        for path in site_folder.glob("book/*.html")
        if '<figure class="ac-widget"' in path.read_text(encoding="utf-8")
    ]
    assert CHAPTER in pages
    hard_to_read = []
    for path in pages:
        page = open_page(f"{site}/{path}", color_scheme=scheme)
        page.wait_for_selector(ALIVE)
        open_all(page)
        for widget in page.locator(".ac").all():
            results = widget.evaluate(TEXT_CONTRASTS)
            assert len(results) > 20
            hard_to_read += [(path, *one[:3]) for one in results if one[0] < 4.5]
            ground = widget.evaluate("(node) => getComputedStyle(node).backgroundColor")
            assert is_bright(ground) == (scheme == "light")
        page.context.close()
    assert hard_to_read == []


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_reader_s_choice_wins_over_the_system_s(open_page, site, choice):
    other = {"light": "dark", "dark": "light"}[choice]
    page = open_page(f"{site}/{CHAPTER}", color_scheme=other)
    page.evaluate(
        "(choice) => { document.documentElement.dataset.theme = choice; }", choice
    )
    ink = (
        figure(page, MODULES[0])
        .locator(".ac")
        .evaluate("(node) => getComputedStyle(node).color")
    )
    assert is_bright(ink) == (choice == "dark")


# The host by itself.


@pytest.fixture
def host(open_page, site_folder):
    """A bare page with the host and the built scripts, and the figures a test gives it."""

    def opened(*widgets, modules=MODULES):
        page = open_page()
        figures = [widget._repr_mimebundle_()[0]["text/html"] for widget in widgets]
        page.set_content("<!doctype html><title>host</title>" + "\n".join(figures))
        page.add_style_tag(path=site_folder / "_static/widgets/widgets.css")
        page.add_script_tag(path=site_folder / "_static/live_widgets.js")
        for module in modules:
            page.add_script_tag(path=site_folder / f"_static/widgets/{module}.js")
        return page

    return opened


def test_two_views_of_one_widget_share_its_state_and_show_the_last(host):
    widget = EmbeddingExplorer(token=1)
    first = widget._repr_mimebundle_()[0]["text/html"]
    widget.token = 4
    other = EmbeddingExplorer(token=2)

    class Earlier:
        def _repr_mimebundle_(self):
            return {"text/html": first}, {}

    page = host(Earlier(), other, widget)
    picked = page.get_by_role("slider", name=re.compile("^Token"))
    page.wait_for_function(
        "document.querySelector('.ac-summary').textContent.includes('Token 4')"
    )
    assert [picked.nth(i).input_value() for i in range(3)] == ["4", "2", "4"]
    picked.nth(2).press("ArrowRight")
    assert [picked.nth(i).input_value() for i in range(3)] == ["5", "2", "5"]


def test_a_widget_whose_script_fails_leaves_the_table_standing(host):
    page = host(EmbeddingExplorer(), PatchExplorer(), modules=["patch_explorer"])
    assert page.locator("figure").nth(0).locator("table.ac-fallback").is_visible()
    assert page.locator("figure").nth(1).locator(".ac").is_visible()
    page.evaluate(
        """attentionCourse.register("embedding_explorer", { render({ el }) {
            el.textContent = "half"; throw new Error("broken"); } })"""
    )
    assert page.locator("figure").nth(0).locator("table.ac-fallback").is_visible()
    assert "half" not in page.locator("figure").nth(0).inner_text()
    assert (
        page.problems
        == [problem for problem in page.problems if "broken" in problem]
        != []
    )
