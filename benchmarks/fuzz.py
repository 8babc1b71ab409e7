"""Every reader and every chat payload, fuzzed by coverage (atheris) from good examples.

    $ make fuzz MINUTES=2

takes so many minutes for each. A finding is an error that nobody foresaw in our own lines, what takes longer than ten
seconds or more than two gigabytes, and a reader's article that no ingest would take. What found it lies in build/fuzz.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path("build/fuzz")
LONGEST_SECONDS, MOST_MEMORY, LONGEST_INPUT = 10, 2048, 65536  # megabytes, bytes
DONE = re.compile(r"Done (\d+) (?:runs )?in")
COUNTED = re.compile(r"^#(\d+)", re.MULTILINE)


def fuzzed(name: str, seconds: int) -> tuple[int, int, str]:
    """How often it was run, how many findings there are (0 or 1: the first ends it), and what was told."""
    from benchmarks import fuzz_targets

    corpus = FOLDER / name.lstrip(".")
    corpus.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(fuzz_targets.target(name).examples()):
        (corpus / f"example-{number}").write_bytes(example)
    command = [sys.executable, "-X", "faulthandler", "-m", "benchmarks.fuzz", "--one", name, "--seconds", str(seconds)]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    told = ran.stdout + ran.stderr
    counted = DONE.findall(told) or COUNTED.findall(told) or ["0"]
    return int(counted[-1]), int(ran.returncode != 0), told


def run_one(name: str, seconds: int) -> None:
    """Never returns."""
    import atheris

    # What is imported from here on tells which of its lines ran.
    with atheris.instrument_imports(include=["index", "service"]):
        from benchmarks import fuzz_targets

    corpus = FOLDER / name.lstrip(".")
    found = FOLDER / f"found-{name.lstrip('.')}-"
    target = fuzz_targets.target(name)
    bounds = [f"-max_total_time={seconds}", f"-timeout={LONGEST_SECONDS}", f"-rss_limit_mb={MOST_MEMORY}"]
    bounds += [f"-max_len={LONGEST_INPUT}", f"-artifact_prefix={found}"]
    atheris.Setup([sys.argv[0], *bounds, str(corpus)], target.run)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="which; all by default")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--one")
    parser.add_argument("--seconds", type=int)
    given = parser.parse_args()
    if given.one:
        run_one(given.one, given.seconds)
    from benchmarks.fuzz_targets import names

    failed = False
    print(f"{'what':<12}{'runs':>12}{'findings':>10}")
    for name in given.names or names():
        runs, findings, told = fuzzed(name, round(60 * given.minutes))
        print(f"{name:<12}{runs:>12,}{findings:>10}", flush=True)
        failed = failed or bool(findings)
        if findings:
            print(told[-3000:], file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
