-- What people wrote about patients. The text of a note never changes; that it no
-- longer holds, since when, on whose word and why is written beside it once.
CREATE TABLE note (
    id                INTEGER PRIMARY KEY,
    patient           INTEGER NOT NULL,
    at                INTEGER NOT NULL,
    author            TEXT NOT NULL,
    text              TEXT NOT NULL,
    withdrawn_at      INTEGER,
    withdrawn_by      TEXT,
    withdrawn_because TEXT
);
CREATE INDEX note_patient ON note (patient, id);
CREATE INDEX note_at ON note (at);
