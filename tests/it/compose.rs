//! Whole mails as they go out, and what no writer of a mail can do to them.

use pairdesk::compose::{Composer, House, check, samples};
use pairdesk::directory::coverage::Gap;
use pairdesk::directory::{ScopeReading, ScopeVerdict};
use pairdesk::effect::{Addressing, Content, Letter, OutgoingMail, Ready, WaitingDraft};
use pairdesk::message::{ReadOptions, read, subaddress};
use pairdesk::token::{About, Key, Keys, of_message_id};
use proptest::prelude::*;

fn house() -> House {
    House {
        name: "Fjord Studio".to_owned(),
        address: "service@fjord.example".to_owned(),
        id_domain: "fjord.example".to_owned(),
        keys: Keys::new(vec![Key { id: 1, bytes: [7; 32] }]),
        subaddress: true,
    }
}

fn finish(letter: &Letter) -> OutgoingMail {
    Composer::new(house()).finish(letter)
}

fn sample(name: &str) -> Letter {
    samples().into_iter().find(|(known, _)| *known == name).expect("there is such a sample").1
}

#[test]
fn every_mail_reads_as_it_is_kept_here() {
    for (name, letter) in samples() {
        let mail = finish(&letter);
        let text = String::from_utf8(mail.bytes.clone()).unwrap().replace("\r\n", "\n");
        let text = without_pictures(&text);
        let envelope =
            format!("envelope: <{}> to <{}>", mail.envelope_from.unwrap_or_default(), mail.envelope_to);
        insta::assert_snapshot!(name, format!("{envelope}\n{text}"));
    }
}

/// The same with the bytes of pictures left out: they are looked at as such.
fn without_pictures(mail: &str) -> String {
    let mut kept = Vec::new();
    let mut picture = false;
    for line in mail.lines() {
        picture = !line.starts_with("--=_") && (picture || line.starts_with("Content-ID: "));
        let is_base64 = line.len() > 60 && !line.contains([' ', ':']);
        if !(picture && is_base64) {
            kept.push(line);
        }
    }
    kept.join("\n") + "\n"
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    for (name, letter) in samples() {
        assert_eq!(finish(&letter), finish(&letter.clone()), "{name}");
    }
}

#[test]
fn every_mail_is_ascii_with_crlf_and_lines_that_smtp_can_carry() {
    for (name, letter) in samples() {
        let bytes = finish(&letter).bytes;
        assert!(bytes.is_ascii(), "{name}");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("\r\n"), "{name}");
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "{name}");
        assert!(text.lines().all(|line| line.len() <= 998), "{name}: RFC 5322 §2.1.1");
    }
}

fn to_a_client(letter: &Letter) -> bool {
    matches!(
        letter.content,
        Content::Received(_)
            | Content::Offer(_)
            | Content::Accepted(_)
            | Content::Boundary(_)
            | Content::StillWorking(_)
            | Content::Settled(_)
            | Content::ThankYou(_)
            | Content::OwnWords(_)
    ) || matches!(&letter.content, Content::Invitation(invitation) if invitation.client.is_some())
}

#[test]
fn every_html_part_is_whole_without_scripts_and_without_anything_to_fetch() {
    let mut seen = 0;
    for (name, letter) in samples() {
        let mail = mail_parser::MessageParser::default().parse(&finish(&letter).bytes).unwrap().into_owned();
        let received = to_a_client(&letter);
        assert_eq!(
            mail.html_part(0).is_some_and(mail_parser::MessagePart::is_text_html),
            !received,
            "{name}"
        );
        let html = mail.body_html(0).unwrap();
        for bad in ["<script", "<link", "http:", "https:", "url(", "@import", "onclick"] {
            assert!(!html.contains(bad), "{name} has {bad}");
        }
        for picture in html.split("<img ").skip(1) {
            assert!(picture.starts_with("src=\"cid:"), "{name}: {picture}");
        }
        for tag in ["table", "tr", "td", "b", "span", "a", "html", "body"] {
            let opened =
                html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{name}: {tag}");
        }
        seen += usize::from(!received);
    }
    assert_eq!(seen, 36);
}

#[test]
fn automatic_mail_is_marked_and_an_automatic_answer_cannot_be_answered_by_a_machine() {
    for (name, letter) in samples() {
        let mail = finish(&letter);
        let text = String::from_utf8(mail.bytes).unwrap();
        let received = matches!(
            letter.content,
            Content::Received(_) | Content::Accepted(_) | Content::ThankYou(_) | Content::Answer(_)
        );
        let by_a_word = matches!(
            letter.content,
            Content::Offer(_) | Content::Boundary(_) | Content::OwnWords(_) | Content::Invitation(_)
        );
        let mark = if received { "auto-replied" } else { "auto-generated" };
        assert_eq!(text.contains(&format!("\r\nAuto-Submitted: {mark}\r\n")), !by_a_word, "{name}");
        assert_eq!(text.contains("\r\nX-Auto-Response-Suppress: All\r\n"), !by_a_word, "{name}");
        assert!(text.contains(&format!("\r\nX-Pairdesk-Letter: {}\r\n", letter.content.key())), "{name}");
        let sender = if received { None } else { Some("service@fjord.example".to_owned()) };
        assert_eq!(mail.envelope_from, sender, "{name}");
    }
}

#[test]
fn the_token_stands_in_the_address_that_answers_go_to_or_else_in_the_message_id() {
    let long = format!("{}@fjord.example", "s".repeat(32));
    let houses = [
        (house(), true),
        (House { address: format!("{}@fjord.example", "s".repeat(31)), ..house() }, true),
        (House { subaddress: false, ..house() }, false),
        // The local part would be too long for a mail server (RFC 5321 §4.5.3.1.1).
        (House { address: long, ..house() }, false),
    ];
    for (house, in_address) in houses {
        for (name, letter) in samples() {
            let mail = Composer::new(house.clone()).finish(&letter);
            let about = match &letter.content {
                Content::Notice(notice) => Some(About::Case(notice.facts.number)),
                Content::Alert(alert) => Some(About::Case(alert.facts.number)),
                Content::Digest(_) | Content::Gathered(_) | Content::Weekly(_) => Some(About::Digest),
                Content::Answer(_) => letter.case.map(About::Case).or(Some(About::Digest)),
                Content::Briefing(_) => Some(About::Digest),
                Content::Invitation(invitation) if invitation.client.is_none() => {
                    Some(About::Case(invitation.meeting.case))
                }
                _ => None,
            };
            let parsed = read(&mail.bytes, &ReadOptions::default());
            let answered = parsed.reply_to.first().and_then(|to| subaddress(&house.address, &to.address));
            let cited = of_message_id(&mail.message_id, "fjord.example");
            assert_eq!(parsed.message_id.as_deref(), Some(&*mail.message_id), "{name}");
            assert_eq!(
                (answered.is_some(), cited.is_some()),
                if in_address { (about.is_some(), false) } else { (false, about.is_some()) },
                "{name}"
            );
            let read = answered.or(cited).map(|token| house.keys.read(token, &letter.to.address, letter.at));
            assert_eq!(read, about.map(Ok), "{name}");
            assert_eq!(parsed.from.unwrap().address, house.address, "{name}");
        }
    }
    let keyless = Composer::new(House { keys: Keys::default(), ..house() }).finish(&sample("notice"));
    assert_eq!(read(&keyless.bytes, &ReadOptions::default()).reply_to, []);
}

/// A client who tries everything at once.
const EVIL: &str = "Eve\r\nBcc: all@evil.example\r\n\r\n<script>alert('1')</script><b>bold</b>\u{202e}drow\u{0}\u{200b} & \"Co\"";

#[test]
fn nothing_that_a_client_writes_becomes_a_header_or_html() {
    let mut letter = sample("notice-request");
    letter.id = "x\r\nBcc: a@evil.example <>".to_owned();
    letter.references =
        vec!["one@acme.example".to_owned(), "two\r\nBcc: b@evil.example> <".to_owned(), "\r\n".to_owned()];
    letter.to.name = EVIL.to_owned();
    let Content::Notice(notice) = &mut letter.content else { unreachable!() };
    EVIL.clone_into(&mut notice.facts.subject);
    EVIL.clone_into(&mut notice.facts.account);
    EVIL.clone_into(&mut notice.facts.evidence);
    EVIL.clone_into(&mut notice.facts.client);
    EVIL.clone_into(&mut notice.facts.why);
    EVIL.clone_into(&mut notice.excerpt);
    notice.scope = vec![(true, EVIL.to_owned())];
    let mail = finish(&letter);

    let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
    let names: Vec<_> = parsed.headers().iter().map(mail_parser::Header::name).collect();
    let clean = finish(&sample("notice-request"));
    let clean = mail_parser::MessageParser::default().parse(&clean.bytes).unwrap();
    assert_eq!(names, clean.headers().iter().map(mail_parser::Header::name).collect::<Vec<_>>());
    assert_eq!(mail.message_id, "xBcca@evil.example@fjord.example");
    let html = parsed.body_html(0).unwrap();
    let text = parsed.body_text(0).unwrap();
    assert!(!html.contains("<script") && !html.contains("<b>bold"), "{html}");
    assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{html}");
    for part in [parsed.subject().unwrap(), &html, &text, &mail.subject] {
        assert!(!part.contains(['\u{202e}', '\u{0}', '\u{200b}']), "{part}");
    }
    let to = parsed.to().unwrap().first().unwrap();
    assert_eq!(to.address.as_deref(), Some("kim@fjord.example"));
}

#[test]
fn nothing_that_a_client_writes_becomes_a_header_of_the_answer() {
    let mut letter = sample("received-request-en");
    letter.to.name = EVIL.to_owned();
    let Content::Received(received) = &mut letter.content else { unreachable!() };
    EVIL.clone_into(&mut received.subject);
    EVIL.clone_into(&mut received.client_name);
    received.owners = vec!["Kim \"K\" \\ Vos\r\nBcc: x@evil.example".to_owned(), "Łukasz Żak".to_owned()];
    let mail = finish(&letter);
    let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
    assert!(parsed.headers().iter().all(|header| !header.name().eq_ignore_ascii_case("Bcc")));
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(from.address.as_deref(), Some("service@fjord.example"));
    assert!(from.name.as_deref().unwrap().contains("Łukasz Żak"), "{from:?}");
}

#[test]
fn names_with_quotes_and_commas_and_other_letters_arrive_as_they_are() {
    for name in
        ["Park, Lee", "Lee \"The Fixer\" Park", "Lee (Ops)", "back\\slash", "Zoë Łukasz", "李 雷", "O'Neil"]
    {
        let mut letter = sample("notice");
        name.clone_into(&mut letter.to.name);
        let bytes = finish(&letter).bytes;
        let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(parsed.to().unwrap().first().unwrap().name.as_deref(), Some(name));
    }
}

#[test]
fn a_long_subject_is_shortened_and_survives_in_other_letters() {
    let mut letter = sample("notice");
    let Content::Notice(notice) = &mut letter.content else { unreachable!() };
    notice.facts.subject = "Übergabe der Lieferung für die Müller-Filialen in Köln ".repeat(20);
    let mail = finish(&letter);
    assert!(mail.subject.chars().count() <= 140);
    assert!(mail.subject.starts_with("#142 Acme: Übergabe der Lieferung"), "{}", mail.subject);
    assert!(mail.subject.ends_with('…'));
    let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
    assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
}

#[test]
fn the_nearest_line_of_the_scope_is_marked_and_shown_however_late_it_stands() {
    let read = |scope: Vec<(bool, String)>, nearest| {
        let mut letter = sample("notice-request");
        let Content::Notice(notice) = &mut letter.content else { unreachable!() };
        (notice.scope, notice.nearest) = (scope, nearest);
        let bytes = finish(&letter).bytes;
        let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        (parsed.body_text(0).unwrap().replace("\r\n", "\n"), parsed.body_html(0).unwrap().into_owned())
    };
    let scope: Vec<_> = (1..=9).map(|number| (number % 2 == 1, format!("Line {number}"))).collect();
    let verdicts = [
        (0, ScopeVerdict::Included, "It reads as included: \"Line 1\"."),
        (2, ScopeVerdict::NotIncluded, "It reads as not included: it goes beyond \"Line 3\"."),
        (7, ScopeVerdict::NotIncluded, "It reads as not included: \"Line 8\" is named as not part of it."),
        (
            8,
            ScopeVerdict::Unclear,
            "It is unclear whether it is included. The nearest line is \"Line 9\", which is included.",
        ),
        (
            1,
            ScopeVerdict::Unclear,
            "It is unclear whether it is included. The nearest line is \"Line 2\", which is not included.",
        ),
    ];
    for (line, verdict, said) in verdicts {
        let (text, html) = read(scope.clone(), Some(ScopeReading { line, verdict }));
        let sign = if line % 2 == 0 { "+ included" } else { "- not included" };
        assert!(text.contains(&format!("\n  {sign}: Line {} (nearest)\n", line + 1)), "{text}");
        assert!(text.contains(said), "{text}");
        assert_eq!(text.matches("included: Line").count(), 6, "{text}");
        assert!(html.contains(&format!("Line {}</b> (nearest)", line + 1)), "{html}");
    }
    let (text, html) = read(scope, None);
    assert!(text.contains("\n  - not included: Line 6\n") && !text.contains("Line 7"), "{text}");
    assert!(!text.contains("It reads") && !html.contains("(nearest)"), "{text}");
}

#[test]
fn a_long_mail_is_shown_in_part() {
    let mut letter = sample("notice");
    let Content::Notice(notice) = &mut letter.content else { unreachable!() };
    notice.excerpt = "A line that goes on and on and says the same.\n".repeat(200);
    let bytes = finish(&letter).bytes;
    let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(parsed.body_text(0).unwrap().matches("goes on and on").count(), 6);
    assert!(parsed.body_text(0).unwrap().contains("the same. …"));
}

#[test]
fn the_thread_of_a_case_and_the_clients_thread_are_kept() {
    let mut letter = sample("received-request-en");
    letter.references = (0..50).map(|number| format!("m{number}@acme.example")).collect();
    let bytes = finish(&letter).bytes;
    let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(parsed.in_reply_to().as_text(), Some("m49@acme.example"));
    let references = parsed.references().as_text_list().unwrap();
    assert_eq!(references.len(), 20);
    assert_eq!((references[0].as_ref(), references[19].as_ref()), ("m0@acme.example", "m49@acme.example"));
    // A literal address, a colon, parentheses: as they came; what cannot be cited whole is not cited.
    let odd = [
        "x@[10.0.0.5]",
        "a:b(c)@acme.example",
        "m\u{e9}@acme.example",
        &format!("{}@acme.example", "l".repeat(2000)),
    ];
    letter.references = odd.iter().map(|id| (*id).to_owned()).collect();
    let text = String::from_utf8(finish(&letter).bytes).unwrap();
    let cited =
        "In-Reply-To: <a:b(c)@acme.example>\r\nReferences: <x@[10.0.0.5]>\r\n <a:b(c)@acme.example>\r\n";
    assert!(text.contains(cited), "{text}");
    let notices = ["notice", "notice-partner", "notice-raised", "alert"];
    for name in notices {
        let text = String::from_utf8(finish(&sample(name)).bytes).unwrap();
        assert!(text.contains("References: <case-142@fjord.example>\r\n"), "{name}");
    }
}

#[test]
fn a_letter_of_a_language_without_a_template_is_english() {
    let mut letter = sample("received-request-en");
    let Content::Received(received) = &mut letter.content else { unreachable!() };
    "fr".clone_into(&mut received.language);
    received.client_name = "dana@acme.example".to_owned();
    received.owners = vec!["Lee Park".to_owned()];
    "AW: Weekly pickup".clone_into(&mut received.subject);
    let mail = finish(&letter);
    assert_eq!(mail.subject, "AW: Weekly pickup");
    let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
    let text = parsed.body_text(0).unwrap();
    assert!(text.starts_with("Hello,"), "{text}");
    assert!(text.contains("Lee Park has it"), "{text}");
}

#[test]
fn times_are_the_readers_and_an_unknown_zone_is_utc() {
    for (zone, shown) in [("America/New_York", "08:02"), ("Asia/Tokyo", "21:02"), ("Mars/Olympus", "12:02")] {
        let mut letter = sample("notice");
        let Content::Notice(notice) = &mut letter.content else { unreachable!() };
        zone.clone_into(&mut notice.timezone);
        let bytes = finish(&letter).bytes;
        let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        assert!(parsed.body_text(0).unwrap().contains(&format!("Tue 12 May {shown}")), "{zone}");
    }
}

#[test]
fn an_address_that_is_none_still_gives_a_mail_that_shows_it() {
    let mut letter = sample("notice");
    letter.to.address = "not an address\r\nBcc: x@evil.example".to_owned();
    let mail = finish(&letter);
    let text = String::from_utf8(mail.bytes).unwrap();
    assert!(text.contains("\r\nTo: not an address Bcc: x@evil.example\r\n"), "{text}");
}

#[test]
fn check_finds_a_house_that_cannot_write() {
    assert_eq!(check(&house()), Vec::<String>::new());
    let nowhere = House { name: " \n".to_owned(), address: "service".to_owned(), ..house() };
    let problems = check(&nowhere);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("\"service\""), "{problems:?}");
}

fn client(addressing: &mut Addressing, words: &[String]) {
    addressing.subject.clone_from(&words[4]);
    addressing.client_name.clone_from(&words[5]);
    addressing.owners = vec![words[6].clone(), words[7].clone()];
    addressing.language.clone_from(&words[8]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_the_words_are_the_headers_are_the_same_and_the_lines_can_be_carried(
        words in proptest::collection::vec(any::<String>(), 9),
        name in "(?s).{0,200}",
        long in "[ -~äß…\n]{0,3000}",
        sort in 0_usize..samples().len(),
    ) {
        let mut letter = samples().swap_remove(sort).1;
        let plain = finish(&letter).bytes;
        letter.id.push_str(&words[0]);
        letter.to.name = name.clone();
        letter.references.push(words[1].clone());
        match &mut letter.content {
            Content::Notice(notice) => {
                notice.excerpt = long.clone();
                notice.timezone.clone_from(&words[2]);
                notice.facts.subject = long;
                notice.facts.account.clone_from(&words[3]);
                notice.facts.client.clone_from(&words[4]);
                notice.facts.evidence.clone_from(&words[5]);
            }
            Content::Digest(digest) => {
                digest.drafts = vec![WaitingDraft {
                    case: 1,
                    to: words[2].clone(),
                    subject: words[4].clone(),
                    text: long,
                    whose: Some(words[5].clone()),
                }];
                digest.uncovered = vec![Gap::Missing {
                    account: "acme".to_owned(),
                    name: words[3].clone(),
                    side: pairdesk::case::Side::Sales,
                }];
            }
            Content::Alert(alert) => {
                alert.because.clone_from(&words[2]);
                alert.facts.account = long;
            }
            Content::Received(received) => {
                received.subject = long;
                received.client_name.clone_from(&words[2]);
                received.owners = vec![words[3].clone(), words[4].clone()];
                received.language.clone_from(&words[5]);
            }
            Content::Offer(offer) => {
                offer.words = long;
                offer.work.clone_from(&words[2]);
                offer.price.currency.clone_from(&words[3]);
                client(&mut offer.addressing, &words);
            }
            Content::Accepted(agreement) => {
                agreement.work = long;
                client(&mut agreement.addressing, &words);
            }
            Content::Boundary(boundary) => {
                boundary.words = long;
                boundary.request.clone_from(&words[2]);
                client(&mut boundary.addressing, &words);
            }
            Content::StillWorking(still) => client(&mut still.addressing, &words),
            Content::Settled(settled) => client(&mut settled.addressing, &words),
            Content::ThankYou(addressing) => client(addressing, &words),
            Content::Weekly(weekly) => {
                weekly.clients[0].name = long;
                weekly.clients[1].name.clone_from(&words[2]);
                weekly.not_sent[0].2.clone_from(&words[3]);
                weekly.put_right[0].0.clone_from(&words[4]);
            }
            Content::Held(held) => held.limit = long,
            Content::Gathered(gathered) => {
                gathered.account = long;
                gathered.key.clone_from(&words[2]);
            }
            Content::Unaccounted(unaccounted) => {
                unaccounted.mailbox = long;
                unaccounted.found[0].clone_from(&words[2]);
            }
            Content::Access(access) => {
                access.place = long;
                access.remedy.clone_from(&words[2]);
            }
            Content::Briefing(briefing) => {
                briefing.old.name.clone_from(&words[2]);
                briefing.accounts[0].name = long;
                briefing.accounts[0].due = vec![(1, words[3].clone())];
            }
            Content::Invitation(invitation) => {
                invitation.subject = long;
                invitation.by.name.clone_from(&words[2]);
                invitation.timezone.clone_from(&words[3]);
                invitation.meeting.guests[0].name.clone_from(&words[4]);
            }
            Content::Answer(answer) => {
                answer.subject.clone_from(&words[2]);
                for line in &mut answer.lines {
                    line.words.clone_from(&long);
                    line.text.clone_from(&words[3]);
                    line.case = Some((1, words[4].clone()));
                    line.ready = vec![Ready { line: words[5].clone(), about: words[6].clone() }];
                }
            }
            Content::OwnWords(own) => {
                own.text = long;
                own.subject.clone_from(&words[2]);
                own.author.clone_from(&words[3]);
            }
        }
        let mail = finish(&letter);
        prop_assert!(mail.bytes.is_ascii());
        let text = String::from_utf8(mail.bytes).unwrap();
        prop_assert!(text.lines().all(|line| line.len() <= 998));
        prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        let names = |text: &str| {
            let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
            let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
            let names: std::collections::BTreeSet<_> =
                lines.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect();
            names.into_iter().filter(|name| name != "In-Reply-To" && name != "References").collect::<Vec<_>>()
        };
        prop_assert_eq!(names(&text), names(&String::from_utf8(plain).unwrap()));
    }
}
