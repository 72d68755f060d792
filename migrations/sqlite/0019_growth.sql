-- The PostgreSQL file of the same name means the same.

-- What a mail, a tick or a letter looks up, so that a million mails in the store make it no slower. A mail that waits to be
-- read is in none of those whose order is not that of its coming: where these are large, each mail would change another page.
DROP INDEX IF EXISTS mail_content;
CREATE INDEX mail_content ON mail (content_hash) WHERE (disposition <> 'waiting');
DROP INDEX IF EXISTS mail_conversation;
CREATE INDEX mail_conversation ON mail (conversation, id) WHERE (conversation IS NOT NULL);
DROP INDEX IF EXISTS mail_subject;
CREATE INDEX mail_subject ON mail (account, base_subject, came_at) WHERE (account IS NOT NULL);
DROP INDEX IF EXISTS mail_closing;
CREATE INDEX mail_closing ON mail (from_address, id) WHERE (closing <> '');
CREATE INDEX IF NOT EXISTS mail_account ON mail (account, came_at) WHERE (account IS NOT NULL);
CREATE INDEX IF NOT EXISTS mail_heard ON mail (disposition, came_at) WHERE (account IS NOT NULL);
CREATE INDEX IF NOT EXISTS mail_came ON mail (came_at);
-- How the mails of a folder are accounted for.
CREATE INDEX IF NOT EXISTS mail_folder ON mail (mailbox, validity, disposition);
-- Mails of unknown senders: of late, and those of one writer.
CREATE INDEX IF NOT EXISTS mail_unmatched ON mail (disposition, stored_at) WHERE (disposition = 'unmatched');
CREATE INDEX IF NOT EXISTS mail_unmatched_of ON mail (COALESCE(writer_address, from_address), id) WHERE (disposition = 'unmatched');
DROP INDEX IF EXISTS cases_state;
CREATE INDEX cases_state ON cases (state, changed_at);
CREATE INDEX IF NOT EXISTS cases_opened ON cases (opened_at);
CREATE INDEX IF NOT EXISTS cases_alerted ON cases (alerted_at);
CREATE INDEX IF NOT EXISTS cases_account_alerted ON cases (account, alerted_at);
CREATE INDEX IF NOT EXISTS cases_watched ON cases (watched_until);
DROP INDEX IF EXISTS outbox_case;
CREATE INDEX outbox_case ON outbox (case_number, state);
DROP INDEX IF EXISTS outbox_conversation;
CREATE INDEX outbox_conversation ON outbox (conversation, sort, written_at);
CREATE INDEX IF NOT EXISTS outbox_received ON outbox (written_at) WHERE (sort = 'received');
CREATE INDEX IF NOT EXISTS outbox_alerts ON outbox (written_at) WHERE (sort = 'alert');
CREATE INDEX IF NOT EXISTS gathered_told ON gathered (told_at, account);
CREATE INDEX IF NOT EXISTS offer_stage ON offer (stage, given_away_at);
-- What refers to a mail or a case, which goes or is asked for by it.
CREATE INDEX IF NOT EXISTS mail_reference_mail ON mail_reference (mail);
CREATE INDEX IF NOT EXISTS case_mail_mail ON case_mail (mail);
CREATE INDEX IF NOT EXISTS case_entry_mail ON case_entry (mail);
CREATE INDEX IF NOT EXISTS commitment_mail ON commitment (mail);
CREATE INDEX IF NOT EXISTS commitment_case ON commitment (case_number);
CREATE INDEX IF NOT EXISTS correction_said_in ON correction (said_in);
CREATE INDEX IF NOT EXISTS meeting_case ON meeting (case_number, starts_at);
