"""Other languages than English: nothing breaks, nothing is taken for English, and every quote is exact."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import dates
from index.chunking import sentences
from index.folder import Index
from index.ingest import put
from index.prepare import cut_article
from index.records import Article
from service.ask import ask
from service.opening import open_to_write
from service.schemas import AskReply, AskRequest
from service.settings import Settings
from tests.archive import ENCODER, article

GERMAN = "Die Reise nach Peking wurde abgesagt. Grund war ein Ballon über dem Rhein. Im März wird sie nachgeholt."
FRENCH = "Le ministre a annulé son voyage. Un ballon survolait la Loire. « C’est regrettable », a dit l’ambassadeur."
SPANISH = "El ministro canceló su viaje. ¿Por qué? Se vio un globo sobre el Ebro. Volverá en mayo, dijo Íñigo Muñoz."
CHINESE = "外交部长推迟了对北京的访问。原因是一个气球飞越了长江上空。访问将在三月举行！谁会同行？目前还不清楚。"
JAPANESE = "外務大臣は北京への訪問を延期した。理由は琵琶湖の上空で見つかった気球である。訪問は三月に行われる。"
ARABIC = "أعلن وزير الخارجية تأجيل زيارته إلى بكين. والسبب هو منطاد شوهد فوق نهر النيل. هل ستتم الزيارة في مارس؟ نعم."
RUSSIAN = "Министр отложил поездку в Пекин. Причиной стал воздушный шар над Волгой. Поездка состоится в марте."
HINDI = "विदेश मंत्री ने बीजिंग की यात्रा स्थगित कर दी। कारण गंगा के ऊपर एक गुब्बारा था। यात्रा मार्च में होगी।"
TURKISH = "Bakan Pekin gezisini erteledi. Nedeni İstanbul Boğazı üzerinde görülen bir balondu. Gezi martta yapılacak."
COMBINED = "Le cafe\u0301 a ferme\u0301 🎈👩‍👩‍👧. Zoe\u0308 a pleure\u0301 🏳️‍🌈 toute la nuit."
THAI = "รัฐมนตรีต่างประเทศเลื่อนการเยือนปักกิ่ง เหตุผลคือบอลลูนเหนือแม่น้ำเจ้าพระยา"

ARTICLES = {
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "zh": CHINESE,
    "ja": JAPANESE,
    "ar": ARABIC,
    "ru": RUSSIAN,
    "hi": HINDI,
    "tr": TURKISH,
    "combined": COMBINED,
    "th": THAI,
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Settings]]:
    """All of them in one archive, with the packaged model."""
    settings = Settings(data=tmp_path_factory.mktemp("data"))
    with closing(open_to_write(settings)) as index:
        for id, text in ARTICLES.items():
            put(index, Article(id, text.split(" ", 1)[0], text))
        yield index, settings


def asking(everything: tuple[Index, Settings], question: str) -> AskReply:
    index, settings = everything
    return ask(index, settings, AskRequest(question=question, effort="fast", as_of=date(2026, 11, 22)))


@pytest.mark.parametrize(
    ("question", "language", "sentence"),
    [
        ("Warum wurde die Reise nach Peking abgesagt?", "de", "Die Reise nach Peking wurde abgesagt."),
        ("Pourquoi le ministre a-t-il annulé son voyage ?", "fr", "Le ministre a annulé son voyage."),
        ("¿Por qué se canceló el viaje del ministro?", "es", "El ministro canceló su viaje."),
        ("访问什么时候举行？", "zh", "访问将在三月举行！"),
        ("هل ستتم الزيارة في مارس؟", "ar", "هل ستتم الزيارة في مارس؟"),
        ("Почему министр отложил поездку?", "ru", "Министр отложил поездку в Пекин."),
        ("यात्रा क्यों स्थगित हुई?", "hi", "विदेश मंत्री ने बीजिंग की यात्रा स्थगित कर दी।"),
        ("Bakanın gezisi İstanbul'da mı?", "tr", "Nedeni İstanbul Boğazı üzerinde görülen bir balondu."),
        ("Pourquoi Zoë a-t-elle pleuré ?", "combined", "Zoe\u0308 a pleure\u0301 🏳️‍🌈 toute la nuit."),
    ],
)
def test_a_question_finds_its_article_unchanged_and_exact(
    everything: tuple[Index, Settings], question: str, language: str, sentence: str
) -> None:
    reply = asking(everything, question)

    assert (reply.understood_as, reply.readings, reply.unsupported) == (question, [], [])
    best = reply.passages[0]
    assert best.article.id == language
    assert sentence in [mark.text for mark in best.highlights]
    for passage in reply.passages:
        text = ARTICLES[passage.article.id]
        quotes = [(passage.start, passage.end, passage.text), *((q.start, q.end, q.text) for q in passage.highlights)]
        assert [text[start:end] for start, end, _ in quotes] == [said for _, _, said in quotes]


@pytest.mark.parametrize(
    "question",
    [
        "เหตุใดจึงเลื่อน",
        "なぜ大臣は泣いたのか",
        "Welche Farbe hatte der Mond über Königsberg?",
        "Quelle est la recette du gâteau ?",
        "🎈",
        "？",
    ],
)
def test_what_the_model_can_not_read_or_the_archive_does_not_say_is_not_answered(
    everything: tuple[Index, Settings], question: str
) -> None:
    reply = asking(everything, question)

    assert (reply.verdict, reply.understood_as, reply.answer) == ("not_in_archive", question, None)


@pytest.mark.parametrize("language", ARTICLES)
def test_no_english_date_is_read_into_them(language: str) -> None:
    assert dates.mentions(ARTICLES[language], None) == ()
    assert dates.asked(ARTICLES[language], date(2026, 11, 22)) == ()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (CHINESE, 5),
        (JAPANESE, 3),
        (ARABIC, 4),
        (HINDI, 3),
        (RUSSIAN, 3),
        (FRENCH, 3),
        (SPANISH, 4),
        ("Er ging. „Niemals“, sagte sie laut. »Doch«, rief er.", 3),
    ],
)
def test_sentences_end_where_their_language_ends_them(text: str, parts: int) -> None:
    found = sentences(text)

    assert len(found) == parts
    assert "".join("".join(span.of(text).split()) for span in found) == "".join(text.split())


PIECES = st.sampled_from(
    [
        *(sentence for text in ARTICLES.values() for sentence in (text, text[: len(text) // 2])),
        *(
            " ",
            "\n\n",
            "\r\n",
            "\u2028",
            "\u200f",
            "\u202e",
            "\u0301",
            "🏳️‍🌈",
            "👩‍👩‍👧",
            "🇩🇪🇫🇷",
            "أ" * 400,
            "山" * 900,
            "क्ष" * 200,
        ),
    ]
)


@given(pieces=st.lists(PIECES, min_size=1, max_size=8))
def test_passages_of_any_mixture_are_exact_and_bounded(pieces: list[str]) -> None:
    text = "".join(pieces)
    passages = cut_article(article("mixed", text), ENCODER)

    assert all(0 <= p.span.start < p.span.end <= len(text) for p in passages)
    assert all(p.span.end - p.span.start <= 2000 for p in passages)
    assert all(s.end - s.start <= 300 for p in passages for s in p.sentences)
    assert all(p.span.start <= s.start and s.end <= p.span.end for p in passages for s in p.sentences)
    edges = [edge for passage in passages for edge in passage.span]
    assert edges == sorted(edges)
