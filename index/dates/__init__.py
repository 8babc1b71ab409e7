"""What "February" and "last week" mean, in an article and in a question.

A text is read once into words of a few kinds (a month, a day, "last", a unit …), each one letter, so that every way of
writing a date is one short pattern over kinds. A language is one table of words (`Language`), English the first.

An article speaks from its own date (`mentions`):

- what lacks only its year or week is the one that fits the tense: a month, season or weekday the latest begun, after a
  word of the future ("will", "set for", "upcoming") the next to end, where a month before or ahead counts as now; a day
  of a month is the nearest where no verb tells, or the one that the text wrote in full before;
- "last week" is the calendar week before (Monday to Sunday), "last November" the latest that was over, "the past year"
  the year up to the article's day; "early", "mid" and "late" are thirds;
- from an article dated only by month or year, relative phrases leave wider periods; from an undated one they are left
  out, and what lacks its year recurs (`Yearly`, `Weekly`).

A question speaks from the asker's day (`asked`), except that a bare month, day or weekday fits any year or week.
"""

from index.dates.english import ENGLISH
from index.dates.iso import parse
from index.dates.language import Language
from index.dates.recurring import Recurring, Weekly, Yearly
from index.dates.speaking import Asked, Mention, asked, fits, mentions, time_of
from index.dates.spelling import spell

__all__ = [
    "ENGLISH",
    "Asked",
    "Language",
    "Mention",
    "Recurring",
    "Weekly",
    "Yearly",
    "asked",
    "fits",
    "mentions",
    "parse",
    "spell",
    "time_of",
]
