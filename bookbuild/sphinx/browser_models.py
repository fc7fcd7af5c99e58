"""Sphinx extension: the trained models stand beside the built pages.

``make models`` puts the exported models and their runtime into ``build/browser``. This
extension packs them into ``_static/models`` and tells the pages with a widget what there
is and how large it is. No page loads any of it before its reader asks.

``POLICY`` is a content security policy that the site passes: a host may send it. The
widgets and the models would do without 'unsafe-inline'; the theme's own scripts need it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
    "worker-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'"
)
HOST = "live_widgets.js"
LEFT_OUT = (
    "The trained models are left out of the pages: run `make models`, which needs npm."
)
# What the pages take from npm: name here → file there.
SCRIPTS = {
    "ort": "onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
    "tokenizers": "@huggingface/tokenizers/dist/tokenizers.min.mjs",
}
WASM = "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"
LICENCE = "@huggingface/tokenizers/LICENSE"
ROOT = Path(__file__).parents[2]
NOTICE = ROOT / "bookbuild/models/web/NOTICE.txt"
OFFLINE = "models_offline.js"  # in book/_static; at the site's root, offline.js
# A change in any of these must reach readers who have an older one.
SOURCES = ("models.js", "models_worker.js")
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


def copy_script(source: Path, folder: Path, name: str) -> dict[str, Any]:
    """Copy a script of npm's under a name with its hash, ending in .js.

    Some servers do not know that .mjs is a script.
    """
    content = source.read_bytes()
    content = content.partition(b"\n//# sourceMappingURL=")[0]  # it is not here
    file = f"{name}-{hashlib.sha256(content).hexdigest()[:8]}.js"
    (folder / file).write_bytes(content)
    return {"file": file, "bytes": len(content)}


def write_site(made: Path, out: Path) -> str:
    """Write ``_static/models`` and what keeps a page offline into a site.

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
    for model in models.values():
        files = [*model["graphs"].values(), *filter(None, [model.get("tokenizer")])]
        for file in files:
            path = exported.parent / file["file"]
            file.update(pack(path, folder, file["file"], file["sha256"]))
        model["bytes"] = sum(file["bytes"] for file in files)
    scripts = {
        name: copy_script(modules / path, folder, name)
        for name, path in SCRIPTS.items()
    }
    digest = hashlib.sha256((modules / WASM).read_bytes()).hexdigest()
    wasm = pack(modules / WASM, folder, f"ort-{digest[:8]}.wasm")
    manifest = {
        "runtime": {"script": scripts["ort"], "wasm": wasm},
        "tokenizers": {"script": scripts["tokenizers"]},
        "models": models,
    }
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"))
    (folder / "models.json").write_text(text, encoding="utf-8")
    shutil.copyfile(NOTICE, folder / NOTICE.name)
    shutil.copyfile(modules / LICENCE, folder / "LICENSE-APACHE.txt")

    static = ROOT / "book/_static"
    shutil.copyfile(static / OFFLINE, out / "offline.js")
    version = hashlib.sha256(text.encode())
    for source in SOURCES:
        version.update((static / source).read_bytes())
    told = {
        "version": version.hexdigest()[:8],
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
    app.add_config_value(
        "browser_models", "", ""
    )  # what the host must know: found here
    app.connect("builder-inited", write_models)
    app.connect("html-page-context", tell_page, priority=900)  # after live_widgets
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
