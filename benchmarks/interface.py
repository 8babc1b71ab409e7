"""Every operation of the OpenAPI document, asked for with what fits it and what does not, by schemathesis.

    $ make interface EXAMPLES=200

A small archive is served; each reply must have a status, a content type and a form that the document names, and none is
a fault of the service.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.worlds import TRIP, listening

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def examined(examples: int, phases: str = "examples,coverage,fuzzing,stateful") -> tuple[bool, str]:
    """Whether all went as it should, with up to so many examples an operation, and what schemathesis told."""
    with TemporaryDirectory() as name, listening(Path(name) / "data", TRIP, rate=0, max_body_bytes=2**20) as url:
        bounds = ["--phases", phases, "--checks", ",".join(CHECKS), "--max-examples", str(examples)]
        told = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", *bounds, "--continue-on-failure"],
            cwd=name,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
    return told.returncode == 0, told.stdout + told.stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=100)
    is_good, told = examined(parser.parse_args().examples)
    print(told)
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
