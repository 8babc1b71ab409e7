"""The whole service against a plain model of what must be found, through whatever is done to it in whatever order.

FOOTNOTE_STATES=300 for a long look.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from index.discovery import find, still_there, whole
from index.ingest import ingest
from index.readers import Limits
from index.rebuild import reindex
from index.records import Filters
from service.app import create_app
from service.settings import Settings
from tests.archive import ENCODER, opened
from tests.test_repetition import BOX, STORIES
from tests.worlds import LOOPBACK

EXAMPLES = int(os.environ.get("FOOTNOTE_STATES", "3"))
STEPS = 20
IDS = [f"story{n}" for n in range(len(STORIES))]
SOURCES = ["Herald", "Gazette"]
# Three stories of one publisher with it, and it is found no more.
REPEATED = 3
CALL = BOX.format("Ann", 5)

ids, sources = st.sampled_from(IDS), st.sampled_from(SOURCES)


@dataclass(frozen=True)
class Said:
    """What the archive should say under an id: its text, its publisher, the word that only this text has."""

    text: str
    word: str
    source: str | None = None
    boxed: bool = False
    file: bool = False


@dataclass(frozen=True)
class Seen:
    """Words that were cited, and the text that they are of."""

    article: str
    of: str
    quote: str


class Archive(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.data, self.folder = self.root / "data", self.root / "files"
        self.folder.mkdir()
        self.now: dict[str, Said] = {}
        self.texts: dict[str, set[str]] = {id: set() for id in IDS}
        self.gone: list[str] = []
        self.cited: dict[str, Seen] = {}
        self.kept: dict[str, list[Seen]] = {}
        self.made = 0
        self.open()

    def open(self) -> None:
        self.running = ExitStack()
        self.index = opened(self.data)
        self.running.callback(self.index.close)
        app = create_app(Settings(data=self.data, threshold=0, rate=0), self.index)
        self.client = self.running.enter_context(TestClient(app, **LOOPBACK))

    def teardown(self) -> None:
        self.running.close()
        shutil.rmtree(self.root)

    def story(self, id: str, source: str | None = None, boxed: bool = False, file: bool = False) -> Said:
        self.made += 1
        word = "k" + hashlib.sha256(str(self.made).encode()).hexdigest()[:8]
        text = f"Our report {word} tells the rest.\n\n{STORIES[IDS.index(id)]}"
        return Said(f"{text}\n\nAdvertisement\n\n{CALL}" if boxed else text, word, source, boxed, file)

    def told(self, id: str, said: Said) -> None:
        before = self.now.get(id)
        if before and before != said:
            self.gone.append(before.word)
        self.now[id] = said
        self.texts[id].add(said.text)

    def forgotten(self, id: str) -> None:
        self.gone.append(self.now.pop(id).word)
        self.texts[id].clear()

    def fields(self, id: str, said: Said) -> dict[str, Any]:
        return {"title": id, "text": said.text} | ({"source": said.source} if said.source else {})

    def ask(self, question: str, **more: Any) -> dict[str, Any]:
        reply = self.client.post("/v1/ask", json={"question": question, "top_k": 50, **more})
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        for passage in found["passages"]:
            text = self.now[passage["article"]["id"]].text
            assert text[passage["start"] : passage["end"]] == passage["text"]
        return found

    @rule(id=ids, source=sources, boxed=st.booleans())
    def put(self, id: str, source: str, boxed: bool) -> None:
        said = self.story(id, source, boxed)
        reply = self.client.put(f"/v1/articles/{id}", json=self.fields(id, said))
        assert reply.json()["outcome"] == ("replaced" if id in self.now else "added")
        self.told(id, said)

    @rule(ids=st.lists(ids, min_size=2, max_size=4, unique=True), source=sources)
    def put_several_with_a_box(self, ids: list[str], source: str) -> None:
        for id in ids:
            self.put(id, source, True)

    @precondition(lambda self: any(not said.file for said in self.now.values()))
    @rule(data=st.data())
    def put_again(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(id for id, said in self.now.items() if not said.file)))
        reply = self.client.put(f"/v1/articles/{id}", json=self.fields(id, self.now[id]))
        assert (reply.status_code, reply.json()["outcome"]) == (200, "unchanged")

    @rule(id=ids)
    def delete(self, id: str) -> None:
        status = self.client.delete(f"/v1/articles/{id}").status_code
        assert status == (204 if id in self.now else 404)
        if id in self.now:
            self.forgotten(id)

    @rule(source=sources)
    def forget(self, source: str) -> None:
        chosen = sorted(id for id, said in self.now.items() if said.source == source)
        assert sorted(self.index.delete_chosen(Filters(source=(source,)))) == chosen
        for id in chosen:
            self.forgotten(id)

    @rule(ids=st.lists(ids, min_size=1, max_size=3, unique=True), source=sources)
    def bring(self, ids: list[str], source: str) -> None:
        stories = {id: self.story(id, source) for id in ids}
        lines = [json.dumps({"id": id, **self.fields(id, said)}) for id, said in stories.items()]
        kind = {"content-type": "application/x-ndjson"}
        reply = self.client.post("/v1/articles", content="\n".join(lines), headers=kind)
        assert reply.status_code == 202
        job, until = reply.json(), time.monotonic() + 60
        while job["state"] in ("waiting", "running") and time.monotonic() < until:
            time.sleep(0.02)
            job = self.client.get(reply.headers["location"]).json()
        replaced = sum(id in self.now for id in ids)
        assert (job["state"], job["replaced"], job["added"]) == ("done", replaced, len(ids) - replaced)
        for id, said in stories.items():
            self.told(id, said)

    @rule(id=ids)
    def edit_a_file(self, id: str) -> None:
        (self.folder / f"{id}.txt").write_text(self.story(id, file=True).text)

    @rule(id=ids)
    def remove_a_file(self, id: str) -> None:
        (self.folder / f"{id}.txt").unlink(missing_ok=True)

    @rule(prune=st.booleans())
    def ingest(self, prune: bool) -> None:
        summary = ingest(self.index, find([self.folder]), Limits())
        assert summary.rejected == []
        files = {path.stem: path.read_text() for path in self.folder.iterdir()}
        for id, text in files.items():
            self.told(id, Said(text, text.split()[2], file=True))
        # An empty folder may be one that is not mounted: nothing is forgotten for it.
        if prune and files:
            gone = sorted(id for id, said in self.now.items() if said.file and id not in files)
            assert sorted(self.index.prune(whole(self.folder), still_there(self.folder)).articles) == gone
            for id in gone:
                self.forgotten(id)

    @rule()
    def make_anew(self) -> None:
        reindex(self.data, ENCODER)

    @rule()
    def restart(self) -> None:
        self.running.close()
        self.open()

    @precondition(lambda self: self.now)
    @rule(data=st.data())
    def keep(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.now)))
        made = self.client.post("/v1/answers", json={"question": f"what does report {self.now[id].word} tell?"}).json()
        said = made["reply"]["answer"]["sentences"]
        self.kept[f"/a/{made['id']}"] = [Seen(s["article"], self.now[s["article"]].text, s["text"]) for s in said]

    @invariant()
    def the_archive_holds_what_it_should(self) -> None:
        listed = self.client.get("/v1/articles").json()["articles"]
        held = {one["id"]: (one["source"], one["sha256"]) for one in listed}
        assert held == {
            id: (said.source, hashlib.sha256(said.text.encode()).hexdigest()) for id, said in self.now.items()
        }

    @invariant()
    def what_is_there_is_found_and_what_is_gone_is_not(self) -> None:
        for id, said in self.now.items():
            best = self.ask(said.word)["passages"][0]
            assert (best["article"]["id"], said.word in best["text"]) == (id, True)
            self.cited[best["id"]] = Seen(id, said.text, best["text"])
        if self.gone:
            assert not [p for p in self.ask(self.gone[-1])["passages"] if self.gone[-1] in p["text"]]

    @invariant()
    def what_one_publisher_repeats_is_not_found(self) -> None:
        boxes = [said.source for said in self.now.values() if said.boxed]
        found = {p["article"]["source"] for p in self.ask("who has a tip?")["passages"] if CALL in p["text"]}
        assert not found & {source for source in SOURCES if boxes.count(source) >= REPEATED}
        assert bool(found) == any(0 < boxes.count(source) < REPEATED for source in SOURCES)

    @invariant()
    def citations_say_what_became_of_them(self) -> None:
        for id, seen in self.cited.items():
            reply = self.client.get(f"/v1/citations/{id}")
            if seen.of not in self.texts[seen.article]:
                assert reply.status_code == 404
                continue
            cited, text = reply.json(), self.now[seen.article].text
            assert (cited["text"], cited["current"]) == (seen.quote, text == seen.of)
            assert cited["state"] == ("stands" if text == seen.of else "superseded")
            if cited["now"]:
                assert text[cited["now"]["start"] : cited["now"]["end"]] == cited["now"]["text"]

    @invariant()
    def answers_that_are_kept_show_no_words_of_what_is_deleted(self) -> None:
        for address, said in self.kept.items():
            page = self.client.get(address)
            assert page.status_code == 200
            shown = {seen: seen.quote in page.text for seen in said}
            assert shown == {seen: seen.of in self.texts[seen.article] for seen in said}


TestArchive = Archive.TestCase
TestArchive.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize="FOOTNOTE_STATES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
