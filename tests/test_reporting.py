from collections.abc import Callable, Generator
from threading import get_ident

import pytest

from service.reporting import reported


def whole(steps: Generator[int, None, str]) -> tuple[list[int], str]:
    told: list[int] = []
    try:
        while True:
            told.append(next(steps))
    except StopIteration as end:
        return told, end.value


def test_reports_come_in_order_and_the_result_last() -> None:
    def work(tell: Callable[[int], None]) -> str:
        for number in range(3):
            tell(number)
        return "done"

    assert whole(reported(work)) == ([0, 1, 2], "done")


def test_work_goes_on_while_nobody_reads() -> None:
    ran: list[int] = []

    def work(tell: Callable[[int], None]) -> str:
        tell(1)
        ran.append(get_ident())
        return "done"

    steps = reported(work)
    assert next(steps) == 1
    steps.close()

    assert ran != [get_ident()]


def test_a_fault_comes_out_where_the_result_would() -> None:
    def work(tell: Callable[[int], None]) -> str:
        tell(1)
        raise ZeroDivisionError("no")

    steps = reported(work)

    assert next(steps) == 1
    with pytest.raises(ZeroDivisionError, match="no"):
        next(steps)
