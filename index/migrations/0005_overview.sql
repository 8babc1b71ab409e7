-- All that articles are counted by, so that no text is read for it. replaced_in is there for the index to suffice.
CREATE INDEX versions_overview ON versions (article, published_first, published_last, source, tags, replaced_in)
    WHERE replaced_in IS NULL;
