-- Orders of receivers that were carried out, so that a repeat is known, also
-- after a restart. `key` is the message and action of a link, or the webhook-id
-- of a request.
CREATE TABLE receiver_order (
    endpoint TEXT NOT NULL,
    key      TEXT NOT NULL,
    alert    TEXT NOT NULL,
    action   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (endpoint, key)
) WITHOUT ROWID;
CREATE INDEX receiver_order_at ON receiver_order (at);
