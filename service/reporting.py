"""Work that reports on its way, as a generator of its reports that returns its result."""

from collections.abc import Callable, Generator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

Report = TypeVar("Report")
Result = TypeVar("Result")


def reported(work: Callable[[Callable[[Report], None]], Result]) -> Generator[Report, None, Result]:
    """``work`` runs in a thread of its own, so that nobody who reads slowly holds it up; raises what it raises."""
    reports: SimpleQueue[Report | Future[Result]] = SimpleQueue()
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(work(reports.put))
        # It belongs to whoever waits for the result.
        except BaseException as fault:  # noqa: BLE001
            done.set_exception(fault)
        reports.put(done)

    Thread(target=run, daemon=True).start()
    while not isinstance(report := reports.get(), Future):
        yield report
    return done.result()
