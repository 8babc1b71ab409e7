-- Questions that a chat tool was told are taken, until they are answered: sent is what it sent, as JSON; until and leased are
-- seconds since 1970, to when an answer is of use, and to when the process that owns it is believed to live.
CREATE TABLE pending (
    id TEXT PRIMARY KEY,
    tool TEXT NOT NULL,
    sent TEXT NOT NULL,
    until REAL NOT NULL,
    owner TEXT NOT NULL,
    leased REAL NOT NULL
) WITHOUT ROWID;
-- An answer that nobody asked to keep stands only for a while: seconds since 1970, null for ever.
ALTER TABLE kept ADD COLUMN until REAL;
