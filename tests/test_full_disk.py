"""A segment on a disk that is full, at whatever moment: an error that can be told, never the end of the process."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

# In a name space of its own, so that what it mounts goes with it.
SCRIPT = """
import subprocess, sys
from pathlib import Path
import numpy as np
from index.vectors import Row, open_segment, write_segment

folder, rows = Path(sys.argv[1]), []
for n in range(1, 100):
    tokens = np.full((40, 48), n, np.uint8)
    rows.append(Row(n, np.full(64, 0.125, np.float32), np.full((5, 64), 0.125), tokens, np.zeros(40, np.int16)))
for free in range(16, 400, 24):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={free}k", "full", folder], check=True)
    try:
        write_segment(folder, "1", rows, 64)
        print("whole", open_segment(folder, "1", 64).tokens.sum(), flush=True)
    except OSError as error:
        print("full", "No space left on device" in str(error) or "written" in str(error), flush=True)
    subprocess.run(["umount", "--lazy", folder], check=True)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or which("unshare") is None, reason="only root may mount a disk"
)
def test_a_full_disk_is_an_error_and_never_ends_the_process(tmp_path: Path) -> None:
    command = ["unshare", "--mount", sys.executable, "-c", SCRIPT, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")
    said = run.stdout.splitlines()
    assert set(said) == {"full True", f"whole {sum(range(1, 100)) * 40 * 48}"}
    assert said.count("full True") >= 10
