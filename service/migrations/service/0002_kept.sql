-- Answers that somebody asked to keep. body is JSON: what was said, by reference, so that no words of an article are here and
-- a deleted one's are nowhere; key is whose request it was, null for a stranger's.
CREATE TABLE kept (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    question TEXT NOT NULL,
    body TEXT NOT NULL,
    key TEXT
) WITHOUT ROWID;
