//! Mails, their identity, and what is known that bears on them.

use super::*;
use pairdesk::classify::{Classification, Finding, Trace};
use pairdesk::store::OutboxState;

pub async fn a_place_is_stored_once(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let (first, mail) = (arrival("41", b"one"), message("m1"));
    let id = put_unfiled(&mut tx, &first, &mail).await;
    assert_eq!(tx.put_mail(&first, &mail, &content_hash(b"one"), at(1)).await.unwrap(), None);
    assert_eq!(tx.set_aside(&first, "unreadable", at(1)).await.unwrap(), None);
    let mut elsewhere = first.clone();
    elsewhere.place.validity = 8;
    assert!(tx.put_mail(&elsewhere, &mail, &content_hash(b"one"), at(1)).await.unwrap().is_some());
    tx.commit().await.unwrap();
    let raw = fresh.store.raw_mail(id).await.unwrap();
    assert_eq!(raw.as_deref(), Some(&b"one"[..]));
    assert_eq!(fresh.store.raw_mail(id + 100).await.unwrap(), None);
}

pub async fn a_mail_waits_until_it_is_filed(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mut large = arrival("41", b"the first part");
    large.full_size = 99_999;
    let mail = put_unfiled(&mut tx, &large, &message("m1")).await;
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.mails(Disposition::Waiting).await.unwrap().len(), 1);

    let mut tx = fresh.store.begin().await.unwrap();
    tx.perform(Some(mail), &[filing(Disposition::Routine, None)], &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.mails(Disposition::Waiting).await.unwrap(), []);
    let stored = fresh.store.mail(mail).await.unwrap().unwrap().mail;
    assert_eq!(stored.disposition, Disposition::Routine);
    assert_eq!(stored.reason, "a test says so");
    assert_eq!(stored.account.as_deref(), Some("acme"));
    assert_eq!(stored.conversation, Some(mail), "it begins a conversation");
    assert_eq!(stored.writer, Some(address("ann@acme.example")));
    assert_eq!((stored.mailbox.as_str(), stored.key.as_str()), ("service/INBOX", "41"));
}

pub async fn a_mail_that_cannot_be_read_is_kept_as_it_came(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let raw = b"\x00\xff not a mail";
    let mail = tx.set_aside(&arrival("9", raw), "reading it failed", at(5)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.raw_mail(mail).await.unwrap().as_deref(), Some(&raw[..]));
    let listed = fresh.store.mails(Disposition::SetAside).await.unwrap();
    assert_eq!(listed[0].reason, "reading it failed");
    assert_eq!(listed[0].conversation, None);
}

pub async fn the_same_content_from_another_place_is_a_duplicate(fresh: Fresh) {
    let raw = b"Received: by a\r\nMessage-ID: <1@x>\r\nSubject: Feed\r\n\r\nIt is down\r\n";
    let copy = b"Received: by b\r\nMessage-ID: <1@x>\r\nSubject: Feed\r\n\r\nIt is down\r\n";
    let mut tx = fresh.store.begin().await.unwrap();
    let broken = tx.set_aside(&arrival("1", raw), "reading it failed", at(0)).await.unwrap().unwrap();
    let first = put_unfiled(&mut tx, &arrival("2", raw), &message("1@x")).await;
    let known = tx.known(first, &message("1@x"), &stranger(), at(0)).await.unwrap();
    assert_eq!(known.duplicate_of, None, "mail {broken} is set aside and does not count");
    tx.perform(Some(first), &[filing(Disposition::Routine, None)], &composer(), at(0)).await.unwrap();

    let second = put_unfiled(&mut tx, &arrival("3", copy), &message("1@x")).await;
    let known = tx.known(second, &message("1@x"), &stranger(), at(0)).await.unwrap();
    let duplicate = known.duplicate_of.unwrap();
    assert_eq!((duplicate.mail, duplicate.place.as_str()), (first, "service/INBOX/2"));
    assert_eq!(known.mail, second);

    let other =
        put_unfiled(&mut tx, &arrival("4", b"Message-ID: <1@x>\r\n\r\nother\r\n"), &message("1@x")).await;
    let known = tx.known(other, &message("1@x"), &stranger(), at(0)).await.unwrap();
    assert_eq!(known.duplicate_of, None, "a Message-ID that is used twice is two mails");
}

pub async fn a_reply_joins_what_it_answers(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let first = put(&mut tx, &message("m1"), None).await;
    let second = put(&mut tx, &reply("m2", "m1"), Some(first)).await;
    assert_ne!(first, second);
    let joined = joins(&mut tx, &reply("m3", "m2"), &stranger()).await;
    assert_eq!(joined, Some((first, "In-Reply-To".to_owned())), "the conversation is its first mail's");
    assert_eq!(joins(&mut tx, &message("m4"), &stranger()).await, None);
    assert_eq!(joins(&mut tx, &reply("m5", "never-seen"), &stranger()).await, None);
    assert_eq!(joins(&mut tx, &reply("m6", "m6"), &stranger()).await, None, "no mail answers itself");
}

pub async fn the_newest_known_reference_joins(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let _old = put(&mut tx, &message("old"), None).await;
    let new = put(&mut tx, &message("new"), None).await;
    let references = ["old", "new", "unknown"].map(str::to_owned).to_vec();
    let mail = Message { references, ..reply("m3", "lost") };
    assert_eq!(joins(&mut tx, &mail, &stranger()).await, Some((new, "References".to_owned())));
}

pub async fn an_answer_to_our_own_mail_joins_its_case(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let effects = [
        Effect::OpenCase(case(1, mail)),
        Effect::Send(letter("l1", "olga@firm.example", Some(1), held())),
        Effect::Draft(letter("l2", "ann@acme.example", None, received())),
    ];
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    tx.perform(
        None,
        &[Effect::Send(letter("l3", "olga@firm.example", None, empty_digest()))],
        &composer(),
        at(0),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let notice = &fresh.store.outgoing(OutboxState::Pending).await.unwrap()[0].message_id;
    let draft = &fresh.store.outgoing(OutboxState::Draft).await.unwrap()[0].message_id;
    let digest = &fresh.store.outgoing(OutboxState::Pending).await.unwrap()[1].message_id;

    let mut tx = fresh.store.begin().await.unwrap();
    let words = "In-Reply-To, an answer to our own mail".to_owned();
    let answer = known(&mut tx, &reply("a1", notice), &stranger()).await.conversation.unwrap();
    assert_eq!((answer.id, &answer.joined_by), (mail, &words));
    assert_eq!(answer.cases, [case(1, mail)]);
    assert_eq!(answer.account.as_deref(), Some("acme"));
    assert_eq!(joins(&mut tx, &reply("a2", draft), &stranger()).await, Some((mail, words)));
    assert_eq!(
        joins(&mut tx, &reply("a3", digest), &stranger()).await,
        None,
        "a digest is about no conversation"
    );
}

pub async fn answers_to_a_mail_that_never_came_join_each_other(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let first = put(&mut tx, &reply("m1", "unseen"), None).await;
    let joined = joins(&mut tx, &reply("m2", "unseen"), &stranger()).await;
    assert_eq!(joined, Some((first, "In-Reply-To, another answer to the same mail".to_owned())));
}

pub async fn a_mail_that_comes_after_its_answer_joins_it_and_is_known_as_answered(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let account = acme();
    let to = |mail: Message, recipient: &str| Message { to: vec![address(recipient)], ..mail };
    let early = |id: &str, cites: &str, recipient: &str| to(reply(id, cites), recipient);
    let mut filed = Vec::new();
    for (mail, disposition) in [
        (early("a1", "asked", "Ann@mail.Acme.example"), Disposition::Owner),
        (early("a2", "told", "service@firm.example"), Disposition::Owner),
        (early("a3", "echoed", "ann@acme.example"), Disposition::Automatic),
    ] {
        let key = mail.message_id.clone().unwrap();
        let id = put_unfiled(&mut tx, &arrival(&key, key.as_bytes()), &mail).await;
        tx.perform(Some(id), &[filing(disposition, None)], &composer(), at(0)).await.unwrap();
        filed.push(id);
    }
    for (id, answer, answered_at, why) in [
        ("asked", filed[0], Some(at(0)), "an owner's answer to the client"),
        ("told", filed[1], None, "an owner's note to us answers nobody"),
        ("echoed", filed[2], None, "nor does a machine"),
    ] {
        let known = known(&mut tx, &message(id), &client(&account)).await;
        assert_eq!(known.answered_at, answered_at, "{why}");
        let conversation = known.conversation.expect(why);
        let joined = (conversation.id, conversation.joined_by.as_str());
        assert_eq!(joined, (answer, "an answer to it that came first"), "{why}");
    }
    let unanswered = known(&mut tx, &message("new"), &client(&account)).await;
    assert_eq!((unanswered.answered_at, unanswered.conversation), (None, None));
}

pub async fn a_subject_joins_replies_of_one_account_within_thirty_days(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let first = put(&mut tx, &message("m1"), None).await;
    let account = acme();
    let again =
        |id: &str| Message { subject_is_reply: true, base_subject: "THE FEED".to_owned(), ..message(id) };
    let joined = Some((first, "subject within thirty days".to_owned()));
    assert_eq!(joins(&mut tx, &again("m2"), &client(&account)).await, joined);

    let plain = Message { subject_is_reply: false, ..again("m3") };
    assert_eq!(joins(&mut tx, &plain, &client(&account)).await, None, "a new mail of an old subject is new");
    let empty = Message { base_subject: String::new(), ..again("m4") };
    assert_eq!(joins(&mut tx, &empty, &client(&account)).await, None);
    assert_eq!(
        joins(&mut tx, &again("m5"), &stranger()).await,
        None,
        "an unknown sender joins by no subject"
    );
    let other = Account { key: "borealis".to_owned(), ..acme() };
    assert_eq!(joins(&mut tx, &again("m6"), &client(&other)).await, None);

    for (key, age, expected) in [("within", days(29), joined), ("after", days(31), None)] {
        let mut late = arrival(key, key.as_bytes());
        late.received_at = Some(at(0) + age);
        let mail = put_unfiled(&mut tx, &late, &again(key)).await;
        let known = tx.known(mail, &again(key), &client(&account), at(0) + age).await.unwrap();
        assert_eq!(known.conversation.map(|found| (found.id, found.joined_by)), expected, "{key}");
    }
}

pub async fn what_is_known_counts_complaints_and_acknowledgements(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let first = put(&mut tx, &message("m1"), None).await;
    let old = Case { opened_at: at(0) - days(31), ..case(2, first) };
    let effects = [
        Effect::OpenCase(case(1, first)),
        Effect::OpenCase(old),
        Effect::OpenCase(Case { severity: 1, ..case(3, first) }),
        Effect::OpenCase(Case { kind: Kind::ExtraWork, ..case(4, first) }),
        Effect::OpenCase(Case { account: "borealis".to_owned(), ..case(5, first) }),
        Effect::Draft(Letter { at: at(60), ..letter("l1", "ann@acme.example", Some(1), received()) }),
        Effect::Send(Letter { at: at(0) - days(2), ..letter("l2", "ann@acme.example", Some(1), received()) }),
        Effect::Send(Letter { at: at(90), ..letter("l3", "ann@acme.example", Some(1), held()) }),
        Effect::Send(Letter { at: at(90), ..letter("l4", "bob@acme.example", None, received()) }),
    ];
    tx.perform(Some(first), &effects, &composer(), at(0)).await.unwrap();
    let account = acme();
    let known = known(&mut tx, &reply("m2", "m1"), &client(&account)).await;
    assert_eq!(known.recent_complaints, 1);
    assert_eq!(known.next_case, 6);
    assert_eq!(known.last_acknowledged, Some(at(90)), "the newest of the conversation, whoever got it");
    assert_eq!(known.acknowledgements_today, 1, "the draft; not the older one, nor the other sort");
    assert_eq!(known.conversation.unwrap().cases.len(), 5);
}

pub async fn a_conversation_shows_its_last_three_mails(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let first = put(&mut tx, &message("m1"), None).await;
    for id in ["m2", "m3", "m4"] {
        put(&mut tx, &reply(id, "m1"), Some(first)).await;
    }
    let copy = put_unfiled(&mut tx, &arrival("m5", b"m4"), &reply("m5", "m1")).await;
    tx.perform(Some(copy), &[filing(Disposition::Duplicate, Some(first))], &composer(), at(0)).await.unwrap();
    let conversation = known(&mut tx, &reply("m6", "m1"), &stranger()).await.conversation.unwrap();
    let excerpts: Vec<_> = conversation.last_mails.iter().map(|mail| mail.excerpt.as_str()).collect();
    assert_eq!(excerpts, ["It is down, says m2.", "It is down, says m3.", "It is down, says m4."]);
    assert_eq!(conversation.last_mails[0].from, "ann@acme.example");
    assert_eq!(conversation.last_mails[0].at, at(0));
}

pub async fn what_a_mail_was_found_to_say_comes_back(fresh: Fresh) {
    let said = Classification {
        findings: vec![
            Finding {
                kind: Kind::Complaint,
                probability: 0.75,
                evidence: "It is down.".to_owned(),
                words: vec![("down".to_owned(), 1.5), ("is \"down\"".to_owned(), 0.25)],
            },
            Finding { kind: Kind::Praise, probability: 0.125, evidence: String::new(), words: Vec::new() },
        ],
        severity: 2,
        model: "minilm-1".to_owned(),
        trace: Trace::default(),
    };
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let silent = put(&mut tx, &message("m2"), None).await;
    tx.record_findings(mail, &said).await.unwrap();
    tx.perform(Some(mail), &[Effect::OpenCase(case(1, mail))], &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let detail = fresh.store.mail(mail).await.unwrap().unwrap();
    assert_eq!(detail.findings.unwrap().classification, said);
    assert_eq!(detail.cases, [1]);
    assert_eq!(fresh.store.mail(silent).await.unwrap().unwrap().findings, None);
    let case = fresh.store.case_detail(1).await.unwrap().unwrap();
    assert_eq!(case.findings[0].classification, said);
}

pub async fn nul_is_left_out_and_long_words_are_clipped(fresh: Fresh) {
    let long = "é".repeat(20_000);
    let odd = Message {
        message_id: Some(long.clone()),
        references: (0..3_000).map(|n| format!("{n}{long}")).collect(),
        subject: "The\0 feed".to_owned(),
        base_subject: long.clone(),
        reply: "It\0 is down".to_owned(),
        defects: vec!["a NUL\0 was left out".to_owned()],
        ..message("")
    };
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put_unfiled(&mut tx, &arrival("1", b"Subject: The\0 feed\n\n"), &odd).await;
    tx.perform(Some(mail), &[filing(Disposition::Routine, None)], &composer(), at(0)).await.unwrap();
    let account = acme();
    let joined = joins(&mut tx, &reply("m2", &long), &client(&account)).await;
    assert_eq!(joined, Some((mail, "In-Reply-To".to_owned())), "what is looked up is clipped alike");
    let by_subject = Message { subject_is_reply: true, base_subject: long, ..message("m3") };
    assert_eq!(joins(&mut tx, &by_subject, &client(&account)).await.unwrap().0, mail);
    tx.commit().await.unwrap();
    let stored = fresh.store.mail(mail).await.unwrap().unwrap().mail;
    assert_eq!((stored.subject.as_str(), stored.excerpt.as_str()), ("The feed", "It is down"));
    assert_eq!(stored.defects, ["a NUL\0 was left out"], "JSON writes it in letters");
    let raw = fresh.store.raw_mail(mail).await.unwrap().unwrap();
    assert!(raw.contains(&0), "the bytes stay as they came");
}

pub async fn only_unknown_maildir_names_come_back(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    for key in ["7.a", "900.a"] {
        let mut maildir = arrival(key, key.as_bytes());
        maildir.place = Place { mailbox: "drop".to_owned(), validity: 0, key: key.to_owned() };
        put_unfiled(&mut tx, &maildir, &message(key)).await;
    }
    tx.commit().await.unwrap();
    let keys: Vec<_> = (0..1_200).map(|n| format!("{n}.a")).collect();
    let unknown = fresh.store.unknown_keys("drop", 0, keys.clone()).await.unwrap();
    let expected: Vec<_> =
        keys.iter().filter(|key| !["7.a", "900.a"].contains(&key.as_str())).cloned().collect();
    assert_eq!(unknown, expected);
    assert_eq!(fresh.store.unknown_keys("other", 0, keys.clone()).await.unwrap(), keys);
    assert_eq!(fresh.store.unknown_keys("drop", 7, keys.clone()).await.unwrap(), keys);
    assert_eq!(fresh.store.unknown_keys("drop", 0, Vec::new()).await.unwrap(), Vec::<String>::new());
}

pub async fn a_mail_that_was_set_aside_without_bytes_makes_way_for_itself(fresh: Fresh) {
    let empty = |key: &str| Arrival { full_size: 1, ..arrival(key, b"") };
    let mut tx = fresh.store.begin().await.unwrap();
    for key in ["41", "42"] {
        tx.set_aside(&empty(key), "the mailbox gave none of it", at(0)).await.unwrap().unwrap();
    }
    // These have been given, whatever is wrong with them.
    tx.set_aside(&arrival("43", b""), "empty", at(0)).await.unwrap().unwrap();
    tx.set_aside(&Arrival { full_size: 9, ..arrival("44", b"\xff") }, "junk", at(0)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let place = empty("41").place;
    let unread = || fresh.store.unread_keys(&place.mailbox, place.validity);
    assert_eq!(unread().await.unwrap(), ["41", "42"]);
    assert_eq!(
        fresh.store.unread_keys(&place.mailbox, place.validity + 1).await.unwrap(),
        Vec::<String>::new()
    );
    let keys: Vec<_> = ["41", "43", "44"].map(str::to_owned).to_vec();
    let unknown = fresh.store.unknown_keys(&place.mailbox, place.validity, keys).await.unwrap();
    assert_eq!(unknown, ["41"]);

    let mut tx = fresh.store.begin().await.unwrap();
    assert_eq!(tx.set_aside(&empty("41"), "again", at(1)).await.unwrap(), None);
    let mail = put_unfiled(&mut tx, &arrival("41", b"at last"), &message("m1")).await;
    assert_eq!(tx.put_mail(&arrival("44", b"more"), &message("m2"), &[0; 32], at(1)).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(unread().await.unwrap(), ["42"]);
    assert_eq!(fresh.store.raw_mail(mail).await.unwrap().as_deref(), Some(&b"at last"[..]));
    assert_eq!(fresh.store.mails(Disposition::SetAside).await.unwrap().len(), 3);
}

pub async fn the_ends_of_a_writers_last_five_mails_come_back(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    for number in 0..7 {
        put(&mut tx, &message(&format!("m{number}")), None).await;
    }
    let signature = "Bob\0 Holm\nAcme".to_owned();
    put(&mut tx, &Message { from: Some(address("bob@acme.example")), signature, ..message("b1") }, None)
        .await;
    let silent = |id: &str| Message { reply: String::new(), ..message(id) };
    put(&mut tx, &Message { from: Some(address("cai@acme.example")), ..silent("c1") }, None).await;
    put(&mut tx, &silent("m7"), None).await;
    tx.commit().await.unwrap();
    let strangers: Vec<_> = (0..600).map(|number| format!("{number}@acme.example")).collect();
    let asked = strangers.iter().map(String::as_str);
    let asked: Vec<_> = asked.chain(["ann@acme.example", "bob@acme.example", "cai@acme.example"]).collect();
    let closings = fresh.store.closings(&asked).await.unwrap();
    assert_eq!(closings.len(), 2);
    assert_eq!(closings["ann@acme.example"], [2, 3, 4, 5, 6].map(|n| format!("It is down, says m{n}.")));
    assert_eq!(closings["bob@acme.example"], ["It is down, says b1.\nBob Holm\nAcme"]);
    assert!(fresh.store.closings(&[]).await.unwrap().is_empty());
}
