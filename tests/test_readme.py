"""The README shows what is true."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.discovery import find
from index.embedding import open_encoder
from index.ingest import ingest
from index.readers import Limits
from index.rebuild import open_index
from service.cli import cli
from service.settings import Settings
from tests.test_packaging import QUESTION, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_every_setting_is_in_its_table() -> None:
    rows = re.findall(r"^\| `FOOTNOTE_(\w+)` \| (.*?) \| (.*?) \|$", SETTINGS, re.MULTILINE)

    assert {name.lower(): (default, description) for name, default, description in rows} == {
        name: (_shown(field.default), field.description) for name, field in Settings.model_fields.items()
    }


def _shown(default: object) -> str:
    if default is None or default == ():
        return ""
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def test_every_command_that_it_shows_is_one() -> None:
    shown = {shlex.split(line, comments=True)[1] for line in README.splitlines() if "bin/footnote " in line}
    shown -= {"footnote"}
    listed = CliRunner().invoke(cli, ["--help"]).output

    assert {"ingest", "ask", "serve", "eval", "reindex"} <= shown
    assert all(f"  {command} " in listed for command in shown)


def test_every_make_target_that_it_names_is_one() -> None:
    targets = set(re.findall(r"`?make ([a-z-]+)", README)) - {"and"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert {"run", "test", "install", "image"} <= targets
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()


@pytest.mark.slow
def test_its_question_has_its_answer(tmp_path: Path) -> None:
    index = open_index(tmp_path, open_encoder())
    ingest(index, find([ROOT / "seeds"]), Limits())
    index.close()

    answer = CliRunner().invoke(cli, ["ask", "--data", str(tmp_path), QUESTION]).output

    block = README[README.index("Blinken is anticipated") : README.index("    …\n")]
    assert answer.startswith(block)
