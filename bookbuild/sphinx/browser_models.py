"""Sphinx extension: the trained models stand beside the built pages.

``make models`` puts the exported models and their runtime into ``build/browser``. This
extension writes ``_static/models``: the models' files, packed, and a folder named after
this version of everything that runs them, with the manifest and all scripts. It tells the
pages with a widget what there is and how large it is. No page loads any of it before its
reader asks.

``POLICY`` is a content security policy that the site passes: a host may send it. The
widgets and the models would do without 'unsafe-inline'; the theme's own scripts need it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from attention_course.widgets.shared.joined import join
from bookbuild.models.made import HERE as MODELS
from bookbuild.models.made import folders

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
    "worker-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HOST = "live_widgets.js"
LEFT_OUT = (
    "The trained models are left out of the pages: run `make models`, which needs npm."
)
# What the pages take from npm. Named .js: some servers do not know that .mjs is a script.
SCRIPTS = {
    "ort.js": "onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
    "tokenizers.js": "@huggingface/tokenizers/dist/tokenizers.min.mjs",
}
WASM = "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"
LICENCE = "@huggingface/tokenizers/LICENSE"
NOTICE = MODELS / "web/NOTICE.txt"
PAGES_SIDE = MODELS / "page/models.js"
MAX_BYTES = 25_000_000  # of one file

logger = logging.getLogger(__name__)


def pack(source: Path, folder: Path, name: str, sha256: str = "") -> dict[str, Any]:
    """Compress a file into ``folder``; return what the pages must know of it.

    Its ``bytes`` are those that are sent, its ``sha256`` that of the content.

    Raises:
        ExtensionError: the file is not the one that was exported, or too large.
    """
    content = source.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise ExtensionError(f"{source.name}: expected sha256 {sha256}, got {found}")
    packed = gzip.compress(content, 6, mtime=0)
    if len(packed) > MAX_BYTES:
        raise ExtensionError(f"{source.name}: {len(packed):,} bytes packed")
    (folder / f"{name}.gz").write_bytes(packed)
    return {"file": f"{name}.gz", "bytes": len(packed), "sha256": found}


def pages_side() -> str:
    """Write the page's side as a classic script, which the host loads."""
    script = join(PAGES_SIDE)
    offered = f"Object.assign(globalThis.attentionCourse, {script.exported});"
    return f'"use strict";\n(() => {{\n{script.statements}\n{offered}\n}})();\n'


def scripts(modules: Path) -> Iterator[tuple[str, bytes]]:
    """Yield all scripts that the worker consists of: where they go, and their content.

    The course's own keep their folders, so that their imports lead where they lead here.
    """
    for path in sorted(MODELS.glob("*/*.js")):
        if path.parent.name == PAGES_SIDE.parent.name:
            continue
        yield path.relative_to(MODELS).as_posix(), path.read_bytes()
    for name, source in SCRIPTS.items():
        content = (modules / source).read_bytes()
        yield name, content.partition(b"\n//# sourceMappingURL=")[0]  # it is not here


def pack_model(name: str, model: dict[str, Any], made: Path, folder: Path) -> None:
    """Compress a model's files, and say in ``model`` what became of them."""
    files = [*model["graphs"].values(), *model["files"].values()]
    for file in files:
        path = made / file["file"]
        file.update(pack(path, folder, file["file"], file["sha256"]))
    model["bytes"] = sum(file["bytes"] for file in files)
    model["script"] = f"{folders()[name].name}/run.js"


def write_site(made: Path, out: Path) -> str:
    """Write ``_static/models`` into a site.

    Args:
        made: the folder that ``make models`` filled.
        out: the site's root.

    Returns:
        What the host must know, in JSON; "" if the models were not made.
    """
    exported, modules = made / "models/models.json", made / "node_modules"
    wanted = [exported, modules / WASM, *(modules / path for path in SCRIPTS.values())]
    if not all(path.is_file() for path in wanted):
        return ""
    folder = out / "_static/models"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    models = json.loads(exported.read_text(encoding="utf-8"))["models"]
    for name, model in models.items():
        pack_model(name, model, exported.parent, folder)
    digest = hashlib.sha256((modules / WASM).read_bytes()).hexdigest()
    wasm = pack(modules / WASM, folder, f"ort-{digest[:8]}.wasm")
    code = dict(scripts(modules))
    manifest = {
        "wasm": wasm,
        "scripts": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in code.items()
        },
        "models": models,
    }
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode()
    host = pages_side()
    version = hashlib.sha256(text + host.encode()).hexdigest()[:8]
    for name, content in {**code, "models.json": text}.items():
        path = folder / version / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder.parent / "models.js").write_text(host, encoding="utf-8")
    shutil.copyfile(NOTICE, folder / NOTICE.name)
    shutil.copyfile(modules / LICENCE, folder / "LICENSE-APACHE.txt")
    told = {
        "version": version,
        "titles": {name: model["title"] for name, model in models.items()},
        "bytes": {
            name: model["bytes"] + wasm["bytes"] for name, model in models.items()
        },
    }
    return json.dumps(told, separators=(",", ":"))


def write_models(app: Sphinx) -> None:
    """Write the models into the site, if they were made."""
    if app.builder.format == "html":
        made = Path(app.srcdir) / app.config.browser_models_dir
        app.config.browser_models = write_site(made, Path(app.outdir))
        if not app.config.browser_models:
            logger.info(LEFT_OUT)


def tell_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Tell the host of a page's widgets which models there are, and how large."""
    for file in context.get("script_files", []):
        if app.config.browser_models and str(file.filename).endswith(HOST):
            file.attributes["data-ac-models"] = app.config.browser_models


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("browser_models_dir", "build/browser", "html")
    # What the host must know. Nobody sets it: it is found when the build begins.
    app.add_config_value("browser_models", "", "")
    app.connect("builder-inited", write_models)
    app.connect("html-page-context", tell_page, priority=900)  # after live_widgets
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
