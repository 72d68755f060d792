-- The PostgreSQL file of the same name means the same. Only with PostgreSQL do several daemons work on one database.

-- The daemons, each alive until the instant that it last promised: milliseconds of the database's clock.
CREATE TABLE daemon (
    id TEXT PRIMARY KEY NOT NULL,
    -- As people see it: "mail1, process 812".
    name TEXT NOT NULL,
    -- By what its own machine tells whether it still runs.
    process TEXT NOT NULL,
    alive_until BIGINT NOT NULL
);

-- What only one daemon does at a time. The token changes with the holder, and with nothing else: PostgreSQL lets a
-- transaction that holds (name, token) FOR KEY SHARE end before another daemon takes the lease.
CREATE TABLE lease (
    name TEXT PRIMARY KEY NOT NULL,
    daemon TEXT REFERENCES daemon (id) ON DELETE SET NULL,
    token BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    UNIQUE (name, token)
);

-- Whose claim a mail is that is being sent; NULL where there is one daemon.
ALTER TABLE outbox ADD COLUMN claimed_by TEXT;
