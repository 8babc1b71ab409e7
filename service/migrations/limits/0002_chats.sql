-- What chat tools have sent already: at is seconds since 1970.
CREATE TABLE seen (id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);
-- Answers that somebody may yet ask to keep: body is as in the service's table kept.
CREATE TABLE offered (id TEXT PRIMARY KEY, at REAL NOT NULL, question TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX offered_at ON offered (at);
