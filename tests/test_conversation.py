import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.conversation.carrying import LONGEST, full
from service.conversation.messages import turns
from service.schemas import AskRequest, complaints

DAY = date(2026, 11, 22)

CANCELLED = ("When was the February trip cancelled?", "")
WHY_CANCELLED = (
    "Why did Blinken cancel the trip to Beijing in February?",
    (
        "It also follows his cancellation of a trip to Beijing in February following the shooting down of a Chinese "
        "spy balloon over the US. [1]"
    ),
)
JUNE = (
    "Why did Blinken go to Beijing in June 2023?",
    (
        "US Secretary of State Antony Blinken has arrived in Beijing on a crucial diplomatic trip to try to defuse "
        "escalating tensions. [1]"
    ),
)
TRIP = ("When was the June 2023 trip to Beijing?", "")
PRESS = (
    "When did Blinken and Park Jin speak to the press?",
    (
        "US Secretary of State Antony Blinken (left) and South Korean Foreign Minister Park Jin hold a joint press "
        "conference after their talks in Seoul on Nov. 9, 2023. [1]"
    ),
)
LIU = (
    "Who did Blinken meet in Washington?",
    "U.S. Secretary of State Antony Blinken met with senior Chinese official Liu Jianchao in Washington on Friday. [1]",
)
XI = ("Did Blinken meet Xi Jinping in Beijing?", "")
G7 = (
    "What did the G7 say about Iran?",
    "The G7 later issued a joint statement that also condemned “destabilizing activities” by Iran. [1]",
)
LAI = (
    "who is lai ching-te",
    (
        "“The candidate most likely to win based on current polling is Lai Ching-te, a member of the Democratic "
        "Progressive Party.” [1]"
    ),
)
POMPEO = (
    "Who was Secretary of State before Blinken?",
    (
        "Antony Blinken’s visit to Beijing as the Secretary of State is the first by a top US diplomat since his "
        "predecessor Mike Pompeo’s stopover in 2018. [1]"
    ),
)
ACCORD = (
    "What did the DRC and Rwanda sign?",
    (
        "On June 27, the Democratic Republic of Congo and Rwanda signed a US-mediated peace accord in Washington, "
        "D.C., to end decades of violence. [1]"
    ),
)
BURNS = (
    "Which director flew to China in May 2023?",
    "May saw the journey to China of CIA Director William Burns. [1]",
)
ASHTON = (
    "Who is Anna Ashton?",
    "According to Eurasia Group Analyst Anna Ashton, much of the focus will be on Taiwan's presidential election. [1]",
)
KAMIKAWA = ("What did Blinken tell Yoko Kamikawa?", "")
WALMART = ("How much is Walmart investing in US made goods?", "Through a $350 billion investment, Walmart helps. [1]")
BALLOON = ("How did Biden play down the balloon episode?", "")
ELECTION = ("When is the election in Taiwan?", "Taiwan's presidential election, set for Jan. 13. [1]")
SULLIVAN = (
    "Where did Jake Sullivan hold three-way meetings?",
    "Jake Sullivan, Biden’s national security adviser, traveled to Tokyo for separate three-way meetings. [1]",
)
NOVEMBER = ("Who did Blinken meet in November 2023?", "")
MICROSOFT = (
    "What did Microsoft release?",
    "Last month, Microsoft released its 2025 Responsible AI Transparency Report. [1]",
)
THANKS = ("thanks!", "")

Turns = list[tuple[str, str]]


@pytest.mark.parametrize(
    ("history", "question", "understood"),
    [
        ([CANCELLED], "why?", "why was the February trip cancelled?"),
        ([CANCELLED], "Why?", "Why was the February trip cancelled?"),
        ([CANCELLED], "and how come?", "why was the February trip cancelled?"),
        ([CANCELLED, THANKS], "ok, and why?", "why was the February trip cancelled?"),
        ([XI], "when?", "when did Blinken meet Xi Jinping in Beijing?"),
        ([WHY_CANCELLED], "and when?", "when did Blinken cancel the trip to Beijing in February?"),
        ([PRESS], "Where was that?", "Where did Blinken and Park Jin speak to the press?"),
        ([LIU], "when?", "Who did Blinken meet in Washington, and when?"),
        ([LIU], "who else?", "who else did Blinken meet in Washington?"),
        ([G7], "What else?", "What else did the G7 say about Iran?"),
        ([XI], "who else?", "Did Blinken meet Xi Jinping in Beijing, and who else?"),
        ([JUNE], "tell me more", "Why did Blinken go to Beijing in June 2023?"),
        ([LIU], "and in Beijing?", "Who did Blinken meet in Beijing?"),
        ([LIU], "What about Seoul?", "Who did Blinken meet in Seoul?"),
        ([LIU], "seoul?", "Who did Blinken meet in seoul?"),
        ([G7], "What about Russia?", "What did the G7 say about Russia?"),
        ([G7], "and about Ukraine?", "What did the G7 say about Ukraine?"),
        ([JUNE], "and in 2024?", "Why did Blinken go to Beijing in 2024?"),
        ([JUNE], "what about February 2023?", "Why did Blinken go to Beijing in February 2023?"),
        ([JUNE], "and to Shanghai?", "Why did Blinken go to Shanghai in June 2023?"),
        ([NOVEMBER], "and in January 2024?", "Who did Blinken meet in January 2024?"),
        ([NOVEMBER], "and in June?", "Who did Blinken meet in June?"),
        ([LIU], "and last week?", "Who did Blinken meet in Washington in last week?"),
        ([KAMIKAWA], "And Park Jin?", "What did Blinken tell Park Jin?"),
        ([KAMIKAWA], "what about Liu Jianchao?", "What did Blinken tell Liu Jianchao?"),
        ([LIU, G7], "what about Liu?", "What did Liu say about Iran?"),
        (
            [WALMART],
            "what about suppliers?",
            "How much is Walmart investing in US made goods, and what about suppliers?",
        ),
        ([XI], "did Biden?", "Did Biden meet Xi Jinping in Beijing?"),
        ([TRIP], "and when was the one before?", "when was the trip to Beijing before June 2023?"),
        ([TRIP], "When was the next one?", "When was the trip to Beijing after June 2023?"),
        ([WHY_CANCELLED], "was there a second one?", "was there a second one?"),
        ([TRIP], "why was it postponed?", "why was the June 2023 trip to Beijing postponed?"),
        ([WHY_CANCELLED], "When was it rescheduled?", "When was the trip to Beijing in February rescheduled?"),
        ([JUNE], "what happened before that?", "what happened before June 2023?"),
        ([JUNE], "why was that trip cancelled?", "why was the crucial diplomatic trip cancelled?"),
        ([LAI], "which party does he belong to?", "which party does Lai Ching-te belong to?"),
        ([LAI], "When will he be inaugurated?", "When will Lai Ching-te be inaugurated?"),
        (
            [LAI, ("which party does he belong to?", "")],
            "and when will he take office?",
            "when will Lai Ching-te take office?",
        ),
        ([POMPEO], "When did he visit Beijing?", "When did Mike Pompeo visit Beijing?"),
        ([ACCORD], "When was it signed?", "When was the US-mediated peace accord in Washington signed?"),
        ([ACCORD], "What did they agree to stop?", "What did the DRC and Rwanda agree to stop?"),
        ([BURNS], "What is his job?", "What is William Burns’s job?"),
        ([ASHTON], "what did she say about Taiwan?", "what did Anna Ashton say about Taiwan?"),
        ([WALMART], "how many jobs will it create?", "how many jobs will Walmart create?"),
        ([BALLOON], "who shot it down?", "who shot the balloon episode down?"),
        ([ELECTION], "who is likely to win it?", "who is likely to win the election in Taiwan?"),
        ([SULLIVAN], "who did he meet there?", "who did Jake Sullivan meet in Tokyo?"),
        ([MICROSOFT], "what is it about?", "what is the 2025 Responsible AI Transparency Report about?"),
        ([LIU], "what did they discuss?", "what did Blinken and Liu Jianchao discuss?"),
    ],
)
def test_what_a_question_leaves_out_is_carried_over(history: Turns, question: str, understood: str) -> None:
    assert full(question, history, DAY) == understood


FULL = """
who was beside the korean minister in front of the press
ana ruiz who is that
what did the minister from jakarta say of the visit, retno?
Which secretary held the office before him in 2018?
joint statement of the seven on two states
ship attacks in the strait - was that raised with the ambassador?
did the PM think his aides knew about the leak?
steel dispute eu india
COP 2021 where
ok and the parade, whats that
why was the February trip cancelled?
and why was the February trip cancelled?
how did the mayor play down the flood thing
Why was Norway worried about its neighbour?
number of days of talks in Lyon and Oslo
How long had it been since Merkel and Macron last met when they came to Vienna?
macron merkel vienna 'this week' what dates are meant
What did the historian say about the vote in Malta and how soon after it did Ruiz meet the bishop?
ana ruiz appearances
Fishing rights as an issue between Norway and Iceland - where does it turn up?
Minister lands in Oslo
how long had it been since the countrys first envoy set foot in lima
Merkel Macron summit Vienna
which december meeting came first: the lisbon one or the malta one
weber - which one went to oslo, the treasury guy?
Is it true that the river froze?
Is it cheaper or dearer to mend the old bridge than build a new one?
How much did it cost to mend the harbour bridge?
How much of the city's forest was felled?
How many people were there in Aarhus?
Who asked Ruiz to dine at the palace?
What time is it in Oslo?
thanks
""".strip().splitlines()
UNRELATED: list[Turns] = [
    [],
    [("Who painted the ceiling of the Sistine Chapel?", "Michelangelo painted it for Pope Julius II. [1]")],
    [("how tall is mount everest", "")],
    [
        ("What did the European Central Bank decide in March 2019?", "The bank, led by Mario Draghi, kept rates. [1]"),
        ("why?", "Growth in Germany and Italy had slowed. [2]"),
    ],
    [JUNE, LIU],
]


@pytest.mark.parametrize("question", FULL)
@pytest.mark.parametrize("history", UNRELATED)
def test_a_question_that_is_full_by_itself_is_never_changed(history: Turns, question: str) -> None:
    assert full(question, history, DAY) == question


def test_an_answer_may_come_back_as_markdown() -> None:
    history = [("Who leads the polls in Taiwan?", r"Polls favour Lai Ching\-te\. [1]")]

    assert full("when was he born?", history, DAY) == "when was Lai Ching-te born?"


def test_small_talk_is_no_turn() -> None:
    assert full("why?", [("hello", "Hello!")], DAY) == "why?"


def test_what_would_become_too_long_stays_as_it_was() -> None:
    asked = "Why was " + "the very long trip " * 104 + "cancelled?"

    assert len(asked) < LONGEST < len(asked) + len(" in Beijing, in the end") + 10
    assert full("what about the second half of the year then?", [(asked, "")], DAY) == (
        "what about the second half of the year then?"
    )


WORDS = st.sampled_from(
    [
        *("why", "who", "when", "what", "about", "the one before", "the", "he", "it", "they", "there", "that", "did"),
        *("was", "is", "and", "of", "in", "to", "a", "A", "trip", "Blinken", "Beijing", "US", "2023", "June", "G7"),
        *("“Xi”", "İstanbul", "straße", "北京", "مصر", "?", "!", ",", ".", "France's", "state's"),
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=40))


@settings(max_examples=300, deadline=None)
@given(question=TEXTS.filter(str.strip), history=st.lists(st.tuples(TEXTS, TEXTS), max_size=3))
def test_whatever_is_asked_gives_a_question(question: str, history: Turns) -> None:
    carried = full(question, history, DAY)

    assert carried.strip()
    assert carried == question or len(carried) <= LONGEST + 1
    assert full(question, [], DAY) == question


@pytest.mark.parametrize(
    ("history", "complaint"),
    [
        ([{"question": "q"}] * 101, "history: List should have at most 100 items"),
        ([{"question": ""}], "history.0.question: String should have at least 1 character"),
        ([{"question": "q", "answer": "a" * 20_001}], "history.0.answer: String should have at most 20000"),
        ([{"role": "user", "content": "q"}], "history.0.question: Field required"),
    ],
)
def test_a_history_has_bounds(history: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape("history")) as refused:
        AskRequest.model_validate({"question": "q", "history": history})

    assert complaints(refused.value.errors())[0].startswith(complaint)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("messages", "history"),
    [
        ([], []),
        ([("system", "Be brief."), ("user", "q1"), ("assistant", "a1"), ("user", "q2")], [("q1", "a1"), ("q2", None)]),
        ([("assistant", "Hello!"), ("user", "q"), ("tool", "x"), ("assistant", "a")], [("q", "a")]),
        ([("user", "q1"), ("user", "q2")], [("q1", None), ("q2", None)]),
        ([("user", " \0 "), ("assistant", "a"), ("user", "q\ud800")], [("q", None)]),
        ([("user", "q" * 3000), ("assistant", "a" * 30_000)], [("q" * 2000, "a" * 20_000)]),
        ([("user", str(number)) for number in range(150)], [(str(number), None) for number in range(50, 150)]),
    ],
)
def test_a_chats_messages_are_turns(messages: Turns, history: list[tuple[str, str | None]]) -> None:
    found = turns(messages)

    assert [(turn.question, turn.answer) for turn in found] == history
    assert AskRequest(question="q", history=found).history == found


MOREL = "Foreign minister Ana Ruiz met her French counterpart Luc Morel in Rome. [1]"


@pytest.mark.parametrize(
    ("before", "answer", "question", "understood"),
    [
        ("Who met Luc Morel?", MOREL, "where did she study?", "where did Ana Ruiz study?"),
        ("Who met Luc Morel?", MOREL, "where did he study?", "where did Luc Morel study?"),
        ("Who did Ana Ruiz meet?", MOREL, "where did he study?", "where did Luc Morel study?"),
        ("Who met Luc Morel?", "Mr. Ruiz met Luc Morel.", "where did she study?", "where did Luc Morel study?"),
        ("Who met Luc Morel?", "Ana Ruiz met Luc Morel.", "where did he study?", "where did Ana Ruiz study?"),
        ("Who met Luc Morel?", "Jan Ruiz saw her in Rome.", "where did he study?", "where did Jan Ruiz study?"),
    ],
)
def test_nobody_whom_an_answer_speaks_of_as_her_is_meant_by_he_nor_the_reverse(
    before: str, answer: str, question: str, understood: str
) -> None:
    assert full(question, [(before, answer)], DAY) == understood
