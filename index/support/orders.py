"""Text that speaks to the machine that reads it, instead of telling readers something."""

import re

from index.chunking import sentences
from index.records import Span

_SAID_BEFORE = r"(?: instructions? | prompts? | rules | guidelines | directives? | commands? | messages? | passages? )"
_MACHINE = r"(?: ai | a\.i\. | assistants? | (?:language\s+)?models? | llms? | chat-?bots? | bots? | machines? | gpt )"
_WRITE = r"""
    (?: answer | reply | respond | say | state | write | output | print | repeat | cite | quote | tell | translate
      | append | insert | include | add | begin | conclude | claim | mention | return | generate | produce )
"""
_SECRET = r"(?: system\s+prompt | prompts? | instructions | api\s+keys? | passwords? | secrets? | credentials )"

# What was said before is not to count.
_OVERRULING = rf"""
    \b (?: ignor\w* | disregard\w* | forget | overrid\w* | overrul\w* | bypass | discard | supersed\w* )
       \s+ (?:\S+\s+){{0,6}}? {_SAID_BEFORE} \b
  | \b (?: new | updated | real | actual | true ) \s+ (?:system\s+)?
       (?: instructions? | prompt | directives? | task ) \s* [:.]
  | \b your \s+ (?: previous | prior | earlier | original | initial | system | safety ) \b
  | \b jailbr(?:eak|oken)
"""
# Marks of a conversation, of a prompt, of a page.
_MARKED = r"""
    (?: ^ | [\s\[(<{\#*|] )
       (?: system | developer | assistant | user | human | ai | llm | administrator | operator | instructions? )
       (?: \s+ (?: message | prompt | note | override | instruction | update | notice | command ) )? \s* [:\]>|]
  | < \s* /? \s* (?: passage | system | user | assistant | instruct | script | img | iframe | svg | a\b | s> | inst )
  | <\|\S*\|> | \[/?(?:INST|SYS)\b | <!--
  | !?\[[^\]]{0,200}\] \s? \( \s* (?: https? | javascript | data | mailto ) :
"""
# The machine is addressed, or told what it is.
_ADDRESSED = rf"""
    \b (?: dear | attention | (?:note|message) \s+ (?:to|for) | hey | hello | hi ) [\s,:]+
       (?: (?: any | all | every | the | ai ) \s+ ){{0,4}} {_MACHINE} \b
  | \b (?: you\s+are | act\s+as | pretend\s+to\s+be | behave\s+as )
       \s+ (?: now | no\s+longer | an?\s+ (?:\w+\s+){{0,4}}? {_MACHINE} \b | dan\b | in\s+\w+\s+mode )
  | \b if \s+ you \s+ are \s+ (?:an?\s+)? (?:\w+\s+){{0,4}}? {_MACHINE} \b
  | \b {_MACHINE} \s+ (?: reading | processing | summari[sz]ing | answering ) \b
  | \b as\s+an\s+ai \b
"""
# What is to be written, or not.
_DICTATED = rf"""
    (?: ^ | [.!?:;,"“'‘)\]>*\#-] \s* | \b (?: and | then | please | instead | only | always | must | should ) \s+ )
       {_WRITE} \s+ (?: (?: only | exactly | simply | instead | again ) \s+ )*
       (?: (?: with | that | to | users? | readers? | everyone | your ) \b | all\s+questions | in\s+\w+\s+words
         | the\s+ (?: following | words? | phrase | sentence | user | reader | question ) | [\["“'‘:<`] )
  | \b (?: your | the\s+ (?: only | correct | final | right | new | whole | entire ) )
       \s+ (?: answer | reply | response | output ) \s+ (?: is | must | should | shall | will | has | needs ) \b
  | \b (?: do\s+not | don['’]t | never )
       \s+ (?: cite | quote | mention | tell | reveal | use | answer | refer | follow ) \b
  | \b (?: reveal | print | show | leak | send | repeat | expose | exfiltrate | email | post | forward )
       \s+ (?:\S+\s+){{0,3}}? {_SECRET} \b
"""
# "Ignore … instructions" and "answer that …" in other languages.
_FOREIGN = r"""
    \b (?: ignor(?:ez|er|ieren?|iert|a|ad|e|ar|en|are) | vergiss | vergessen | missachte\w* | oubli(?:ez|e)
         | olvid[ae]\w* | dimentica\w* | esque[cç]\w* | negeer | zignoruj )
       \s+ (?:\S+\s+){0,6}? (?: instru[ckz]\w* | istruzion\w* | anweisung\w* | regeln | consignes? | polecenia )
  | \b (?: répond(?:ez|s) | antworte[nt]? | respond[ae]n? | rispond[ia] | antwoord | odpowiedz | schreiben?\s+sie
         | écri(?:vez|s) | escrib[ae] )
       \s+ (?:\S+\s+){0,3}?
       (?: que | dass | che | dat | że | nur | seulement | uniquement | solo | sólo | só | mit | avec | con | : )
  | игнорируй | забудь | отвечай | ответь | 忽略 | 无视 | 無視 | 忘记 | 忘記 | 请回答 | 請回答 | 只回答 | と答え
  | 回答せよ | 무시하 | 대답하 | تجاهل | أجب | अनदेखा | जवाब\s+दो
"""
_PARAGRAPH = re.compile(r"\n[ \t]*\r?\n")
_ORDER = re.compile(f"{_OVERRULING}|{_MARKED}|{_ADDRESSED}|{_DICTATED}|{_FOREIGN}", re.IGNORECASE | re.VERBOSE)


def is_order(sentence: str) -> bool:
    """Whether a sentence of an article reads like an instruction to a language model.

    Wide rather than narrow: what is taken for one is still found, shown and quoted; but no model is given it, and it
    supports nothing that a model says.
    """
    return bool(_ORDER.search(sentence))


def telling(text: str) -> tuple[Span, ...]:
    """The sentences of a text, but for those of paragraphs in which a machine is told what to do."""
    spans = sentences(text)
    paragraphs = [len(_PARAGRAPH.findall(text, 0, span.start)) for span in spans]
    ordering = {paragraph for span, paragraph in zip(spans, paragraphs, strict=True) if is_order(span.of(text))}
    return tuple(span for span, paragraph in zip(spans, paragraphs, strict=True) if paragraph not in ordering)
