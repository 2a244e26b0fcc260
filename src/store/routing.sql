-- Who is being told of what, kept back until when, and on whose word: one
-- JSON document a thing (see alert::routing). `kind` is silence, override,
-- notice, call, digest or flood.
CREATE TABLE routing (
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
