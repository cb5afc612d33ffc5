"""A real Chromium, driven by Playwright, that looks at a report; and the picture for the README.

In: a page. Out: an open page that must not ask any network. As a program it makes ``docs/images/report.png``
anew, from the demo's data:

    PYTHONPATH=tests python -m report_browser docs/images/report.png
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

CHROMIUM = shutil.which("chromium")
"""Debian's package ``chromium``; None where it is not installed."""

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
TIME_LIMIT_MS, LOOK_MS = 60_000, 20
DESKTOP = {"width": 1100, "height": 1300}
PHONE = {"width": 360, "height": 740}


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A browser with a profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Looked:
    """A report in the browser. ``complaints``: what the console said; ``asked``: URLs that it asked for."""

    def __init__(self, browser: Browser, path: Path, *, fragment: str = "", **context: object) -> None:
        self.context = browser.new_context(**({"viewport": DESKTOP} | context))
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(TIME_LIMIT_MS)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.route("**/*", self._ask)
        self.page.goto(path.as_uri() + (f"#{fragment}" if fragment else ""))
        self.settle()

    def _ask(self, route: Route) -> None:
        self.asked.append(route.request.url)
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            route.abort()

    def settle(self) -> None:
        """Wait until the charts are drawn, where there are any."""
        self.wait_until("!document.getElementById('specs') || document.body.dataset.ready === 'yes'")

    def wait_until(self, claim: str) -> None:
        """Wait until this expression is true.

        Asked again and again from here: Playwright's own waiting asks from inside the page, whose policy lets
        it evaluate text the first time only.
        """
        deadline = time.monotonic() + TIME_LIMIT_MS / 1000
        while not self.page.evaluate(claim):
            assert time.monotonic() < deadline, f"never came true: {claim}"
            self.page.wait_for_timeout(LOOK_MS)


def picture(target: Path) -> None:
    """The demo's report down to its first chart, as the README shows it."""
    from ecore_export.cli import main

    with tempfile.TemporaryDirectory() as folder, running_chromium() as browser:
        assert main(["demo", folder]) == 0
        looked = Looked(browser, Path(folder) / "report.html", viewport={"width": 1000, "height": 1800})
        chart = looked.page.locator("#credits-chart").bounding_box()
        assert chart is not None
        shown = {"x": 0, "y": 0, "width": 1000, "height": chart["y"] + chart["height"] + 16}
        looked.page.screenshot(path=target, clip=shown)


if __name__ == "__main__":
    picture(Path(sys.argv[1]))
