-- What was brought over HTTP to be taken in, in order. id names the folder in which its files lie until it has ended;
-- prefix is put before its ids; attempts counts how often it was begun without being ended or put back. The counts are
-- how far it has come.
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    received_at TEXT NOT NULL,
    began_at TEXT,
    ended_at TEXT,
    files_done INTEGER NOT NULL DEFAULT 0,
    articles INTEGER NOT NULL DEFAULT 0,
    added INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    replaced INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_unfinished ON jobs (number) WHERE state IN ('waiting', 'running');

CREATE TABLE job_files (
    job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;

-- What of a job did not go in, as far as it is quoted.
CREATE TABLE job_rejections (
    job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    file TEXT NOT NULL,
    line INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
