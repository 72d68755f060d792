-- A store of some years: some 900 mails a day, the last one now. 200 clients, of whom a few write most; 40 people each; a
-- tenth of the mails in threads; 7 % in cases, nearly all of them long finished. Bodies are short: nothing looks into them.

{with} INSERT INTO mail (mailbox, validity, place_key, content_hash, message_id, received_at, stored_at, came_at, full_size,
    truncated, sent_folder, from_name, from_address, subject, base_subject, excerpt, closing, defects, disposition, reason,
    account, conversation, writer_name, writer_address, recipients)
SELECT 'service/INBOX', 1, CAST(i AS TEXT), {hash}, 'old' || i || '@client.example', {at}, {at}, {at}, 21000,
    FALSE, FALSE, 'Person ' || (i % 40), {person}, 'Re: Matter ' || (i % 5000), 'matter ' || (i % 5000),
    'Nobody turned up on Monday, and we had to send our own staff home again. Could you look at the second entrance while you are there? Matter ' || i || '. The new contact for deliveries is Mr Okafor, whose number you have. Our auditors ask for the signed copy by the end of the month.',
    CASE WHEN i % 20 = 7 THEN '' ELSE 'Best regards' || {nl} || 'Person ' || (i % 40) || {nl} || 'Client ' || {client} END, '[]',
    {disposition}, 'needs nothing: no label is probable enough',
    CASE WHEN {disposition} = 'unmatched' THEN NULL ELSE 'client' || {client} END,
    CASE WHEN i % 10 = 3 THEN i - 1 ELSE i END, 'Person ' || (i % 40), {person}, 'service@fjord.example'
FROM n;

{with} INSERT INTO mail_raw (mail, bytes) SELECT i, {blob} FROM n;

{with} INSERT INTO chunk (hash, bytes) SELECT {hash}, {tiny} FROM n WHERE i % 3 = 0;

{with} INSERT INTO mail_reference (identifier, mail, bears) SELECT 'old' || i || '@client.example', i, TRUE FROM n;

{with} INSERT INTO mail_reference (identifier, mail, bears) SELECT 'old' || (i - 1) || '@client.example', i, FALSE
FROM n WHERE i % 10 = 3;

{with} INSERT INTO classification (mail, severity, model) SELECT i, i % 3, 'built-in' FROM n
WHERE {disposition} IN ('case', 'routine');

{with} INSERT INTO finding (mail, kind, probability, evidence, words)
SELECT i, 'complaint', CASE WHEN i % 100 < 7 THEN 0.8 ELSE 0.05 END, 'Nobody turned up on Monday.', '[]' FROM n
WHERE {disposition} IN ('case', 'routine');

{with} INSERT INTO cases (number, account, conversation, kind, severity, probability, please_check, lead, state, subject, evidence,
    client, opened_at, changed_at, answered_at, told_at, alerted_at, resolved_at, watched_until)
SELECT i, 'client' || {client}, i, CASE WHEN i % 3 = 0 THEN 'extra_work' ELSE 'complaint' END, 1 + i % 3, 0.8, FALSE,
    'operations', CASE WHEN {age} < 2500 THEN 'open' WHEN {age} < 4000 THEN 'resolved' ELSE 'closed' END,
    'Matter ' || (i % 5000), 'Nobody turned up on Monday.', {person}, {at}, {at} + 3600000,
    CASE WHEN {age} < 2500 THEN NULL ELSE {at} + 1800000 END, {at}, CASE WHEN i % 300 = 1 THEN {at} END,
    CASE WHEN {age} < 2500 THEN NULL ELSE {at} + 3600000 END,
    CASE WHEN {age} BETWEEN 2500 AND 28000 THEN {at} + 2678400000 END
FROM n WHERE {disposition} = 'case';

{with} INSERT INTO case_mail (case_number, mail) SELECT i, i FROM n WHERE {disposition} = 'case';

{with} INSERT INTO case_entry (case_number, at, who, what, why, mail)
SELECT i, {at} + 60000 * step.number, CASE WHEN step.number = 1 THEN 'Pairdesk' ELSE 'Lee Park <lee@fjord.example>' END,
    CASE step.number WHEN 1 THEN 'Opened as a complaint.' WHEN 2 THEN 'Took it.' ELSE 'Answered the client.' END, '', i
FROM n CROSS JOIN (SELECT 1 AS number UNION ALL SELECT 2 UNION ALL SELECT 3) AS step WHERE {disposition} = 'case';

{with} INSERT INTO outbox (letter_key, message_id, sort, envelope_from, envelope_to, subject, bytes, case_number, conversation,
    state, attempts, written_at, next_attempt_at, sent_at)
SELECT 'old' || i || '-' || step.number, 'old' || i || '-' || step.number || '@fjord.example',
    CASE WHEN step.number < 3 THEN 'notice' WHEN i % 300 = 1 THEN 'alert' ELSE 'received' END, 'service@fjord.example',
    CASE WHEN step.number < 3 THEN 'owner' || ({client} % 20) || '@fjord.example' WHEN i % 300 = 1 THEN 'mona@fjord.example'
        ELSE {person} END,
    'Matter ' || (i % 5000), {blob}, i, i, 'sent', 1, {at}, {at}, {at} + 1000
FROM n CROSS JOIN (SELECT 1 AS number UNION ALL SELECT 2 UNION ALL SELECT 3) AS step WHERE {disposition} = 'case';

{with} INSERT INTO offer (case_number, work, stage, asked_at, priced_at, offered_at, accepted_at, done_at)
SELECT i, 'The second entrance', CASE WHEN {age} < 4000 THEN 'offered' ELSE 'done' END, {at}, {at}, {at},
    CASE WHEN {age} < 4000 THEN NULL ELSE {at} END, CASE WHEN {age} < 4000 THEN NULL ELSE {at} END
FROM n WHERE {disposition} = 'case' AND i % 3 = 0 AND i % 2 = 0;

{with} INSERT INTO commitment (account, case_number, person, words, due, made_at, mail)
SELECT 'client' || {client}, NULL, 'lee@fjord.example', 'I will send it by Friday.', {day}, {at}, i
FROM n WHERE i % 100 = 17;

{with} INSERT INTO gathered (case_number, account, at, told_at) SELECT i, 'client' || {client}, {at}, {at}
FROM n WHERE {disposition} = 'case' AND i % 100 = 1;

{with} INSERT INTO meeting (uid, case_number, starts_at, minutes) SELECT 'old' || i, i, {at}, 30
FROM n WHERE {disposition} = 'case' AND i % 100 = 2;

{with} INSERT INTO refusal (mail, at, sender, reason, words) SELECT i, {at}, {person}, 'unproven', 'The sender is not proven.'
FROM n WHERE i % 1000 = 18;

{with} INSERT INTO correction (mail, labels, severity, who, at, words, said_in)
SELECT i, '', NULL, 'Lee Park <lee@fjord.example>', {at}, 'wrong', NULL FROM n WHERE {disposition} = 'case' AND i % 1000 = 3
