-- The PostgreSQL file of the same name means the same.

-- What reply tokens are proved with: the newest makes them, all read them.
CREATE TABLE token_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 32 random bytes.
    bytes BLOB NOT NULL,
    made_at BIGINT NOT NULL
);

-- Mails whose commands did not count.
CREATE TABLE refusal (
    mail BIGINT PRIMARY KEY NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    -- Who From says, as it stands.
    sender TEXT NOT NULL,
    -- The name of the reason, and the reason in words.
    reason TEXT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX refusal_at ON refusal (at);
