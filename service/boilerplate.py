"""What was taken for boilerplate, as it is shown."""

from collections.abc import Iterable
from itertools import groupby

from index.store import Boilerplate
from service.schemas import BoilerplateReply, SourceBoilerplate, Taken
from service.terminal import inert


def listed(found: Iterable[Boilerplate]) -> BoilerplateReply:
    """By publisher, in the order found, which keeps a publisher's together."""
    groups = groupby(found, lambda one: one.publisher.casefold())
    return BoilerplateReply(sources=[_source([*group]) for _, group in groups])


def _source(found: list[Boilerplate]) -> SourceBoilerplate:
    taken = [Taken(text=one.text, articles=one.articles, example=one.example, by=one.by) for one in found]
    return SourceBoilerplate(source=found[0].publisher or None, paragraphs=taken)


def table(reply: BoilerplateReply) -> str:
    """A line a publisher, and under it a row a paragraph."""
    return "\n".join(line for one in reply.sources for line in _lines(one))


def _lines(one: SourceBoilerplate) -> Iterable[str]:
    yield inert(one.source or "(no publisher)")
    for taken in one.paragraphs:
        articles = f"{taken.articles} article{'' if taken.articles == 1 else 's'}"
        yield f"  {articles:>13}  {taken.by:10}  {inert(' '.join(taken.text.split()))}  [{inert(taken.example)}]"
