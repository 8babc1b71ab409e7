"""Real Chromium on real pages, for tests of what people see."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, ViewportSize, sync_playwright

from tests.peers import Quiet, standing

# `make test` installs it where it can; .ci/run sets this, so that there no test is left out.
REQUIRED = "BROWSER_TESTS"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WITHIN = 15_000.0  # milliseconds, for whatever a page is to come to


@contextmanager
def chromium() -> Iterator[Browser]:
    """This machine's Chromium; the test is skipped where there is none, unless it is required."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        why = "no Chromium here: install Debian's package `chromium`"
        (pytest.fail if os.environ.get(REQUIRED) == "required" else pytest.skip)(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What a page did that its reader may not see: requests, dialogs, and what it complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def complain(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(line.text)

    def dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def origins(self) -> set[str]:
        """Where its requests went, but for the page itself; and what of it is in no network."""
        return {origin(url) for url in self.requests if not url.startswith(("data:", "blob:"))}


@contextmanager
def opened(
    browser: Browser,
    url: str,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1000,
    height: int = 800,
    *,
    touch: bool = False,
) -> Iterator[Seen]:
    """A page of its own, without memory, watched from before its first request."""
    size = ViewportSize(width=width, height=height)
    with browser.new_context(
        color_scheme=scheme, viewport=size, reduced_motion="reduce", has_touch=touch, is_mobile=touch
    ) as context:
        context.set_default_timeout(WITHIN)
        page = context.new_page()
        seen = Seen(page)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("console", seen.complain)
        page.on("dialog", seen.dismiss)
        page.goto(url)
        yield seen


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page as it stands, a line a rule with the elements that break it."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {', '.join(str(node['target']) for node in rule['nodes'])}" for rule in found]


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def hosting(pages: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Somebody else's site, with these pages by their paths; its origin."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            # A browser looks for an icon by itself, once, and would complain.
            self.send_response(200 if body else 204 if self.path == "/favicon.ico" else 404)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with standing(Handler) as origin:
        yield origin
