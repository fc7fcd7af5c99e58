"""A widget's JavaScript: modules that import each other become one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import attention_course.widgets
from attention_course.widgets.shared.joined import join
from bookbuild.sphinx.live_widgets import classic_script

FOLDER = Path(attention_course.widgets.__file__).parent
WIDGETS = sorted(FOLDER.glob("*/widget.js"), key=lambda path: path.parent.name)
EVERY_MODULE = sorted(FOLDER.glob("*/*.js"))
DEFAULT = "export default { compute };\n"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed"
)


@pytest.fixture
def write(tmp_path):
    def written(**modules):
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
        return tmp_path / f"{next(iter(modules))}.js"

    return written


def node(code: str) -> str:
    command = ["node", "--input-type=module", "--eval", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_imported_stands_first_and_once(write):
    path = write(
        widget='import { a } from "./left.js";\nimport { b } from "./right.js";\n\n'
        f"function compute() {{\n  return [a, b()];\n}}\n\n{DEFAULT}",
        left='import { base } from "./base.js";\n\nexport const a = base + 1;\n',
        right='import {\n  base,\n  other,\n} from "./base.js";\n\n'
        "export function b() {\n  return base + other;\n}\n",
        base="// A comment.\nexport const base = 1;\nexport class other {}\nlet mine = 0;\n",
    )
    script = join(path)
    code = script.statements
    order = [
        "const base = 1;",
        "const a = base + 1;",
        "function b()",
        "function compute",
    ]
    places = [code.index(text) for text in order]
    assert places == sorted(places)
    assert all(code.count(text) == 1 for text in order)
    assert not any(word in code for word in ("import {", "export ", "A comment."))
    assert script.exported == "{ compute }"
    assert script.es_module() == f"{code}\nexport default {{ compute }};\n"


def test_what_nobody_names_is_left_out(write):
    path = write(
        widget='import { a } from "./base.js";\n\nfunction unused() {\n  return a;\n}\n\n'
        "function compute() {\n  return a(\n    1,\n  );\n}\n\n"
        f'globalThis.here = "spoken";\n{DEFAULT}',
        base="const deep = [\n  1,\n].length;\nconst alone = 2;\nlet loop = () => loop;\n\n"
        "function spoken() {}\n\nexport function a() {\n  return deep;\n}\n\n"
        "export function b() {\n  return alone;\n}\n",
        nobody="export const never = 0;\n",
    )
    code = join(path).statements
    for kept in (
        "deep = [",
        "].length",
        "spoken()",
        "a()",
        "compute()",
        "1,",
        "here =",
    ):
        assert kept in code, kept
    for dropped in ("unused", "alone", "loop", "b()", "never"):
        assert dropped not in code, dropped


def test_a_module_of_which_nothing_is_named_leaves_nothing(write):
    text = f'import {{ a }} from "./x.js";\n\nfunction compute() {{}}\n\n{DEFAULT}'
    path = write(widget=text, x="export const a = 1;\n")
    assert join(path).statements == "function compute() {}\n"


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"widget": "const a = 1;\n"}, "widget.js: expected `export default"),
        (
            {"widget": 'import { a } from "./gone.js";\n' + DEFAULT},
            r"widget.js: imports \S*gone.js, which is not there",
        ),
        (
            {
                "widget": 'import { a } from "./x.js";\n' + DEFAULT,
                "x": "const a = 1;\nexport const b = 2;\n",
            },
            "widget.js: x.js exports no a",
        ),
        (
            {
                "widget": 'import { a } from "./x.js";\nconst b = 1;\n' + DEFAULT,
                "x": "export const a = 1;\nfunction b() {}\n",
            },
            r"widget.js: b is declared in \S*x.js too",
        ),
        (
            {
                "widget": 'import { a } from "./x.js";\n' + DEFAULT,
                "x": 'import { b } from "./y.js";\nexport const a = 1;\n',
                "y": 'import { a } from "./x.js";\nexport const b = 1;\n',
            },
            "x.js: the modules import each other in a circle: widget.js → x.js → y.js → x",
        ),
        (
            {
                "widget": 'import { a } from "./x.js";\n' + DEFAULT,
                "x": "export const a = 1;\nexport default { a };\n",
            },
            "x.js: only the first module may export a default",
        ),
        (
            {"widget": 'import x from "./x.js";\n' + DEFAULT},
            "this import: import x from",
        ),
        ({"widget": 'import * as x from "./x.js";\n' + DEFAULT}, "this import: import"),
        (
            {"widget": 'import { a as b } from "./widget.js";\n' + DEFAULT},
            "this import: import { a as b }",
        ),
        ({"widget": 'import { a } from "three";\n' + DEFAULT}, "this import: import"),
        ({"widget": 'import "./x.js";\n' + DEFAULT}, "this import: import"),
        (
            {"widget": 'const x = await import("./x.js");\n' + DEFAULT},
            r"import: import\(",
        ),
        ({"widget": "const x = import.meta.url;\n" + DEFAULT}, "import: import.meta"),
        ({"widget": "const a = 1;\nexport { a };\n" + DEFAULT}, "export: export { a }"),
        ({"widget": 'export * from "./x.js";\n' + DEFAULT}, r"export: export \*"),
        ({"widget": DEFAULT + "const after = 1;\n"}, "export: export default"),
        ({"widget": "export default compute;\n"}, "export: export default compute"),
        ({"widget": "const { a } = b;\n" + DEFAULT}, "declaration: const { a }"),
        (
            {"widget": "export const [a] = b;\n" + DEFAULT},
            r"export: export const \[a\]",
        ),
        ({"widget": "let a, b;\n" + DEFAULT}, "declaration: let a, b"),
        ({"widget": "var a = 1;\n" + DEFAULT}, "declaration: var a"),
        (
            {"widget": "const a = `one` + `two\n  three`;\n" + DEFAULT},
            r"template must end on its line: const a = `one` \+ `two",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused(write, modules, message):
    with pytest.raises(ValueError, match=message):
        join(write(**modules))


@pytest.mark.parametrize("path", WIDGETS, ids=lambda path: path.parent.name)
def test_a_widget_exports_what_the_hosts_call(path):
    assert join(path).exported == "{ compute, render }"


@needs_node
def test_every_module_loads_as_it_stands():
    """Unjoined, as an editor, a linter or a bundler reads them."""
    paths = json.dumps([path.as_uri() for path in EVERY_MODULE])
    out = node(
        f"for (const path of {paths}) {{"
        " const module = await import(path);"
        " console.log(Object.keys(module).sort().join());"
        "}"
    )
    exports = out.splitlines()
    assert len(exports) == len(EVERY_MODULE)
    assert all(exports)
    alone = [names == "default" for names in exports]
    assert alone == [path.name == "widget.js" for path in EVERY_MODULE]


@pytest.mark.slow
@needs_node
def test_a_joined_module_and_its_classic_script_hold_the_same_functions(tmp_path):
    for path in WIDGETS:
        script = join(path)
        (tmp_path / "joined.mjs").write_text(script.es_module(), encoding="utf-8")
        (tmp_path / "classic.js").write_text(
            classic_script("demo", script), encoding="utf-8"
        )
        folder = tmp_path.as_uri()
        out = node(
            f'import {{ readFile }} from "node:fs/promises";'
            f'const joined = (await import("{folder}/joined.mjs")).default;'
            "const classic = {};"
            "globalThis.attentionCourse = {"
            " register: (name, widget) => Object.assign(classic, { name, ...widget }) };"
            f'(0, eval)(await readFile(new URL("{folder}/classic.js"), "utf8"));'
            "const same = ['compute', 'render'].every("
            " (key) => String(joined[key]) === String(classic[key]));"
            "console.log(classic.name, same, Object.keys(joined).join());"
        )
        assert out == "demo true compute,render\n", path
