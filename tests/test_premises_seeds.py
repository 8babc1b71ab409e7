"""Made-up questions that rest on something false, and their true twins, asked of the five sample articles."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.discovery import find
from index.embedding import open_encoder
from index.folder import Index
from index.found import Question
from index.ingest import ingest
from index.readers import Limits
from index.rebuild import open_index
from index.search import search

SEEDS = Path(__file__).parent.parent / "seeds"

STOPOVER = "the first by a top US diplomat since his predecessor Mike Pompeo’s stopover in 2018"
TESTS = "North Korea has increased its missile tests over the past year"
COMMITMENT = (
    "Blinken informed South Korea’s Foreign Minister Park Jin on Friday of the United States’ “ironclad commitment”"
)
ACCORD = "Rwanda signed a US-mediated peace accord in Washington, D.C."
CHANGES = "U.S. opposition to any unilateral changes"
ACTIVISTS = "draws support from Taiwan's most dedicated independence activists"
JOBS = "the creation of over 750,000 new American jobs by 2030"
TOUR = "wrapped up a tour of Asian nations"
PALESTINIANS = "to “comprehensively support” Palestinians"
ALLIANCE = "the strength of the U.S.-Japan alliance"
DEPLOYMENTS = "agreements on troop deployments in southern Japan and the northern Philippines"
VISIT = "The visit by Treasury Secretary Janet Yellen"
REQUEST = "rejected Lloyd Austin’s request for a meeting"
BALLOON = "a Chinese spy balloon over the US"
CANCELLED = "cancellation of a trip to Beijing in February"
WISH = "his desire to meet with Chinese President Xi Jinping once again"
INVESTMENT = "Through a $350 billion investment in products"

STOPPED = ("call off", "scrap", "cancel", "abandon", "back out of")
FALSE = [
    *((f"why did Pompeo {verb} his 2018 stopover in Beijing?", STOPOVER) for verb in STOPPED),
    *(
        (f"Why did North Korea {verb} its missile tests?", TESTS)
        for verb in ("halt", "stop", "suspend", "cut", "reduce")
    ),
    *(
        (f"why did Blinken {verb} the ironclad commitment to South Korea", COMMITMENT)
        for verb in ("take back", "withdraw", "revoke", "renounce", "retract")
    ),
    *(
        (f"why does the US {verb} unilateral changes over Taiwan", CHANGES)
        for verb in ("back", "support", "approve of", "welcome", "endorse")
    ),
    *(
        (f"Why do Taiwan's independence activists {verb} Lai Ching-te?", ACTIVISTS)
        for verb in ("oppose", "reject", "condemn", "denounce", "distrust")
    ),
    *(
        (f"why is Walmart {verb} 750,000 American jobs", JOBS)
        for verb in ("axing", "cutting", "scrapping", "destroying")
    ),
    *((f"Why did Blinken {verb} his tour of Asian nations?", TOUR) for verb in STOPPED),
    *(
        (f"why did Yellen {verb} her visit to China?", VISIT)
        for verb in ("call off", "cancel", "abandon", "back out of")
    ),
    *(
        (f"Why did the US {verb} agreements on troop deployments in southern Japan?", DEPLOYMENTS)
        for verb in ("cancel", "reject", "refuse", "suspend")
    ),
    *(
        (f"Why did Kim Jong Un instruct officials to support {who}?", PALESTINIANS)
        for who in ("Israel", "Ukraine", "the Houthis")
    ),
    *((f"how was the {whose} spy balloon over the US shot down", BALLOON) for whose in ("Russian", "Cuban", "Iranian")),
    *(
        (f"Why did Rwanda {refused} a peace accord in Washington?", ACCORD)
        for refused in ("refuse", "reject", "not sign", "never sign")
    ),
    *(
        (f"Why did Blinken cancel the {month} trip to Beijing?", CANCELLED)
        for month in ("June 2023", "April 2022", "May 2021", "October")
    ),
    *((f"How will Walmart create {number} new American jobs?", JOBS) for number in ("500,000", "900,000", "20,000")),
    ("Why doesn't Biden wish to meet Xi Jinping once again?", WISH),
    ("why does biden not want to meet with xi jinping again after bali", WISH),
    ("Why did China's military minister accept Lloyd Austin's request for a meeting in Singapore?", REQUEST),
    ("why did china's military minister welcome austin's request for a meeting", REQUEST),
    ("Why did Blinken say the alliance of the U.S. and Japan was weak?", ALLIANCE),
    ("How come Blinken called the U.S.-Japan alliance useless?", ALLIANCE),
]
TRUE = [
    "why was the February trip cancelled?",
    "Why did Blinken cancel the February trip to Beijing?",
    "Did Blinken cancel the June 2023 trip to Beijing?",
    "Was Pompeo's stopover in Beijing called off?",
    "Why did North Korea increase its missile tests?",
    "why does the US oppose unilateral changes over Taiwan",
    "Why do Taiwan's independence activists support Lai Ching-te?",
    "For what did Beijing decline to condemn Russia?",
    "Who rejected Lloyd Austin's request for a meeting?",
    "how was the Chinese spy balloon over the US shot down",
    "Why did Kim Jong Un instruct officials to support Palestinians?",
    "How will Walmart create 750,000 new American jobs?",
    "Whose core concerns did Qin want the US to acknowledge?",
    "Which troops must be withdrawn from eastern Congo within 90 days?",
    "Who said that the US must stop interfering in China's internal affairs?",
    "Which side is reluctant to hold regular military-to-military talks?",
    "Why does Biden wish to meet Xi Jinping once again?",
    "At which place did Biden and Xi meet in November 2022?",
    "Why was it embarrassing, according to Biden?",
    "Pompeo stopover 2018",
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with closing(open_index(tmp_path_factory.mktemp("seeds"), open_encoder())) as index:
        ingest(index, find([SEEDS]), Limits())
        yield index


def otherwise(index: Index, question: str) -> str | None:
    """The sentence that says otherwise."""
    found = search(index, Question(question))
    if found.contradiction is None:
        return None
    return found.contradiction.sentence.of(found.hits[found.contradiction.hit].article.text)


@pytest.mark.parametrize(("question", "said"), FALSE)
def test_what_a_question_wrongly_takes_for_granted_is_held_against_what_the_archive_says(
    index: Index, question: str, said: str
) -> None:
    assert said in (otherwise(index, question) or "")


@pytest.mark.parametrize("question", TRUE)
def test_a_question_that_takes_nothing_wrong_for_granted_is_not_accused(index: Index, question: str) -> None:
    assert otherwise(index, question) is None


def test_the_words_that_are_denied_are_named(index: Index) -> None:
    found = search(index, Question("Why did the US agree to withdraw its troops from southern Japan?"))

    assert found.contradiction is not None
    assert found.contradiction.span.of(found.understood_as) == "withdraw"
