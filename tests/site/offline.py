"""How the tests ask what a browser has kept of a site."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def manifest(site: Path) -> dict[str, Any]:
    """Read the list that the build has put into a site's offline worker."""
    text = (site / "offline.js").read_text(encoding="utf-8")
    (line,) = re.findall(r"^const MANIFEST = (.*);$", text, re.M)
    return json.loads(line)


def parts_of(site: Path, name: str) -> list[str]:
    """List a page and all that it consists of, as files of the site."""
    made = manifest(site)
    named = [made["addresses"][number] for number in made["pages"][name]]
    return [name, *(address.partition("?")[0] for address in named)]


def keep(page, worker: str) -> None:
    """Let a page register the offline worker and ask it to keep the page."""
    page.evaluate(
        """async (worker) => {
            await navigator.serviceWorker.register(worker);
            const { active } = await navigator.serviceWorker.ready;
            active.postMessage({ keep: location.href });
        }""",
        worker,
    )


def kept(page) -> list[str]:
    """List the addresses of all that the site's caches hold of its pages."""
    return page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                if (!name.startsWith("attention-course-pages")) continue;
                for (const { url } of await (await caches.open(name)).keys()) found.push(url);
            }
            return found.sort();
        }"""
    )


def until(page, condition: str, given: Any) -> None:
    """Wait until an asynchronous function says yes.

    Playwright's ``wait_for_function`` takes the promise of an answer for a yes.
    """
    for _ in range(600):
        if page.evaluate(condition, given):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"still not so: {condition} of {given}; kept: {kept(page)}")


def wait_until_kept(page, files: list[str]) -> None:
    """Wait until these files of the site are kept."""
    until(
        page,
        """async (files) => {
            const { active } = await navigator.serviceWorker.ready;
            for (const file of files)
                if (!(await caches.match(new URL(file, active.scriptURL)))) return false;
            return true;
        }""",
        files,
    )
