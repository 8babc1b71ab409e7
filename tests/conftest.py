"""What several modules' tests look at: a browser, and a service over the articles that the module names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


# Of a module, not of the session: while Playwright runs, nothing else in this thread can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.browser import chromium

    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service over the module's ``ARTICLES``, sure of whatever it finds."""
    from tests.worlds import listening

    with listening(tmp_path_factory.mktemp("data"), *request.module.ARTICLES, threshold=0.0, rate=0) as address:
        yield address
