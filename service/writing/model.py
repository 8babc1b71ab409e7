"""The answer in a language model's words, each sentence held to what it cites before it leaves."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from time import monotonic

from index import dates
from index.support import Held, Told, held, telling
from service.schemas import Answer, AskReply, Checked, PassageReply, Quote, Sentence
from service.settings import Settings
from service.writing.endpoint import Endpoint, Unanswered
from service.writing.prompting import messages, within
from service.writing.quotes import unsaid
from service.writing.sentences import Written, written
from service.writing.writer import Writing

logger = logging.getLogger(__name__)

# A model that goes on and on is not listened to any longer.
MOST_SENTENCES = 8
# What a model says that is this much like a sentence that answers gives way to it; else it is left out.
NEAR = 0.4
_ADDRESS = re.compile(
    r"://|www\.|\]\(|<\s*[/!?a-z]|\b(?:javascript|data|mailto):|\b[\w-]{2,}\.[a-z]{2,}\b(?![’'])", re.IGNORECASE
)


@dataclass(frozen=True)
class ModelWriter:
    """``seconds`` bound an answer, ``tokens`` what of the passages is given."""

    endpoint: Endpoint
    seconds: float
    tokens: int

    def __call__(self, reply: AskReply, quoted: Answer) -> Writing:
        """Each sentence once it is verified or repaired, then the answer.

        That is the quoted one where no sentence is left, and where the endpoint did not come to an end in time.
        """
        given = list(within(reply.passages, self.tokens))
        checks = Checks([one.passage for one in given])
        asked = messages(reply.understood_as, given)
        try:
            with closing(self.endpoint.write(asked, monotonic() + self.seconds)) as pieces:
                for sentence in islice(written(pieces), MOST_SENTENCES):
                    if checked := checks.check(sentence):
                        yield checked
        except Unanswered as fault:
            logger.warning("the language model gave no answer, so its quotes are: %s", fault)
            yield quoted
            return
        yield checks.answer(reply, quoted)


class Checks:
    """The sentences of an answer that stand so far, and what became of the others."""

    def __init__(self, passages: Sequence[PassageReply]) -> None:
        self._passages = {passage.citation: passage for passage in passages}
        self._told = {passage.citation: _told(passage) for passage in passages}
        self._counts: Counter[str] = Counter()
        self._sentences: list[Sentence] = []

    def check(self, said: Written) -> Sentence | None:
        """The sentence as it may leave; None if it may not, or if the answer has its like already."""
        sentence = self._checked(said)
        if sentence and any(_is_again(sentence, other) for other in self._sentences):
            return None
        self._counts[(sentence and sentence.status) or "dropped"] += 1
        if sentence:
            self._sentences.append(sentence)
        return sentence

    def _checked(self, said: Written) -> Sentence | None:
        cited = [number for number in said.cited if number in self._told] if said.cited else list(self._told)
        best = held(said.text, [self._told[number] for number in cited])
        if best is None:
            return None
        if best.supported and len(cited) >= len(said.cited) and not _ADDRESS.search(said.text):
            return self._verified(said, self._passages[cited[best.told]], best)
        return self._repaired(said, [self._passages[number] for number in cited])

    def _verified(self, said: Written, passage: PassageReply, best: Held) -> Sentence:
        start = passage.start
        return Sentence(
            text=said.text,
            citation=passage.citation,
            article=passage.article.id,
            start=start + best.span.start,
            end=start + best.span.end,
            status="verified",
        )

    def _repaired(self, said: Written, passages: Sequence[PassageReply]) -> Sentence | None:
        """The sentence that answers which is nearest to what was said."""
        answering = [(passage, quote) for passage in passages for quote in _telling(passage)]
        best = held(said.text, [Told(quote.text) for _, quote in answering])
        if best is None or best.likeness < NEAR:
            return None
        passage, quote = answering[best.told]
        return Sentence(**quote.model_dump(), citation=passage.citation, article=passage.article.id, status="repaired")

    def answer(self, reply: AskReply, quoted: Answer) -> Answer:
        checked = Checked(**{status: self._counts[status] for status in ("verified", "repaired", "dropped")})
        if not self._sentences:
            return quoted.model_copy(update={"checked": checked})
        lines = [f"{sentence.text} [{sentence.citation}]" for sentence in self._sentences]
        return Answer(
            text="\n".join([*lines, *unsaid(reply.unsupported)]),
            writer="model",
            short=quoted.short,
            sentences=self._sentences,
            checked=checked,
        )


def _told(passage: PassageReply) -> Told:
    article = passage.article
    return Told(passage.text, article.title, dates.parse(article.published_at) if article.published_at else None)


def _telling(passage: PassageReply) -> list[Quote]:
    """Its sentences that answer, but for those around which a machine is told what to do."""
    spans = [(passage.start + span.start, passage.start + span.end) for span in telling(passage.text)]
    return [quote for quote in passage.highlights if any(start <= quote.start < end for start, end in spans)]


def _is_again(sentence: Sentence, other: Sentence) -> bool:
    """Whether it is the same, or a quote of what the other is supported by."""
    is_quoted = (sentence.article, sentence.start, sentence.end) == (other.article, other.start, other.end)
    return sentence.text == other.text or (is_quoted and "repaired" in (sentence.status, other.status))


def model_writer(settings: Settings) -> ModelWriter | None:
    """The one that is set, if one is."""
    if settings.llm_url is None or settings.llm_model is None:
        return None
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    endpoint = Endpoint(settings.llm_url, settings.llm_model, key, settings.llm_retries, settings.llm_output_tokens)
    return ModelWriter(endpoint, settings.llm_timeout, settings.llm_input_tokens)
