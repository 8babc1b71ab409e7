"""What a service in a container must be able to do, whatever was left out of its image: asked for by its address and by
its command line. Of the standard library alone, like all that builds and judges the image.
"""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from typing import Any
from zipfile import ZipFile

Command = Callable[..., str]
Expect = Callable[[bool, str], None]
QUESTION = "why was the February trip cancelled?"
DONE_WITHIN = 60
WORD = "http://schemas.openxmlformats.org"
STORY = "The harbour master of {0} counted {1} barges on Monday. Nobody had counted them before."
HTML = "<!doctype html><html lang=en><title>{0}</title><main><article><h1>{0}</h1><p>{1}</p></article></main></html>"
WRITTEN = "The trip was put off after a Chinese spy balloon was shot down. [1]"


def perform(address: str, key: str, footnote: Command, expect: Expect, backends: Sequence[str]) -> None:
    """``footnote`` runs the command in the container, with settings by keyword, and gives what it prints."""
    _answers_by_command(footnote, expect, backends)
    _reads_files(address, key, expect)
    _talks(address, key, expect)
    with elsewhere() as site:
        _reads_feeds(site, footnote, expect)
        _has_answers_written(site, footnote, expect)
    _keeps(footnote, expect)


def _answers_by_command(footnote: Command, expect: Expect, backends: Sequence[str]) -> None:
    expect(footnote("--version").startswith("footnote "), "the command tells its version")
    expect("[1]" in footnote("ask", QUESTION), "and answers in words")
    for backend in backends:
        said = json.loads(footnote("ask", "--json", QUESTION, BACKEND=backend))
        expect("balloon" in said["answer"]["text"], f"computed in {backend} the answer is there, read with care")


def _reads_files(address: str, key: str, expect: Expect) -> None:
    files = {f"{town}.{kind}": made(town, number) for kind, town, number, made in FILES}
    job = _called(address, "/v1/articles", key, *_form(files))
    deadline = time.monotonic() + DONE_WITHIN
    while job["state"] in ("waiting", "running") and time.monotonic() < deadline:
        time.sleep(0.2)
        job = _called(address, f"/v1/jobs/{job['id']}", key)
    expect((job["state"], job["added"]) == ("done", len(FILES)), f"files of these kinds are read: {', '.join(files)}")
    for _, town, number, _ in FILES:
        said = _asked(address, key, "/v1/ask", question=f"How many barges did the harbour master of {town} count?")
        expect(str(number) in said["passages"][0]["text"], f"what {town} has to say is found")


def _talks(address: str, key: str, expect: Expect) -> None:
    pages = {"/": "<form", "/keep": "<form", "/widget.js": "footnote-ask", "/openapi.json": "/v1/ask"}
    for path, holds in pages.items():
        expect(holds in _sent(address, path, key), f"{path} is served")
    message = {"role": "user", "content": QUESTION}
    chat = _asked(address, key, "/v1/chat/completions", model="footnote", messages=[message])
    expect("balloon" in chat["choices"][0]["message"]["content"], "a client of OpenAI's interface is answered")
    listed = _sent(address, "/mcp", key, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode())
    expect('"tools"' in listed, "an assistant is told of its tools by the Model Context Protocol")


def _reads_feeds(site: str, footnote: Command, expect: Expect) -> None:
    footnote("ingest", f"{site}/feed.xml", FETCH_NETWORKS="127.0.0.0/8", FETCH_PAUSE="0")
    said = json.loads(footnote("ask", "--json", "How many barges did the harbour master of Delft count?"))
    expect("444" in said["passages"][0]["text"], "the story behind a feed is read and found")


def _has_answers_written(site: str, footnote: Command, expect: Expect) -> None:
    said = json.loads(footnote("ask", "--json", QUESTION, LLM_URL=f"{site}/v1", LLM_MODEL="some"))
    expect(said["answer"]["writer"] == "model", f"a language model is asked to write: {said['answer']['text']!r}")


def _keeps(footnote: Command, expect: Expect) -> None:
    footnote("backup", "/tmp/kept.tar.gz")
    footnote("restore", "/tmp/kept.tar.gz", DATA="/tmp/again")
    expect("[1]" in footnote("ask", QUESTION, DATA="/tmp/again"), "a backup is restored and answers")
    footnote("check")
    expect(footnote("keys", "list").startswith("id "), "checksums hold, keys are listed")


@contextmanager
def elsewhere() -> Iterator[str]:
    """A site with a feed, which is a language model's endpoint too; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        link = f"http://{self.headers['Host']}/story"
        item = f"<item><title>Delft</title><link>{link}</link><guid>{link}</guid></item>"
        pages = {
            "/feed.xml": (
                "application/rss+xml",
                f"<rss version='2.0'><channel><title>Port</title>{item}</channel></rss>",
            ),
            "/story": ("text/html", HTML.format("Delft", STORY.format("Delft", 444))),
        }
        kind, text = pages.get(self.path, ("text/plain", ""))
        self._say(200 if text else 404, kind, text)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        piece = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "some"}
        choice = {"index": 0, "delta": {"role": "assistant", "content": WRITTEN}, "finish_reason": "stop"}
        self._say(200, "text/event-stream", f"data: {json.dumps({**piece, 'choices': [choice]})}\n\ndata: [DONE]\n\n")

    def _say(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


def _pdf(town: str, number: int) -> bytes:
    shown = f"BT /F1 12 Tf 40 700 Td ({STORY.format(town, number)}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number_of, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number_of, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, end)


def _docx(town: str, number: int) -> bytes:
    kinds = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{WORD}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kinds}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{WORD}/package/2006/relationships"><Relationship Id="a" '
        f'Type="{WORD}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{WORD}/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
        f"{STORY.format(town, number)}</w:t></w:r></w:p></w:body></w:document>",
    }
    made = BytesIO()
    with ZipFile(made, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return made.getvalue()


def _html(town: str, number: int) -> bytes:
    return HTML.format(town, STORY.format(town, number)).encode()


FILES = (("pdf", "Antwerp", 111, _pdf), ("docx", "Bremen", 222, _docx), ("html", "Calais", 333, _html))


def _form(files: dict[str, bytes]) -> tuple[bytes, str]:
    """A multipart body and its type."""
    edge = "what-no-file-holds"
    head = '--{}\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n'
    parts = [head.format(edge, name).encode() + content + b"\r\n" for name, content in files.items()]
    return b"".join(parts) + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def _asked(address: str, key: str, path: str, **body: object) -> Any:
    return _called(address, path, key, json.dumps(body).encode())


def _called(address: str, path: str, key: str, body: bytes | None = None, kind: str = "application/json") -> Any:
    return json.loads(_sent(address, path, key, body, kind))


def _sent(address: str, path: str, key: str, body: bytes | None = None, kind: str = "application/json") -> str:
    accepted = "application/json, text/event-stream, text/html"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind, "Accept": accepted}
    with urllib.request.urlopen(urllib.request.Request(address + path, body, headers), timeout=60) as reply:
        text: str = reply.read().decode()
        return text
