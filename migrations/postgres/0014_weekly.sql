-- The SQLite file of the same name means the same.

-- When each manager's last weekly letter was made, or since when theirs are counted.
CREATE TABLE weekly (
    person TEXT PRIMARY KEY NOT NULL,
    made_at BIGINT NOT NULL
);
