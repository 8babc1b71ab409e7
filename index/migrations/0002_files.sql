-- Each file in each way that it was given, and what became of it the last time: file is its whole path; folder the one
-- given that it was found in, empty where it was given by itself; prefix what was put before its ids. recipe is a hash of
-- all beside its content that shapes its articles; null where it has to be read again, whatever it holds.
CREATE TABLE files (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL,
    folder TEXT NOT NULL,
    prefix TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('in', 'unchanged', 'replaced', 'rejected', 'gone')),
    reason TEXT,
    at TEXT NOT NULL,
    size INTEGER,
    sha256 TEXT,
    recipe TEXT,
    UNIQUE (folder, prefix, file)
);

-- The articles that each file brought when it was last read, with their fingerprints as it brought them.
CREATE TABLE brought (
    file INTEGER NOT NULL REFERENCES files,
    article TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (file, article)
) WITHOUT ROWID;
CREATE INDEX brought_article ON brought (article);
