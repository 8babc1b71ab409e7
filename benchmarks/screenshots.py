"""Pictures of the page for the documentation, in Chromium, of the seeds.

``python benchmarks/screenshots.py URL [FOLDER]`` asks a service of the seeds that runs, and writes ask.png, read.png,
dark.png and phone.png to FOLDER (docs/images), in the fonts that this machine has.
"""

import argparse
from pathlib import Path
from urllib.parse import quote_plus

from playwright.sync_api import Browser, Page

from tests.browser import chromium, opened

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
ASKED = f"/?q={quote_plus('why was the February trip cancelled?')}"
READ = f"{ASKED}#read-1"
MOST = 250_000  # bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the service, such as http://127.0.0.1:8000")
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, path, scheme, width, height in (
            ("ask", ASKED, "light", 1200, 900),
            ("read", READ, "light", 1240, 720),
            ("dark", READ, "dark", 1240, 720),
            ("phone", ASKED, "light", 390, 780),
        ):
            file = arguments.folder / f"{name}.png"
            _take(browser, f"{arguments.url}{path}", scheme, (width, height), file)
            print(f"{file.name}: {file.stat().st_size:,} bytes")
            if file.stat().st_size > MOST:
                raise SystemExit(f"{file}: more than {MOST:,} bytes")


def _take(browser: Browser, url: str, scheme: str, size: tuple[int, int], file: Path) -> None:
    with opened(browser, url, "dark" if scheme == "dark" else "light", *size) as seen:
        _settle(seen.page, "read" in url)
        seen.page.screenshot(path=file)


def _settle(page: Page, is_reading: bool) -> None:
    page.wait_for_selector("#reading mark" if is_reading else "#verdict")
    page.evaluate("document.fonts.ready.then(() => document.activeElement.blur())")


if __name__ == "__main__":
    main()
