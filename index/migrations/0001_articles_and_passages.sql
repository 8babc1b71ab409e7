-- What identifies the folder, as JSON values.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row. generation counts committed writes; next_passage is the next passage number, never given twice; edition is
-- the one that answers.
CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    generation INTEGER NOT NULL,
    next_passage INTEGER NOT NULL,
    edition INTEGER NOT NULL
);
INSERT INTO state VALUES (1, 0, 1, 1);

-- An edition is all passages as one model sees them, cut by one set of settings: made_by is a JSON object of these.
-- words names the word index that counts; axes are those that its token vectors are kept along, rows of little-endian
-- float32. There are several only while another is made than the one that answers.
CREATE TABLE editions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    made_by TEXT NOT NULL,
    words TEXT NOT NULL,
    axes BLOB NOT NULL
);

-- Every text an article ever had. The current one is the one not replaced.
CREATE TABLE versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT,
    source TEXT,
    author TEXT,
    published_at TEXT,
    updated_at TEXT,
    date_basis TEXT,
    language TEXT,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    -- The first and last day that published_at leaves open, as days of the proleptic Gregorian calendar.
    published_first INTEGER,
    published_last INTEGER,
    added_at TEXT NOT NULL,
    added_in INTEGER NOT NULL,
    replaced_in INTEGER
);
CREATE UNIQUE INDEX versions_current ON versions (article) WHERE replaced_in IS NULL;
CREATE INDEX versions_of_article ON versions (article);
CREATE INDEX versions_source ON versions (source COLLATE NOCASE) WHERE replaced_in IS NULL;
CREATE INDEX versions_published ON versions (published_last) WHERE replaced_in IS NULL;

-- Every passage that could ever be cited. The live ones, those that are searched, are the ones of the edition that
-- answers that are not removed.
CREATE TABLE passages (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    edition INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    sentences BLOB NOT NULL,
    times BLOB NOT NULL,
    side_story INTEGER NOT NULL,
    removed_in INTEGER
);
CREATE INDEX passages_id ON passages (id);
CREATE INDEX passages_of_version ON passages (version, edition);
CREATE INDEX passages_live ON passages (edition) WHERE removed_in IS NULL;

-- Which versions have been cut into passages in which edition, those that came to none included; with the abbreviations
-- that each explains, as JSON pairs of short and long.
CREATE TABLE cuts (
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    edition INTEGER NOT NULL,
    abbreviations TEXT NOT NULL,
    PRIMARY KEY (version, edition)
) WITHOUT ROWID;

-- Which passages left their edition, and when, so that words and open readers can follow; deleted ones are gone from
-- passages.
CREATE TABLE removals (passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removals_generation ON removals (generation);

-- The vector segments that count, each of one edition, with the number of passages in it.
CREATE TABLE segments (name TEXT PRIMARY KEY, edition INTEGER NOT NULL, passages INTEGER NOT NULL) WITHOUT ROWID;

-- What happened to each article, for ever.
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    generation INTEGER NOT NULL,
    article TEXT NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('added', 'replaced', 'deleted')),
    sha256 TEXT
);
