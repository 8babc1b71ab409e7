import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.errors import Invalid, NotFound
from service.cli import cli
from service.database import FILE, Database
from service.keys import Keys


def keys(*arguments: str, data: Path) -> tuple[int, list[str], str]:
    ran = CliRunner().invoke(cli, ["keys", *arguments, "--data", str(data)])
    return ran.exit_code, ran.stdout.splitlines(), ran.stderr


def test_a_token_is_shown_once_and_never_stored(tmp_path: Path) -> None:
    code, [token], _ = keys("create", "Anna's laptop", "--scope", "ask", "--scope", "write", data=tmp_path)

    assert code == 0
    assert token.startswith("fn_")
    assert not any(token.encode() in file.read_bytes() for file in tmp_path.iterdir())
    found = Keys(Database(tmp_path, 5.0)).of(token)
    assert found is not None
    assert (found.name, sorted(found.scopes)) == ("Anna's laptop", ["ask", "write"])
    assert token not in "".join(keys("list", data=tmp_path)[1])


def test_a_key_asks_unless_said_otherwise(tmp_path: Path) -> None:
    token = keys("create", "chat", data=tmp_path)[1][0]

    found = Keys(Database(tmp_path, 5.0)).of(token)

    assert found is not None
    assert (sorted(found.scopes), found.rate, found.expires_at) == (["ask"], None, None)


def test_the_list_says_which_are_good(tmp_path: Path) -> None:
    keys("create", "first", "--rate", "60", "--expires", "2999-12", data=tmp_path)
    token = keys("create", "second", data=tmp_path)[1][0]
    keys("revoke", token.split("_")[1], data=tmp_path)

    lines = keys("list", data=tmp_path)[1]

    assert lines[0].split() == ["id", "state", "scopes", "rate", "good", "made", "name"]
    assert all(re.match(r"\d{4}-", line[lines[0].index("made") :]) for line in lines[1:])
    said = {line.split()[-1]: line.split() for line in lines[1:]}
    assert said["first"][1:8] == ["good", "ask", "60", "a", "minute", "before", "3000-01-01T00:00:00+00:00"]
    assert said["second"][1:3] == ["revoked", "ask"]


def test_a_part_of_a_token_or_a_changed_one_opens_nothing(tmp_path: Path) -> None:
    some = Keys(Database(tmp_path, 5.0))
    key, token = some.create("anna", frozenset({"ask"}))

    assert some.of(token) == key
    assert [some.of(wrong) for wrong in (token[:-1], token + "x", f"fn_{key.id}", key.id, "", "fn__", "\ud800")] == [
        None
    ] * 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "x", "--scope", "everything"], "--scope: 'everything' is none of ask, write, admin"),
        (["create", "x", "--expires", "2020-01-01"], "--expires: 2020-01-01 has passed"),
        (["create", "x", "--expires", "soon"], "soon"),
        (["revoke", "0a0a"], "no key has the id '0a0a'"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(cli, ["keys", *arguments, "--data", str(tmp_path)])

    assert isinstance(ran.exception, (Invalid, NotFound))
    assert said in str(ran.exception)
    assert not (tmp_path / FILE).exists()


def test_looking_makes_no_file(tmp_path: Path) -> None:
    some = Keys(Database(tmp_path / "data", 5.0))

    assert (some.all(), some.of("fn_00000000_x")) == ([], None)
    assert list(tmp_path.iterdir()) == []


def test_what_another_process_makes_and_revokes_counts_at_once(tmp_path: Path) -> None:
    here, there = Keys(Database(tmp_path, 5.0)), Keys(Database(tmp_path, 5.0))
    key, token = there.create("anna", frozenset({"ask"}), expires=datetime.now(UTC) + timedelta(days=1))
    assert here.of(token) == key

    there.revoke(key.id)

    found = here.of(token)
    assert found is not None
    assert not found.is_good(datetime.now(UTC))


def test_the_digest_alone_is_kept(tmp_path: Path) -> None:
    _, token = Keys(Database(tmp_path, 5.0)).create("anna", frozenset({"ask"}))

    [(digest,)] = sqlite3.connect(tmp_path / FILE).execute("SELECT digest FROM keys").fetchall()

    assert len(digest) == 32
    assert digest != token.encode()
