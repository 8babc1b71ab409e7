"""Pictures of the page for the documentation, in Chromium, of the seeds.

``python benchmarks/screenshots.py URL [FOLDER]`` asks a service of the seeds that runs, and writes ask.png, read.png,
look.png, keep.png, phone.png and dark.png to FOLDER (docs/images), in the fonts that this machine has. Nothing is
written, brought or changed there.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import quote_plus

from playwright.sync_api import Browser, Page

from tests.browser import chromium, opened

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
ASKED = f"/?q={quote_plus('why was the February trip cancelled?')}"
ALSO = f"/?q={quote_plus('what did Blinken discuss with Wang Yi?')}"
MOST = 200_000  # bytes


def _answer(page: Page) -> None:
    page.wait_for_selector("#verdict")


def _article(page: Page) -> None:
    page.wait_for_selector("#reading mark")


def _range(page: Page) -> None:
    """Part of the timeline chosen as people do, and the publishers laid open."""
    page.get_by_text("Publishers").click()
    box = page.locator("#look .timeline").bounding_box()
    if box is None:
        raise SystemExit("there is no timeline: the archive must be that of the seeds")
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30, steps=5)
    page.mouse.up()
    page.wait_for_selector("#look .chips a")


def _lists(page: Page) -> None:
    page.wait_for_selector("#ledger .rows")


class Picture(NamedTuple):
    name: str
    path: str
    settle: Callable[[Page], None]
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture("ask", ASKED, _answer, 1200, 900),
    Picture("read", f"{ASKED}#read-1", _article, 1240, 700),
    Picture("look", ALSO, _range, 1000, 720),
    Picture("keep", "/keep", _lists, 1000, 900),
    Picture("phone", ASKED, _answer, 390, 780),
    Picture("dark", f"{ASKED}#read-1", _article, 1240, 700, "dark"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the service, such as http://127.0.0.1:8000")
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for picture in PICTURES:
            file = arguments.folder / f"{picture.name}.png"
            _take(browser, arguments.url, picture, file)
            print(f"{file.name}: {file.stat().st_size:,} bytes")
            if file.stat().st_size > MOST:
                raise SystemExit(f"{file}: more than {MOST:,} bytes")


def _take(browser: Browser, url: str, picture: Picture, file: Path) -> None:
    size = (picture.width, picture.height)
    with opened(browser, url + picture.path, picture.scheme, *size, touch=picture.name == "phone") as seen:
        picture.settle(seen.page)
        seen.page.wait_for_load_state("networkidle")
        seen.page.evaluate("document.fonts.ready.then(() => document.activeElement.blur())")
        seen.page.screenshot(path=file)


if __name__ == "__main__":
    main()
