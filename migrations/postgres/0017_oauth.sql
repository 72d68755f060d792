-- The SQLite file of the same name means the same.

-- The tokens of each login: of a mailbox, by its name, or of sending. As secret as passwords.
CREATE TABLE oauth_token (
    name TEXT PRIMARY KEY NOT NULL,
    -- Of which application, user and provider they are: the tokens of another are not used.
    client TEXT NOT NULL,
    -- The refresh token that is good now; NULL where the application asks for itself.
    refresh TEXT,
    -- When it ends, where the provider has said so.
    refresh_until BIGINT,
    -- Since when that is known: a provider may put it off with each renewal.
    refresh_since BIGINT,
    -- The access token, since when and until when it is good.
    access TEXT,
    access_since BIGINT,
    access_until BIGINT,
    -- Since when the provider refuses, and in which words.
    dead_since BIGINT,
    -- When the provider was asked last while it refuses.
    asked_at BIGINT,
    trouble TEXT,
    -- The provider wants to be left in peace until then, after so many failures in a row.
    not_before BIGINT,
    failures BIGINT NOT NULL DEFAULT 0,
    -- Who asks the provider now, and until when others leave that to them.
    asker TEXT,
    asked_until BIGINT
);

-- What the administrator was told of a login, and when.
CREATE TABLE oauth_told (
    name TEXT NOT NULL,
    topic TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (name, topic)
);
