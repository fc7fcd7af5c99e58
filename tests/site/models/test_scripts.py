"""The scripts that run a model are held to the manifest's hashes before they run."""

from __future__ import annotations

import shutil

import pytest

from attention_course.widgets import AlignmentViewer, HeadViewer
from tests.browser import serve
from tests.site.models.pages import POLICY, load, widget

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("kind", "script"),
    [
        (AlignmentViewer, "ort.js"),
        (AlignmentViewer, "worker/tensors.js"),
        (AlignmentViewer, "date_translator/run.js"),
        (HeadViewer, "tokenizers.js"),
    ],
    ids=lambda value: value.replace("/", " ") if isinstance(value, str) else "",
)
def test_a_changed_script_does_not_run(kind, script, visit, folder, version, tmp_path):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    path = other / version / script
    published = path.read_text(encoding="utf-8")
    path.write_text(f'{published}\nfetch("/it-ran");\n', encoding="utf-8")
    for url in serve(other.parent, POLICY, kept=600):  # as many hosts do
        page = visit(f"{url}/sub/")
        place = widget(page, kind)
        place.locator(".ac-loader button").click()
        place.get_by_text("its SHA-256 is another; it was not used").wait_for()
        assert place.get_by_text(f"{script}: not the file that was published").count()
        assert not any(asked.endswith("/it-ran") for asked in page.asked)
        # Put right, it loads without a new visit.
        path.write_text(published, encoding="utf-8")
        load(page, kind)


def test_a_script_that_is_gone_is_named(visit, folder, version, tmp_path):
    other = tmp_path / "site" / "sub"
    shutil.copytree(folder, other)
    (other / version / "ort.js").unlink()
    for url in serve(other.parent, POLICY):
        page = visit(f"{url}/sub/")
        place = widget(page, AlignmentViewer)
        place.locator(".ac-loader button").click()
        place.get_by_text("ort.js: the server answered 404").wait_for()
        page.problems[:] = [one for one in page.problems if "404" not in one]
