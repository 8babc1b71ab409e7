"""Replied of articles, one by one and counted, and of what was cited of them."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from service.schemas.answers import ArticleHead, Quote


class ArticleAbout(ArticleHead):
    updated_at: str | None
    language: str | None
    tags: list[str]
    metadata: dict[str, Any]


class ArticleListed(ArticleAbout):
    damaged: bool = Field(False, description="the disk has changed it: its id alone is said, as far as that is whole")


class ArticleReply(ArticleAbout):
    text: str


class ArticlesReply(BaseModel):
    articles: list[ArticleListed]
    next: str | None = Field(description="the `cursor` of the next page; null on the last")


class Bucket(BaseModel):
    """A day, month or year in which articles were published; by the first day of a date that leaves several open."""

    period: str = Field(description="ISO 8601, fit for `published_after` and `published_before`", examples=["2023-06"])
    articles: int


class Counted(BaseModel):
    name: str
    articles: int


class OverviewReply(BaseModel):
    """What the archive holds, counted.

    Each count but `articles` is of what would be there with other values of its own filter: `buckets` and `undated`
    whatever the dates asked for, `sources` whatever the publishers, `tags` whatever the tags.
    """

    articles: int = Field(description="how many the filters let through")
    unit: Literal["day", "month", "year"] = Field(description="what a bucket is, by how long the archive reaches")
    first: str | None = Field(
        description="the archive's first bucket, whatever the filters; null where nothing is dated"
    )
    last: str | None = Field(description="its last")
    buckets: list[Bucket] = Field(description="those that are not empty, in order")
    undated: int = Field(description="how many articles have no date: every date filter leaves them out")
    sources: list[Counted] = Field(description="publishers, those with the most articles first")
    tags: list[Counted] = Field(description="those on the most articles first")


class QuoteNow(Quote):
    """A quote from the text that the cited article has now."""

    passage: str | None = Field(description="the id of the passage that stands there; null if none is searched there")
    page: int | None = Field(None, description="the page on which it begins, if the article has pages")
    article: ArticleHead
    link: str


class CitationReply(BaseModel):
    """A passage by its name, as long as its article is kept: as it was cited, and what its article says now."""

    id: str
    current: bool = Field(description="whether the article still holds this very text")
    state: Literal["stands", "moved", "superseded"] = Field(
        description="whether the article now has the same words in the same place, elsewhere, or no longer"
    )
    text: str
    start: int
    end: int
    side_story: bool
    page: int | None = Field(None, description="the page on which it began, if its article has pages, as a PDF has")
    article: ArticleHead
    link: str
    now: QuoteNow | None = Field(
        description="where the words stand now; if they are superseded, what took their place, null if nothing did"
    )
