-- The SQLite file of the same name means the same.

-- What people said that a mail's labels are; the newest word on a mail counts.
CREATE TABLE correction (
    mail BIGINT PRIMARY KEY NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    -- The right labels with a space between; empty for a routine mail.
    labels TEXT NOT NULL,
    -- NULL when nobody said.
    severity BIGINT,
    -- "Kim Vos <kim@firm.example>", or "command line".
    who TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- The words that said it.
    words TEXT NOT NULL,
    -- The mail that said it.
    said_in BIGINT REFERENCES mail (id) ON DELETE SET NULL
);
CREATE INDEX correction_at ON correction (at);

-- How a model reads a corrected mail. Another model's vectors are worthless: the mail is read again.
CREATE TABLE correction_reading (
    mail BIGINT PRIMARY KEY NOT NULL REFERENCES correction (mail) ON DELETE CASCADE,
    model TEXT NOT NULL,
    -- 32-bit floats, little-endian.
    vector BYTEA NOT NULL,
    -- One 64-bit float a label, little-endian, in the order of the labelling guide.
    logits BYTEA NOT NULL
);
