-- People who sign in at the pages. The document holds the password's hash and the
-- hashes of the sessions' cookies.
CREATE TABLE account (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
