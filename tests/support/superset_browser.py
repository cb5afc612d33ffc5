"""The dashboard in a real Chromium, as somebody who signed in to Superset sees it.

In: a running Superset. Out: an open dashboard, whose charts, filters and complaints can be looked at.
"""

from __future__ import annotations

from playwright.sync_api import Browser, ConsoleMessage, Locator, Route, expect
from report_browser import TIME_LIMIT_MS
from superset_server import Superset

SCREEN = {"width": 1500, "height": 2600}
"""Superset draws what is in view alone: all of a tab is."""
TABS = ".dashboard-component-tabs [role=tab]"
DRAWN = "canvas, tbody td >> visible=true"
FIGURE = ".header-line"
HEADING = "th >> visible=true"
ROW = "tbody tr >> visible=true"
ERROR = "[role=alert]"


class Dashboard:
    """``blocked``: what the page's own security policy kept it from."""

    def __init__(self, browser: Browser, superset: Superset) -> None:
        self._address = superset.address
        self.blocked: list[str] = []
        context = browser.new_context(viewport=SCREEN)
        context.route("**/*", self._ask)
        self.page = context.new_page()
        self.page.set_default_timeout(TIME_LIMIT_MS)
        self.page.on("console", self._note)
        self.page.goto(f"{self._address}/login/")
        self.page.locator("#username").fill("admin")
        self.page.locator("#password").fill(superset.password)
        self.page.locator("button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/login" not in url)
        self.page.goto(f"{self._address}/superset/dashboard/ecore/")
        self.page.locator(TABS).first.wait_for()

    def _ask(self, route: Route) -> None:
        if route.request.url.startswith(("data:", "blob:", self._address)):
            route.continue_()
        else:
            route.abort()

    def _note(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.blocked.append(message.text)

    def tabs(self) -> list[str]:
        """Titles of the tabs."""
        return self.page.locator(TABS).all_inner_texts()

    def open_tab(self, title: str) -> None:
        """Click on it."""
        self.page.locator(TABS).filter(has_text=title).click()

    def chart(self, title: str) -> Locator:
        """A chart that is drawn: lines, bars, rows or a figure; fails on one with an error, or empty."""
        found = self.page.locator(f'[data-test-chart-name="{title}"]')
        drawn = found.locator(DRAWN).or_(found.locator(FIGURE))
        expect(drawn.or_(found.locator(ERROR)).first).to_be_visible(timeout=TIME_LIMIT_MS)
        assert not found.locator(ERROR).all_inner_texts(), title
        expect(drawn.first).to_be_visible()
        return found

    def choose(self, column: str, value: str) -> None:
        """Set the filter by a column to a value, and apply it."""
        self.page.locator(f"[data-test=NATIVE_FILTER-{column}]").click()
        self.page.locator(f'.ant-select-item-option[title="{value}"]').click()
        self.page.keyboard.press("Escape")
        self.page.locator("[data-test=filter-bar__apply-button]").click()
