"""Is what a publisher repeats found for what it is, and nothing of the stories?

``python benchmarks/boilerplate.py ARTICLES.jsonl [--stories N]`` cuts the articles into stories of four paragraphs,
gives them to three publishers with the furniture of their pages in the text itself, adds what only looks like furniture
(reprints, corrections, a quotation and a standing headline in many stories), and prints which paragraphs of furniture
were found, and what of the stories was taken for it. Then it asks for the furniture: no answer may come from it.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from index.embedding import open_encoder
from index.folder import Index
from index.prepare import prepare
from index.rebuild import open_index
from index.records import Article
from index.repetition import marked
from index.search import Question, search

NAMES = ("Anna Ruiz", "John Okafor", "Mei Lin", "Sven Dahl", "Ines Costa")
TOPICS = ("Politics", "Science", "Money", "Culture")
QUOTE = "“The bridge was closed because nobody had paid for its repair,” the minister said."
HEADLINE = "What happens next"
CLOSING = "Reporters asked the office for an interview several times."

Furniture = Callable[[int], list[str]]


def _herald(i: int) -> list[str]:
    name, topic = NAMES[i % 5], TOPICS[i % 4]
    return [
        f"Sign up to {name.split()[0]}’s {topic} briefing: join {12_000 + 37 * i:,} readers who start their day so.",
        f"{name} is a senior correspondent for the Morning Herald.",
        "The Morning Herald keeps its stories free for everyone, thanks to people like you.",
        "Have a tip? Write to us at tips@example.com.",
    ]


def _gazette(i: int) -> list[str]:
    return [
        f"This story first appeared in the print edition of {1 + i % 28} March.",
        "Download our app to read the Gazette wherever you are, and never miss a story.",
        f"Photo by {NAMES[i % 5]} for the Gazette",
        "Gazette Weekend",
        "Independent since 1911. Owned by nobody but those who work here.",
    ]


def _wire(i: int) -> list[str]:
    return [
        f"Reporting by {NAMES[i % 5]}; editing by {NAMES[(i + 2) % 5]}",
        "Wire Standards: Trust and Accuracy",
        "What do you think? Tell us in the comments section.",
    ]


PUBLISHERS: dict[str, Furniture] = {"The Morning Herald": _herald, "City Gazette": _gazette, "Northern Wire": _wire}
ASKED = (
    "How many readers start their day with the Politics briefing?",
    "Where can I send a tip to the Herald?",
    "Who is a senior correspondent for the Morning Herald?",
    "How can I read the Gazette wherever I am?",
    "Since when has the Gazette been independent?",
    "Where can I tell you what I think?",
)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("articles", type=Path)
    arguments.add_argument("--stories", type=int, default=36)
    asked = arguments.parse_args()
    random.seed(0)
    stories = _stories(asked.articles, asked.stories)
    made = [_furnished(i, story) for i, story in enumerate(stories)] + _alike(stories)
    furniture = {(article.id, part) for article, parts in made for part in parts}
    random.shuffle(made)
    articles = [article for article, _ in made]
    with TemporaryDirectory() as folder, closing(open_index(Path(folder), open_encoder())) as index:
        for start in range(0, len(articles), 10):
            index.put(prepare(articles[start : start + 10], index.encoder))
        _told(index, articles, furniture)
        _answers(index, furniture)


def _stories(path: Path, count: int) -> list[list[str]]:
    """Stories of four paragraphs, no two of one article's neighbouring ones."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    cut = [[p for p in line["text"].split("\n\n") if len(p) > 80] for line in lines]
    found = [parts[i : i + 4] for parts in cut for i in range(0, len(parts) - 3, 8)]
    return random.sample(found, count)


def _furnished(number: int, story: Sequence[str]) -> tuple[Article, list[str]]:
    source, furniture = [*PUBLISHERS.items()][number % 3]
    parts, lines = furniture(number), [*story]
    if number % 4 == 0:
        lines.insert(2, QUOTE)
    if number % 4 == 1:
        lines.insert(2, HEADLINE)
    if number % 9 == 0:
        lines.append(CLOSING)
    within = parts[:1] if number % 2 else []
    text = "\n\n".join([*lines[:2], *within, *lines[2:], *parts[len(within) :]])
    title = " ".join(story[0].split()[:8])
    return Article(f"{source}/{number}", title, text, source=source, published_at="2024-03-01"), parts


def _alike(stories: Sequence[Sequence[str]]) -> list[tuple[Article, list[str]]]:
    """Five versions of one story and four reprints of another, each with a sentence of its own."""
    versions = [(f"version/{i}", [f"Update {i}. {NAMES[i]} was there.", *stories[0][: 2 + i % 3]]) for i in range(5)]
    reprints = [
        (f"reprint/{i}", [f"From our partners in {TOPICS[i]}: {NAMES[i]} reports.", *stories[1]]) for i in range(4)
    ]
    return [
        (Article(id, f"Again {id}", "\n\n".join(said), source="Northern Wire"), []) for id, said in versions + reprints
    ]


def _told(index: Index, articles: Sequence[Article], furniture: set[tuple[str, str]]) -> None:
    taken = {(article.id, said) for article in articles for said in _taken(index, article)}
    found = {(id, part) for id, part in furniture if any(i == id and part in said for i, said in taken)}
    wrong = {(id, said) for id, said in taken if not any(i == id and said in part for i, part in furniture)}
    missed = Counter(part for _, part in furniture - found)
    print(f"{len(articles)} articles with {len(furniture)} paragraphs of furniture: {len(found)} found, ", end="")
    print(f"{len(furniture - found)} missed; {len(wrong)} paragraphs of stories wrongly taken for it")
    for said, count in missed.most_common(10):
        print(f"  missed {count} times: {said}")
    for id, said in sorted(wrong):
        print(f"  wrong, {id}: {said}")


def _taken(index: Index, article: Article) -> list[str]:
    """What of an article no question finds: what stands in no passage, and the marked sentences of those."""
    with index.read_any() as snapshot:
        current = snapshot.current(article.id)
        assert current is not None
        units = snapshot.repeats.units(current.version)
        furniture = snapshot.repeats.furniture_in(current.version)
    spans = [unit.span for unit in units if unit.part == "furniture"]
    return [span.of(article.text) for span in (*spans, *marked(units, furniture))]


def _answers(index: Index, furniture: set[tuple[str, str]]) -> None:
    parts = {part for _, part in furniture}
    for question in ASKED:
        hits = search(index, Question(question)).hits
        said = [span.of(hit.article.text) for hit in hits for span in hit.highlights]
        poor = [one for one in said if any(one in part for part in parts)]
        print(f"{question}  {'from furniture: ' + poor[0] if poor else 'not from furniture'}")


if __name__ == "__main__":
    main()
