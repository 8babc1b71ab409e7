-- Current versions whose paragraphs are counted, each with its publisher's name, case aside, or its site.
CREATE TABLE outlined (
    version INTEGER PRIMARY KEY REFERENCES versions ON DELETE CASCADE,
    publisher TEXT NOT NULL
);
CREATE INDEX outlined_publisher ON outlined (publisher);

-- Their paragraphs, and the sentences in them that speak for the site. What one publisher repeats has one fingerprint.
CREATE TABLE paragraphs (
    fingerprint INTEGER NOT NULL,
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('text', 'heading', 'side', 'furniture', 'sentence')),
    PRIMARY KEY (fingerprint, version, start, part)
) WITHOUT ROWID;
CREATE INDEX paragraphs_of_version ON paragraphs (version);

-- What was repeated often enough to be judged: in how many articles it stood then, and whether it is furniture.
CREATE TABLE repeats (
    fingerprint INTEGER PRIMARY KEY,
    publisher TEXT NOT NULL,
    judged INTEGER NOT NULL,
    furniture INTEGER NOT NULL
);
CREATE INDEX repeats_publisher ON repeats (publisher);

-- The passages with sentences that are furniture, a byte of 0 or 1 for each, and the write that last changed them.
-- Empty where a mark was lifted: open readers follow.
CREATE TABLE marks (
    passage INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
    sentences BLOB NOT NULL,
    generation INTEGER NOT NULL
);
CREATE INDEX marks_generation ON marks (generation);
