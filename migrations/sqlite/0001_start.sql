-- Times are milliseconds since 1970 UTC. The PostgreSQL file of the same name means the same.

CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Where it lies: its identity.
    mailbox TEXT NOT NULL,
    validity BIGINT NOT NULL,
    place_key TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    message_id TEXT,
    received_at BIGINT,
    stored_at BIGINT NOT NULL,
    -- received_at, or else stored_at.
    came_at BIGINT NOT NULL,
    full_size BIGINT NOT NULL,
    truncated BOOLEAN NOT NULL,
    sent_folder BOOLEAN NOT NULL,
    from_name TEXT NOT NULL,
    from_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- For comparing: without reply marks, lower case, shortened.
    base_subject TEXT NOT NULL,
    -- The beginning of what was newly written, for lists.
    excerpt TEXT NOT NULL,
    -- Its last lines, to know the writer's signature by; empty for a machine's mail.
    closing TEXT NOT NULL,
    -- A JSON list of sentences.
    defects TEXT NOT NULL,
    disposition TEXT NOT NULL,
    reason TEXT NOT NULL,
    account TEXT,
    -- The id of the conversation's first mail.
    conversation BIGINT,
    writer_name TEXT,
    writer_address TEXT,
    UNIQUE (mailbox, validity, place_key)
);
CREATE INDEX mail_content ON mail (content_hash);
CREATE INDEX mail_conversation ON mail (conversation, id);
CREATE INDEX mail_subject ON mail (account, base_subject, came_at);
CREATE INDEX mail_closing ON mail (from_address, id);
CREATE INDEX mail_disposition ON mail (disposition, id);

-- Apart, so that the small row can change without the bytes being written again.
CREATE TABLE mail_raw (
    mail BIGINT PRIMARY KEY NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    bytes BLOB NOT NULL
);

-- Message identifiers that a mail bears as its own, or cites.
CREATE TABLE mail_reference (
    identifier TEXT NOT NULL,
    mail BIGINT NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    bears BOOLEAN NOT NULL,
    PRIMARY KEY (identifier, bears, mail)
);

CREATE TABLE cases (
    number BIGINT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    conversation BIGINT NOT NULL,
    kind TEXT NOT NULL,
    severity BIGINT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    please_check BOOLEAN NOT NULL,
    lead TEXT NOT NULL,
    state TEXT NOT NULL,
    subject TEXT NOT NULL,
    evidence TEXT NOT NULL,
    client TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    answered_at BIGINT,
    told_at BIGINT,
    alerted_at BIGINT
);
CREATE INDEX cases_conversation ON cases (conversation);
CREATE INDEX cases_account ON cases (account, opened_at);
CREATE INDEX cases_changed ON cases (changed_at);
CREATE INDEX cases_state ON cases (state);

CREATE TABLE case_mail (
    case_number BIGINT NOT NULL REFERENCES cases (number) ON DELETE CASCADE,
    mail BIGINT NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    PRIMARY KEY (case_number, mail)
);

CREATE TABLE case_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number BIGINT NOT NULL REFERENCES cases (number) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    why TEXT NOT NULL,
    -- The mail that it followed from.
    mail BIGINT REFERENCES mail (id) ON DELETE SET NULL
);
CREATE INDEX case_entry_case ON case_entry (case_number, id);
CREATE INDEX case_entry_at ON case_entry (at);

-- What the classifier said of a mail, so that it can be explained later.
CREATE TABLE classification (
    mail BIGINT PRIMARY KEY NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    severity BIGINT NOT NULL,
    model TEXT NOT NULL
);
CREATE TABLE finding (
    mail BIGINT NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    evidence TEXT NOT NULL,
    -- A JSON list of [feature, weight].
    words TEXT NOT NULL,
    PRIMARY KEY (mail, kind)
);

CREATE TABLE account (
    account_key TEXT PRIMARY KEY NOT NULL,
    -- The place in the file.
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    sales_name TEXT,
    sales_address TEXT,
    operations_name TEXT,
    operations_address TEXT,
    sales_deputy_name TEXT,
    sales_deputy_address TEXT,
    operations_deputy_name TEXT,
    operations_deputy_address TEXT,
    manager_name TEXT,
    manager_address TEXT,
    timezone TEXT NOT NULL,
    language TEXT NOT NULL,
    tier TEXT NOT NULL,
    -- Minor units of the currency an hour.
    hourly_rate BIGINT,
    currency TEXT NOT NULL
);
CREATE TABLE account_domain (
    domain TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL REFERENCES account (account_key) ON DELETE CASCADE,
    position BIGINT NOT NULL
);
CREATE TABLE account_address (
    address TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL REFERENCES account (account_key) ON DELETE CASCADE,
    position BIGINT NOT NULL
);
CREATE TABLE account_scope (
    account TEXT NOT NULL REFERENCES account (account_key) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    included BOOLEAN NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (account, position)
);
-- One row: grows by one with every import that changes something.
CREATE TABLE directory_version (
    version BIGINT NOT NULL
);
INSERT INTO directory_version (version) VALUES (0);

CREATE TABLE mailbox_cursor (
    mailbox TEXT PRIMARY KEY NOT NULL,
    validity BIGINT NOT NULL,
    last_uid BIGINT NOT NULL,
    since BIGINT NOT NULL,
    started_at BIGINT NOT NULL
);
CREATE TABLE mailbox_state (
    mailbox TEXT PRIMARY KEY NOT NULL,
    last_ok_at BIGINT,
    last_error TEXT,
    last_error_at BIGINT
);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_key TEXT NOT NULL UNIQUE,
    message_id TEXT NOT NULL UNIQUE,
    -- What sort of letter: notice, digest, alert, received, held.
    sort TEXT NOT NULL,
    -- NULL is the null reverse-path.
    envelope_from TEXT,
    envelope_to TEXT NOT NULL,
    subject TEXT NOT NULL,
    bytes BLOB NOT NULL,
    case_number BIGINT REFERENCES cases (number) ON DELETE SET NULL,
    conversation BIGINT,
    -- draft, pending, sending, sent, failed.
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    last_failure TEXT,
    sent_at BIGINT
);
CREATE INDEX outbox_due ON outbox (state, next_attempt_at);
CREATE INDEX outbox_conversation ON outbox (conversation, sort);
CREATE INDEX outbox_recipient ON outbox (envelope_to, sort, written_at);
CREATE INDEX outbox_sent ON outbox (sent_at);
CREATE INDEX outbox_case ON outbox (case_number);

CREATE TABLE digest (
    person TEXT PRIMARY KEY NOT NULL,
    made_at BIGINT NOT NULL
);
