-- first_at is since when a source is watched. Files of 22 November 2026 have it already: the table is made anew, and what it
-- held is known again after the next visit.
DROP TABLE feeds;
CREATE TABLE feeds (
    name TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    first_at REAL NOT NULL,
    tried_at REAL,
    answered_at REAL,
    brought_at REAL,
    next_at REAL NOT NULL,
    failures INTEGER NOT NULL,
    reason TEXT,
    notice TEXT,
    etag TEXT,
    modified TEXT,
    whole_at REAL,
    silent_after REAL NOT NULL
) WITHOUT ROWID;
