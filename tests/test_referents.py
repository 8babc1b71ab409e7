import pytest

from index.referents import Open, introducing, pointer

VISIT = "Ana Ruiz arrived in Lisbon on Monday for a trip that had been put off twice."


@pytest.mark.parametrize(
    ("sentence", "points"),
    [
        ("He met the mayor.", Open("he")),
        ("Then she left.", Open("she")),
        ("In June 1985, they sold it.", Open("they")),
        ("However, it also follows his cancellation of the talks.", Open("it")),
        ("After the vote his party split.", Open("his")),
        ("These have been punctuated by quarrels.", Open("these")),
        ("This agreement was signed in Rome.", Open("this", "agreement")),
        ("The trip was cancelled.", Open("the", "trip")),
    ],
)
def test_what_points_out_of_its_sentence(sentence: str, points: Open) -> None:
    assert pointer(sentence) == points


@pytest.mark.parametrize(
    "sentence",
    [
        "Ruiz said that he would come.",
        "Before his departure, Blinken outlined three aims.",
        "A historian lost his notes.",
        "It is clear that the ferry sank.",
        "It was Ruiz who called.",
        "It took three days.",
        "The trip to Lisbon was cancelled.",
        "The White House was silent.",
        "Ferries lost their way in the fog.",
        "",
        "…",
    ],
)
def test_what_stands_by_itself(sentence: str) -> None:
    assert pointer(sentence) is None


@pytest.mark.parametrize(
    ("sentences", "known", "introduced"),
    [
        ([VISIT, "She met the mayor."], "who met the mayor?", 0),
        ([VISIT, "She met the mayor."], "whom did Ruiz meet?", None),
        ([VISIT, "It rained.", "She met the mayor."], "who met the mayor?", 0),
        ([VISIT, "The trip was her first."], "was it her first?", 0),
        ([VISIT, "The trip was her first."], "was the trip her first?", None),
        (["She met the mayor."], "who met the mayor?", None),
        (["It rained.", "She met the mayor."], "who met the mayor?", None),
        ([VISIT, "Divers searched the wreck."], "who searched?", None),
        ([VISIT, *["Rain fell."] * 3, "She met the mayor."], "who met the mayor?", None),
    ],
)
def test_the_sentence_that_names_it_is_found_unless_it_is_named_already(
    sentences: list[str], known: str, introduced: int | None
) -> None:
    assert introducing(sentences, len(sentences) - 1, known) == introduced
