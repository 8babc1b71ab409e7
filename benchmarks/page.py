"""How soon does a person see the first passage, and how much does the page weigh?

``python benchmarks/page.py URL... [--times N]`` asks services of the seeds that run, in Chromium, one after the other.
Prints of each the time from the press of Enter to the first passage and to the answer, painted, in milliseconds; where
it goes until the first passage: the script up to its request, the browser up to sending it, the service up to its first
byte, the script up to the frame that shows it; and the bytes of the page with all that it loads, compressed.
"""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

from playwright.sync_api import Page

from tests.browser import chromium, opened

QUESTIONS = (
    "why was the February trip cancelled?",
    "who met Wang Yi in Beijing?",
    "what did Blinken say about Taiwan?",
    "when does Biden meet Xi?",
)
WARM_UP = 4
# Set before Enter is pressed: what is timed is what the page does, without the test's own way to it.
WATCH = """() => {
    const times = window.times = {};
    const results = document.getElementById("results");
    const note = (name, selector, old) => new Promise((resolve) => {
        const look = () => results.querySelector(selector) && !old.has(results.querySelector(selector))
            && requestAnimationFrame(() => { times[name] ??= performance.now() - times.began; resolve(); });
        new MutationObserver(look).observe(results, { childList: true, subtree: true });
    });
    const old = new Set(results.querySelectorAll("li, .sentence"));
    addEventListener("keydown", () => { times.began = performance.now(); }, { once: true, capture: true });
    performance.clearResourceTimings();
    window.shown = Promise.all([note("passage", ".passages li", old), note("answer", ".sentence", old)]);
}"""
# Its entry is there once the whole reply is.
PARTS = """async () => {
    const asked = () => performance.getEntriesByType("resource").find((one) => one.name.endsWith("/v1/ask"));
    while (!asked()) await new Promise((after) => setTimeout(after, 5));
    const { startTime, requestStart, responseStart } = asked();
    const { began, passage } = window.times;
    return { script: startTime - began, sending: requestStart - startTime, service: responseStart - requestStart,
        showing: passage - (responseStart - began) };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="+", help="of services, such as http://127.0.0.1:8000")
    parser.add_argument("--times", type=int, default=40, help="how often each is asked")
    arguments = parser.parse_args()
    with chromium() as browser, ExitStack() as stack:
        pages = {url: stack.enter_context(opened(browser, url)).page for url in arguments.urls}
        # By turns: what else the machine does slows all of them alike.
        rounds = [[_asked(page, n) for page in pages.values()] for n in range(WARM_UP + arguments.times)][WARM_UP:]
        for url, taken in zip(pages, zip(*rounds, strict=True), strict=True):
            _tell(url, taken)
    for url in arguments.urls:
        _weigh(url)


def _tell(url: str, taken: Sequence[dict[str, float]]) -> None:
    print(url)
    for name in taken[0]:
        times = sorted(one[name] for one in taken)
        print(f"{name:8} {median(times):7.1f} ms median {times[int(len(times) * 0.9)]:7.1f} ms 90th percentile")


def _weigh(url: str) -> None:
    with chromium() as browser, browser.new_context() as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        weights: list[float] = []
        session.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
        session.send("Network.enable")
        page.goto(url, wait_until="networkidle")
        print(f"{url}: {len(weights)} files, {sum(weights) / 1024:.1f} KB as transferred")


def _asked(page: Page, number: int) -> dict[str, float]:
    question = QUESTIONS[number % len(QUESTIONS)]
    box = page.get_by_label("Ask the archive")
    # Another question each time: what was asked before is shown from memory.
    box.fill(f"{question}{' ' * (number // len(QUESTIONS))}")
    page.evaluate(WATCH)
    box.press("Enter")
    page.evaluate("window.shown")
    times = dict(page.evaluate("window.times"))
    parts = dict(page.evaluate(PARTS))
    return {"passage": times["passage"], "answer": times["answer"], **parts}


if __name__ == "__main__":
    main()
