"""A Firefox, driven by WebDriver BiDi. A plugin of all tests (conftest.py names it).

Playwright drives a Firefox of its own, not the one that readers have. This drives Debian's
``firefox-esr``, or any other, with what it speaks by itself. Where there is none the tests are
skipped, with one line that says so; with CI=true, as in ``make firefox``, that is a failure.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

NO_FIREFOX = "tests in Firefox skipped: there is none; get one with `apt-get install firefox-esr`"
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PATIENCE = 300  # seconds for one answer, or for what a test waits for
# What the browser would ask others for by itself.
PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}
KEYS = {"\n": "\ue007", "Control": "\ue009", "Delete": "\ue017", "Shift": "\ue008"}


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_FIREFOX in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NO_FIREFOX)


class Firefox:
    """One browser with one page."""

    def __init__(self, program: str, home: Path) -> None:
        import websocket

        profile = home / "profile"
        profile.mkdir()
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in PREFERENCES.items()
        ]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        self.log = home / "said.txt"
        with self.log.open("w") as said:
            self.process = subprocess.Popen(
                [
                    program, "--headless", "--no-remote", "--remote-debugging-port", "0",
                    "--profile", str(profile),
                ],
                stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, "HOME": str(home)},
            )  # fmt: skip
        self.sent = 0
        self.problems: list[str] = []
        self.socket = websocket.create_connection(
            f"{self._address()}/session", timeout=PATIENCE, suppress_origin=True
        )
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        (page,) = self.send("browsingContext.getTree")["contexts"]
        self.context = page["context"]

    def _address(self) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if found := LISTENING.search(self.log.read_text(errors="replace")):
                return found[1]
            time.sleep(0.1)
        raise RuntimeError(f"Firefox did not start: {self.log.read_text()}")

    def send(self, method: str, **params: Any) -> Any:
        """Send a command, and wait for its result."""
        self.sent += 1
        command = {"id": self.sent, "method": method, "params": params}
        self.socket.send(json.dumps(command))
        while True:
            news = json.loads(self.socket.recv())
            if news.get("method") == "log.entryAdded":
                entry = news["params"]
                if entry["level"] == "error":
                    self.problems.append(str(entry["text"]))
            if news.get("id") != self.sent:
                continue
            if news["type"] == "error":
                raise RuntimeError(f"{method}: {news['message']}")
            return news["result"]

    def open(self, url: str) -> None:
        """Open an address, and wait until its page is loaded."""
        self.send(
            "browsingContext.navigate", context=self.context, url=url, wait="complete"
        )

    def _call(self, function: str, given: tuple[Any, ...]) -> Any:
        came = self.send(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": json.dumps(one)} for one in given],
            target={"context": self.context},
            awaitPromise=True,
        )
        if came["type"] == "exception":
            raise RuntimeError(came["exceptionDetails"]["text"])
        return came["result"]

    def evaluate(self, function: str, *given: Any) -> Any:
        """Call a function of the page; what it takes and gives goes through JSON."""
        whole = (
            "async (...given) => JSON.stringify("
            f"(await ({function})(...given.map((one) => JSON.parse(one)))) ?? null)"
        )
        return json.loads(self._call(whole, given)["value"])

    def wait(self, function: str, *given: Any) -> Any:
        """Wait until a function of the page says something else than no."""
        end = time.monotonic() + PATIENCE
        while not (came := self.evaluate(function, *given)):
            assert time.monotonic() < end, f"still not so: {function} of {given}"
            time.sleep(0.1)
        return came

    def click(self, function: str, *given: Any) -> None:
        """Click with the mouse on the element that a function of the page finds."""
        whole = (
            f"(...given) => {{ const found = ({function})"
            "(...given.map((one) => JSON.parse(one)));"
            ' found.scrollIntoView({ block: "center" }); return found; }'
        )
        element = {"type": "element", "element": self._call(whole, given)}
        steps = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": element},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def type(self, text: str) -> None:
        """Type a text, key after key."""
        steps = [
            {"type": kind, "value": KEYS.get(letter, letter)}
            for letter in text
            for kind in ("keyDown", "keyUp")
        ]
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def press(self, *keys: str) -> None:
        """Press keys together."""
        values = [KEYS.get(key, key) for key in keys]
        steps = [{"type": "keyDown", "value": value} for value in values]
        steps += [{"type": "keyUp", "value": value} for value in reversed(values)]
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def _act(self, source: dict[str, Any]) -> None:
        self.send("input.performActions", context=self.context, actions=[source])

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(Exception):
            self.send("browser.close")
        self.socket.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_FIREFOX.replace("skipped", "cannot run"))
        pytest.skip(NO_FIREFOX)
    running = Firefox(program, tmp_path_factory.mktemp("firefox"))
    yield running
    running.close()
