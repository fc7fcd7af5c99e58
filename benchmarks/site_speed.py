"""How fast the built pages are on a slow line and a slow processor.

    python benchmarks/site_speed.py [_build/html]

Each page is opened in a new Chromium profile with 1.6 Mbit/s, 150 ms round trips and a
processor slowed to a quarter. The table gives the bytes sent before anything is clicked,
those of all figures (which wait till their reader comes near), the largest contentful
paint, and when the first widget has drawn itself and has answered its reader. Aims: text
in 2.5 s, the first widget in 5 s, at most 1 MB of figures a page.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Playwright, sync_playwright

ROOT = Path(__file__).parents[1]
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
PAINT = """() => new Promise((resolve) => {
    let last = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) last = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
    setTimeout(() => resolve(last), 500);
})"""
FIGURES = """() => [...document.images].map((image) => new URL(image.src).pathname)
    .filter((path) => path.includes("/_images/"))"""
# The first control of the first widget that can be used and changes something.
ANSWER = """async () => {
    const widget = document.querySelector("[data-ac-alive]");
    const everything = { subtree: true, childList: true, attributes: true, characterData: true };
    const use = (control) => {
        if (control.type === "range") {
            const before = control.value;
            control.stepUp();
            if (control.value === before) control.stepDown();
        } else if (control.tagName === "SELECT") {
            control.selectedIndex = (control.selectedIndex + 1) % control.length;
        } else return control.click();
        for (const kind of ["input", "change"])
            control.dispatchEvent(new Event(kind, { bubbles: true }));
    };
    const took = (control) => new Promise((resolve) => {
        const used = performance.now();
        const end = (time) => { watch.disconnect(); resolve(time); };
        const watch = new MutationObserver(() => end(performance.now() - used));
        watch.observe(widget, everything);
        use(control);
        setTimeout(() => end(NaN), 2000);
    });
    const kinds = ["range]", "checkbox]", "radio]:not(:checked)"].map((k) => `input[type=${k}`);
    const controls = [...kinds, "select", "button"].map((kind) => `${kind}:enabled`);
    const begun = performance.now();
    for (const control of widget.querySelectorAll(controls)) {
        control.focus();
        await new Promise((resolve) => setTimeout(resolve));  // focus alone is no answer
        const time = await took(control);
        if (time === time) return begun + time;  // without what useless ones took
    }
    return NaN;
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Sends text compressed, as GitHub Pages does."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in {".html", ".js", ".css", ".svg", ".json"}:
            return super().do_GET()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def measure(browser: Browser, site: Path, url: str) -> dict[str, float]:
    """Open one page on the slow line."""
    context = browser.new_context(viewport={"width": 412, "height": 823})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    sent: list[float] = []
    devtools.on(
        "Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"])
    )
    page.goto(url, wait_until="commit", timeout=120_000)
    alive = answered = float("nan")
    # A widget may answer before the whole page is there.
    if 'class="ac-widget"' in (site / urlsplit(url).path[1:]).read_text("utf-8"):
        page.wait_for_selector("[data-ac-alive]", state="attached", timeout=120_000)
        alive = page.evaluate("performance.now()")
        answered = page.evaluate(ANSWER)
    page.wait_for_load_state("load", timeout=120_000)
    paint = page.evaluate(PAINT)
    n_sent, addresses = sum(sent), page.evaluate(FIGURES)
    context.close()
    return {
        "sent": n_sent / 1e3,
        "figures": sum((site / each.lstrip("/")).stat().st_size for each in addresses)
        / 1e3,
        "paint": paint / 1e3,
        "alive": alive / 1e3,
        "answered": answered / 1e3,
    }


def chromium(playwright: Playwright) -> Browser:
    """Start the system's Chromium, or playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    flags = ["--no-sandbox", "--disable-gpu"]
    return playwright.chromium.launch(executable_path=found, args=flags)


def main() -> None:
    """Measure every page and print the table."""
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build/html"
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(site))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(
        "| page | sent, kB | figures, kB | largest paint, s | widget drawn, s | answered, s |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for path in sorted((site / "book").glob("*.html")):
            url = f"http://127.0.0.1:{server.server_port}/book/{path.name}"
            seen = measure(browser, site, url)
            cells = [f"{seen['sent']:.0f}", f"{seen['figures']:.0f}"]
            for name in ("paint", "alive", "answered"):
                cells.append("–" if seen[name] != seen[name] else f"{seen[name]:.1f}")
            print(f"| {path.stem} | {' | '.join(cells)} |", flush=True)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
