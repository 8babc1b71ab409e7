"""The index held against a plain dictionary of what it must hold."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index.errors import NotFound
from index.ingest import put
from index.prepare import prepare
from index.rebuild import reindex
from tests.archive import ENCODER, article, assert_whole, opened, texts

IDS = st.sampled_from(["a", "b", "c/d", "é"])
WORDS = st.lists(st.sampled_from(["balloon", "geese", "\U0001f388", "e\u0301tat", "\u05d0\u05d1", "ship"]), min_size=1)
TEXTS = st.lists(WORDS.map(" ".join), min_size=1, max_size=4).map("\r\n\r\n# Heading\r\n\r\n".join)


class IndexMachine(RuleBasedStateMachine):
    """Every rule is a write, or something that must change nothing."""

    @initialize()
    def begin(self) -> None:
        self.path = Path(tempfile.mkdtemp())
        self.index = opened(self.path)
        self.held: dict[str, str] = {}

    @rule(id=IDS, text=TEXTS)
    def put(self, id: str, text: str) -> None:
        expected = "added" if id not in self.held else "unchanged" if self.held[id] == text else "replaced"
        assert put(self.index, article(id, text)) == expected
        self.held[id] = text

    @rule(batch=st.dictionaries(IDS, TEXTS, min_size=2))
    def put_several(self, batch: dict[str, str]) -> None:
        self.index.put(prepare([article(id, text) for id, text in batch.items()], ENCODER))
        self.held |= batch

    @rule(id=IDS)
    def delete(self, id: str) -> None:
        if self.held.pop(id, None) is None:
            with pytest.raises(NotFound):
                self.index.delete(id)
        else:
            self.index.delete(id)

    @rule()
    def fail(self) -> None:
        with pytest.raises(ZeroDivisionError):
            self._delete_all_and_fail()

    def _delete_all_and_fail(self) -> None:
        with self.index.write() as transaction:
            generation = transaction.generation() + 1
            for id in self.held:
                transaction.remove_passages(transaction.all_passages_of(id), generation)
                transaction.delete(id)
            self.index.derived.write_words(transaction, transaction.edition(), (), generation)
            raise ZeroDivisionError

    @rule()
    def reopen(self) -> None:
        self.index.close()
        self.index = opened(self.path)

    @rule(part=st.sampled_from(["vectors", "words"]), keep=st.booleans())
    def damage(self, part: str, keep: bool) -> None:
        self.index.close()
        for file in sorted(path for path in (self.path / part).rglob("*") if path.is_file()):
            if keep:
                file.write_bytes(file.read_bytes()[:-1])
            else:
                file.unlink()
        self.index = opened(self.path)

    @rule()
    def reindex(self) -> None:
        reindex(self.path, ENCODER)

    @invariant()
    def holds_what_it_must(self) -> None:
        assert texts(self.index) == self.held
        assert_whole(self.index)

    def teardown(self) -> None:
        self.index.close()
        shutil.rmtree(self.path)


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(
    max_examples=int(os.environ.get("FOOTNOTE_HISTORIES", "6")),
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # Every step writes to the disk: making a failure smaller would take many minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
