"""A service whose clock can be set while it runs: run by `test_clock`, under libfaketime.

$ python -m tests.clocked FOLDER PORT
"""

import sys
from pathlib import Path

from service import opening
from service.serving import run
from service.settings import Settings
from tests.fakes import WordEncoder


def main() -> None:
    vars(opening)["encoder"] = lambda _: WordEncoder()
    run(Settings(data=Path(sys.argv[1]), port=int(sys.argv[2]), reader_ms=0, api_key="root"))


if __name__ == "__main__":
    main()
