-- Version 1. Times are epoch milliseconds. Documents are JSON.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Every input that changed state, in order: the truth and the audit trail.
-- `previous` chains the rows of one patient, newest to oldest, so that a
-- patient's tail is found without an index that every insert would pay for.
CREATE TABLE journal (
    seq      INTEGER PRIMARY KEY,
    stamp    INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    patient  INTEGER,
    device   INTEGER,
    previous INTEGER,
    body     BLOB NOT NULL
);

CREATE TABLE ward (id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE patient (
    number    INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    ward      TEXT NOT NULL,
    document  TEXT NOT NULL
);
CREATE INDEX patient_ward ON patient (ward, id);
CREATE TABLE device (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
CREATE TABLE assignment (
    id      INTEGER PRIMARY KEY,
    device  INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    starts  INTEGER NOT NULL,
    ends    INTEGER,
    author  TEXT NOT NULL
);
CREATE INDEX assignment_patient ON assignment (patient);
CREATE INDEX assignment_device ON assignment (device);

-- Readings of `device` measured in [starts, ends) that were entered before
-- journal row `seq` no longer belong to `patient` since `stamp`.
CREATE TABLE void (
    seq     INTEGER PRIMARY KEY,
    stamp   INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    device  INTEGER NOT NULL,
    starts  INTEGER NOT NULL,
    ends    INTEGER
);
CREATE INDEX void_patient ON void (patient);

-- State is a value per patient and per device: the fold of its journal rows
-- up to `seq`. `head` is the patient's newest row at that time, where the
-- chain of its rows is taken up again after a restart.
CREATE TABLE patient_state (
    number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, head INTEGER, version TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE device_state (
    number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, version TEXT NOT NULL, body BLOB NOT NULL);

-- Compressed readings of a patient: the journal rows after `first_seq` up to
-- `last_seq`, all columns in one body (see store::chunk): a rowid table fills
-- its overflow pages completely, so a chunk wastes no page a column.
-- `vitals` is a bit mask; times are the first and last inside.
CREATE TABLE chunk (
    id            INTEGER PRIMARY KEY,
    patient       INTEGER NOT NULL,
    first_seq     INTEGER NOT NULL,
    last_seq      INTEGER NOT NULL,
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    first_arrival INTEGER NOT NULL,
    last_arrival  INTEGER NOT NULL,
    moments       INTEGER NOT NULL,
    readings      INTEGER NOT NULL,
    vitals        INTEGER NOT NULL,
    body          BLOB NOT NULL
);
CREATE INDEX chunk_patient ON chunk (patient, last_seq);
-- Journal rows of `patient` up to `seq` are in chunks.
CREATE TABLE rolled (patient INTEGER PRIMARY KEY, seq INTEGER NOT NULL);

CREATE TABLE alert (
    id        TEXT PRIMARY KEY,
    patient   INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    vital     TEXT,
    priority  TEXT NOT NULL,
    condition TEXT NOT NULL,
    handling  TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    began_at  INTEGER NOT NULL,
    newest_event INTEGER NOT NULL,
    document  TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX alert_patient ON alert (patient, raised_at);
CREATE INDEX alert_newest ON alert (newest_event);
CREATE TABLE alert_event (
    seq      INTEGER PRIMARY KEY,
    alert    TEXT NOT NULL,
    patient  INTEGER NOT NULL,
    type     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX alert_event_alert ON alert_event (alert, seq);
CREATE TABLE capsule (alert TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE endpoint (id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
-- state: waiting, delivered, failed. next_attempt is wall time.
CREATE TABLE delivery (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    endpoint     TEXT NOT NULL,
    event        INTEGER NOT NULL,
    type         TEXT NOT NULL,
    body         BLOB NOT NULL,
    created      INTEGER NOT NULL,
    state        TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    first_received INTEGER NOT NULL
);
CREATE INDEX delivery_waiting ON delivery (endpoint, next_attempt) WHERE state = 'waiting';
CREATE INDEX delivery_endpoint ON delivery (endpoint, number);
CREATE TABLE delivery_attempt (
    delivery INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    took_ms  INTEGER NOT NULL,
    status   INTEGER,
    error    TEXT,
    PRIMARY KEY (delivery, at)
) WITHOUT ROWID;

CREATE TABLE quarantine (
    id      INTEGER PRIMARY KEY,
    stamp   INTEGER NOT NULL,
    device  TEXT,
    topic   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    length  INTEGER NOT NULL,
    sha256  TEXT NOT NULL,
    payload BLOB NOT NULL
);
CREATE INDEX quarantine_device ON quarantine (device, id);

CREATE TABLE access_token (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE device_credential (device TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;

-- Durable sessions of the MQTT listener. `closed` is wall time, null while connected.
CREATE TABLE mqtt_session (
    client TEXT PRIMARY KEY,
    expiry_seconds INTEGER NOT NULL,
    will   BLOB,
    opened INTEGER NOT NULL,
    closed INTEGER
) WITHOUT ROWID;
CREATE TABLE mqtt_open_packet (
    client TEXT NOT NULL, packet INTEGER NOT NULL, PRIMARY KEY (client, packet)) WITHOUT ROWID;

CREATE TABLE sink_cursor (sink TEXT PRIMARY KEY, seq INTEGER NOT NULL, stamp INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE sink_rejected (
    id INTEGER PRIMARY KEY, sink TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, line BLOB NOT NULL);

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    document TEXT NOT NULL
);
