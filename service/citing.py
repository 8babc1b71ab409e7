"""An article's words with where they stand: heads, links, quotes, and a citation by its name."""

from bisect import bisect_right
from urllib.parse import quote

from index.errors import FolderDamaged
from index.records import Article, Passage, Span
from index.search import Hit
from index.whereabouts import Citation, Whereabouts
from service.schemas import ArticleHead, CitationReply, PassageReply, Quote, QuoteNow


def cite(citation: Citation, origin: str) -> CitationReply:
    article, passage = citation.article, citation.passage
    return CitationReply(
        id=passage.id(article),
        current=citation.current,
        state=citation.state,
        **quoted(article, passage.span).model_dump(),
        side_story=passage.side_story,
        page=page_at(article, passage.span.start),
        article=head(article, passage),
        link=link(article, origin),
        now=citation.now and _now(citation.now, passage, origin),
    )


def _now(now: Whereabouts, cited: Passage, origin: str) -> QuoteNow:
    article = now.article
    return QuoteNow(
        **quoted(article, now.span).model_dump(),
        passage=now.passage and now.passage.id(article),
        page=page_at(article, now.span.start),
        article=head(article, now.passage or cited),
        link=link(article, origin),
    )


def passage_reply(number: int, hit: Hit, origin: str) -> PassageReply:
    article, passage = hit.article, hit.passage
    return PassageReply(
        citation=number,
        id=hit.id,
        score=hit.score,
        **quoted(article, passage.span).model_dump(),
        side_story=passage.side_story,
        page=page_at(article, passage.span.start),
        highlights=[quoted(article, highlight) for highlight in hit.highlights],
        also_in=[head(other, passage) for other in hit.also_in],
        article=head(article, passage),
        link=link(article, origin),
    )


def quoted(article: Article, span: Span) -> Quote:
    """What the article says there. Its text is read anew: a quote can't differ from what it quotes."""
    if not 0 <= span.start < span.end <= len(article.text):
        raise FolderDamaged(
            f"article {article.id!r} has no characters {span.start} to {span.end}: footnote reindex mends it"
        )
    return Quote(start=span.start, end=span.end, text=span.of(article.text))


def page_at(article: Article, at: int) -> int | None:
    """The number, from 1, of the page on which a character stands, by ``metadata.pages``; None where there are none."""
    starts = article.metadata.get("pages")
    if not isinstance(starts, list) or not starts or not all(type(start) is int for start in starts):
        return None
    return bisect_right(starts, at) if starts[0] <= at and starts == sorted(starts) else None


def head(article: Article, passage: Passage) -> ArticleHead:
    """A side story stands in the same file, but the article's date is not its own."""
    return ArticleHead(
        id=article.id,
        title=article.title,
        source=article.source,
        author=article.author,
        url=article.url,
        published_at=None if passage.side_story else article.published_at,
        date_basis=None if passage.side_story else article.date_basis,
        sha256=article.sha256,
    )


def link(article: Article, origin: str) -> str:
    """Where a reader can check: the article at its publisher, else its page here."""
    return article.url if article.url and is_web_address(article.url) else origin + page_path(article.id)


def is_web_address(url: str | None) -> bool:
    """Articles are hostile: javascript: and the like must never become a link."""
    return url is not None and url.startswith(("https://", "http://"))


def page_path(id: str) -> str:
    return f"/articles/{quote(id)}"
