//! One letter of every sort, with made-up people: for `check` and for looking at the templates.

mod client;
mod clock;
mod digests;
mod own;
mod weekly;

use jiff::{SignedDuration, Timestamp};

use crate::case::{Entry, Kind, Side, State};
use crate::directory::{ScopeReading, ScopeVerdict};
use crate::effect::{
    Access, AccessNews, Acknowledgement, Alert, Answer, AnswerLine, CaseFacts, Content, Gathered, Held,
    Letter, Notice, Occasion, OfferLetter, OnIt, Outcome, OwnWords, Ready, Received, Unaccounted,
};
use crate::message::Address;
use client::{agreement, boundary, client, offer};

/// 12 May 2026, 12:05 UTC.
const NOW: Timestamp = Timestamp::constant(1_778_587_500, 0);

/// Letters of every sort, each with a name.
pub fn samples() -> Vec<(&'static str, Letter)> {
    let clear = complaint();
    let extra = CaseFacts {
        number: 143,
        kind: Kind::ExtraWork,
        severity: 0,
        subject: "Landing page".to_owned(),
        evidence: "Could you just also do the page in Dutch while you are at it?".to_owned(),
        lead: Some(kim()),
        partner: Some(lee()),
        lead_side: Side::Sales,
        why: "read as extra work (88 %)".to_owned(),
        ..complaint()
    };
    let leaving = CaseFacts {
        kind: Kind::ChurnRisk,
        severity: 3,
        evidence: "If this is not settled by Friday, we will look for another agency.".to_owned(),
        lead: Some(kim()),
        partner: Some(lee()),
        lead_side: Side::Sales,
        why: "read as churn risk (93 %), severity 3 of 3".to_owned(),
        ..complaint()
    };
    let perhaps = CaseFacts {
        number: 144,
        account: "Borealis".to_owned(),
        kind: Kind::PromiseGap,
        severity: 1,
        please_check: true,
        led_by_both: true,
        subject: "Kick-off notes".to_owned(),
        evidence: "I understood that the photos were part of it.".to_owned(),
        client: "Ines Brandt <ines@borealis.example>".to_owned(),
        why: "read as perhaps promise gap (54 %), severity 1 of 3".to_owned(),
        ..complaint()
    };
    let orphan = CaseFacts { lead: None, partner: Some(kim()), ..complaint() };
    let notice = |facts: &CaseFacts, side| Notice {
        facts: facts.clone(),
        your_side: side,
        timezone: "Europe/Amsterdam".to_owned(),
        occasion: Occasion::New,
        offer: String::new(),
        written_at: NOW - SignedDuration::from_mins(3),
        excerpt:
            "Hi Lee,\n\nWe expected this on Monday. It is Tuesday noon and the feed is still down, so our \
                  shop shows last week's prices.\nPlease tell me when it will be back.\n\nDana"
                .to_owned(),
        history: Vec::new(),
        scope: Vec::new(),
        nearest: None,
        acknowledgement: Acknowledgement::Draft,
        draft: Some(Box::new(received("en", true))),
    };
    let request = Notice {
        excerpt: "Thanks, looks good! Could you just also do the page in Dutch while you are at it?"
            .to_owned(),
        scope: vec![
            (true, "One landing page a quarter, in English".to_owned()),
            (true, "Two rounds of corrections".to_owned()),
            (false, "Translations".to_owned()),
        ],
        nearest: Some(ScopeReading { line: 0, verdict: ScopeVerdict::NotIncluded }),
        acknowledgement: Acknowledgement::None,
        draft: None,
        ..notice(&extra, Side::Sales)
    };
    let again = |occasion, side| Notice { occasion, your_side: side, ..request.clone() };
    let asks = again(Occasion::PartnerAsks { words: "#143 price 300 EUR 4h".to_owned() }, Side::Sales);
    let handed = again(
        Occasion::HandedOver { by: "Noor Haan".to_owned(), words: "Kim is away until Monday.".to_owned() },
        Side::Operations,
    );
    let sentence = "Sure, we will do the Dutch page for 200 EUR.".to_owned();
    let question = again(Occasion::Question { sentence }, Side::Sales);
    let answered = |occasion, side, words: &str, why: &str| Notice {
        facts: CaseFacts {
            state: State::Taken,
            evidence: words.to_owned(),
            why: why.to_owned(),
            ..extra.clone()
        },
        excerpt: words.to_owned(),
        offer: "The landing page in Dutch, 1,200.00 EUR, 8 h".to_owned(),
        ..again(occasion, side)
    };
    let accepted = Notice {
        acknowledgement: Acknowledgement::Sent,
        ..answered(
            Occasion::Accepted,
            Side::Operations,
            "Yes, go ahead.",
            "a clear yes to the offer of #143: \"Yes, go ahead.\"",
        )
    };
    let declined = answered(
        Occasion::Declined,
        Side::Sales,
        "No thanks, that is too expensive for us.",
        "a clear no to the offer of #143: \"No thanks\"",
    );
    let unclear = answered(
        Occasion::Unclear,
        Side::Sales,
        "Sounds good, but can you do it for 1,000?",
        "neither a clear yes nor a clear no to the offer of #143: it has a condition",
    );
    let woken = again(Occasion::Woken, Side::Operations);
    let declined_meeting = again(
        Occasion::MeetingDeclined {
            news: "Dana Ruiz declined the meeting on Thu 14 May 2026 10:00.".to_owned(),
            words: "I am at the fair on Thursday.".to_owned(),
        },
        Side::Operations,
    );
    let raised =
        Notice { occasion: Occasion::Raised, history: history(), ..notice(&leaving, Side::Operations) };
    let unaccounted = Unaccounted {
        mailbox: "service/INBOX".to_owned(),
        had: 412,
        found: ["90", "371"].map(str::to_owned).to_vec(),
        missing: vec!["371".to_owned()],
    };
    let access = Access {
        place: "the mailbox service".to_owned(),
        timezone: "Europe/Amsterdam".to_owned(),
        news: AccessNews::Refused {
            since: NOW - SignedDuration::from_mins(2),
            because:
                "the provider refuses a token for the mailbox service: invalid_grant: the token was revoked"
                    .to_owned(),
        },
        remedy: "log in again: pairdesk login service".to_owned(),
    };
    let ends = Access {
        news: AccessNews::Ends { what: "client secret", on: jiff::civil::date(2026, 5, 26), days: 14 },
        remedy: "Make a new client secret at the provider.".to_owned(),
        ..access.clone()
    };
    let gathered = Gathered {
        timezone: "Europe/Amsterdam".to_owned(),
        account: "Acme".to_owned(),
        key: "acme".to_owned(),
        since: NOW - SignedDuration::from_mins(58),
        cases: (150..181).map(|number| CaseFacts { number, ..clear.clone() }).collect(),
    };
    let alert = Alert {
        facts: CaseFacts { due: Some(clock::due_soon()), ..leaving.clone() },
        timezone: "Europe/Amsterdam".to_owned(),
        written_at: NOW - SignedDuration::from_mins(3),
        because: "the client hints at leaving".to_owned(),
        history: history(),
        on_it: OnIt::default(),
        next: clock::ahead(),
    };
    let held = Held {
        recipient: Some("kim@fjord.example".to_owned()),
        limit: "20 mails an hour to one recipient".to_owned(),
        waiting: 3,
    };
    let letters = vec![
        ("notice", letter("notice", lee(), Content::Notice(notice(&clear, Side::Operations)))),
        ("notice-partner", letter("notice-partner", kim(), Content::Notice(notice(&clear, Side::Sales)))),
        ("notice-request", letter("notice-request", kim(), Content::Notice(request))),
        ("notice-raised", letter("notice-raised", lee(), Content::Notice(raised))),
        (
            "notice-unsure",
            letter("notice-unsure", lee(), Content::Notice(notice(&perhaps, Side::Operations))),
        ),
        ("notice-alone", letter("notice-alone", kim(), Content::Notice(notice(&orphan, Side::Sales)))),
        ("notice-asks", letter("notice-asks", kim(), Content::Notice(asks))),
        ("notice-handed", letter("notice-handed", lee(), Content::Notice(handed))),
        ("notice-question", letter("notice-question", kim(), Content::Notice(question))),
        ("notice-accepted", letter("notice-accepted", lee(), Content::Notice(accepted))),
        ("notice-declined", letter("notice-declined", kim(), Content::Notice(declined))),
        ("notice-unclear", letter("notice-unclear", kim(), Content::Notice(unclear))),
        ("notice-meeting", letter("notice-meeting", lee(), Content::Notice(declined_meeting))),
        ("notice-woken", letter("notice-woken", lee(), Content::Notice(woken))),
        ("gathered", letter("gathered", lee(), Content::Gathered(gathered))),
        ("alert", letter("alert", noor(), Content::Alert(alert))),
        ("held", letter("held", noor(), Content::Held(held))),
        ("unaccounted", letter("unaccounted", noor(), Content::Unaccounted(unaccounted))),
        ("access", letter("access", noor(), Content::Access(access))),
        ("access-ends", letter("access-ends", noor(), Content::Access(ends))),
        ("answer", Letter { case: Some(142), ..letter("answer", lee(), Content::Answer(answer())) }),
        ("answer-help", letter("answer-help", lee(), Content::Answer(help()))),
        ("own-words", letter("own-words", dana(), Content::OwnWords(own_words()))),
        ("received-complaint-en", received("en", true)),
        ("received-request-en", received("en", false)),
        ("received-complaint-de", received("de", true)),
        ("received-request-de", received("de", false)),
        ("offer-en", client("offer-en", Content::Offer(offer("en")))),
        ("offer-de", client("offer-de", Content::Offer(offer("de")))),
        (
            "offer-words",
            client(
                "offer-words",
                Content::Offer(OfferLetter {
                    words: "Hi Dana,\n\ngood idea. Lee can begin on Monday.".to_owned(),
                    work: "Could you just also do the page in Dutch while you are at it?".to_owned(),
                    quoted: true,
                    minutes: None,
                    ..offer("en")
                }),
            ),
        ),
        ("accepted-en", client("accepted-en", Content::Accepted(agreement("en")))),
        ("accepted-de", client("accepted-de", Content::Accepted(agreement("de")))),
        ("boundary-en", client("boundary-en", Content::Boundary(boundary("en")))),
        ("boundary-de", client("boundary-de", Content::Boundary(boundary("de")))),
    ];
    let digests = digests::letters(&extra, &clear, &leaving, &perhaps);
    let own = clock::letters(&clear, &extra).into_iter().chain(own::letters(&extra, &clear));
    letters
        .into_iter()
        .chain(client::follow_ups())
        .chain(digests)
        .chain(own)
        .chain(weekly::letters())
        .collect()
}

fn kim() -> Address {
    Address { name: "Kim Vos".to_owned(), address: "kim@fjord.example".to_owned() }
}

fn lee() -> Address {
    Address { name: "Lee Park".to_owned(), address: "lee@fjord.example".to_owned() }
}

fn dana() -> Address {
    Address { name: "Dana Ruiz".to_owned(), address: "dana@acme.example".to_owned() }
}

fn noor() -> Address {
    Address { name: "Noor Haan".to_owned(), address: "noor@fjord.example".to_owned() }
}

fn complaint() -> CaseFacts {
    CaseFacts {
        number: 142,
        account: "Acme".to_owned(),
        kind: Kind::Complaint,
        severity: 2,
        please_check: false,
        state: State::Open,
        subject: "Weekly pickup".to_owned(),
        evidence: "We expected this on Monday.".to_owned(),
        client: "Dana Ruiz <dana@acme.example>".to_owned(),
        opened_at: NOW - SignedDuration::from_mins(2),
        rests_until: None,
        due: None,
        lead: Some(lee()),
        partner: Some(kim()),
        lead_side: Side::Operations,
        led_by_both: false,
        why: "read as complaint (91 %), severity 2 of 3".to_owned(),
    }
}

/// To a mail in which something was done, something kept, and something not done or understood.
fn answer() -> Answer {
    let pickup = Some((142, "Acme: Weekly pickup".to_owned()));
    let line = |outcome, case: Option<(i64, String)>, words: &str, text: &str, ready: Vec<Ready>| {
        AnswerLine { outcome, case, words: words.to_owned(), text: text.to_owned(), draft: None, ready }
    };
    let ready = |line: &str, about: &str| Ready { line: line.to_owned(), about: about.to_owned() };
    Answer {
        subject: "Re: #142 complaint (clear) · Acme: Weekly pickup".to_owned(),
        lines: vec![
            line(
                Outcome::Done,
                pickup.clone(),
                "142 ok",
                "It is yours. Kim Vos reads it in the next digest.",
                Vec::new(),
            ),
            line(
                Outcome::Kept,
                pickup,
                "They are merging with Delta in spring.",
                "Kept. Kim Vos reads it in the next digest.",
                Vec::new(),
            ),
            line(
                Outcome::NotDone,
                None,
                "#124 done",
                "You have no case #124. The nearest of yours is #142.",
                vec![ready("#142 done", "Acme: Weekly pickup")],
            ),
            line(
                Outcome::NotUnderstood,
                None,
                "wait til the cows come home",
                "Nothing was done. The nearest that is understood:",
                vec![ready("#142 wait until Friday", "")],
            ),
        ],
        help: false,
    }
}

/// To a mail that asks for help.
fn help() -> Answer {
    Answer { subject: "help".to_owned(), lines: Vec::new(), help: true }
}

fn own_words() -> OwnWords {
    OwnWords {
        subject: "Weekly pickup".to_owned(),
        text: "Hi Dana,\n\nthe feed is up again since ten. I am sorry for the wait.".to_owned(),
        author: lee().name,
    }
}

fn history() -> Vec<Entry> {
    let entry = |hours, who: &str, what: &str| Entry {
        at: NOW - SignedDuration::from_hours(hours),
        who: who.to_owned(),
        what: what.to_owned(),
        why: String::new(),
    };
    vec![
        entry(92, "Dana Ruiz", "The feed is down since this morning, can you have a look?"),
        entry(71, "Lee Park", "We are on it, the supplier has changed their format."),
        entry(26, "Dana Ruiz", "Still down. We expected this on Monday."),
    ]
}

fn received(language: &str, complaint: bool) -> Letter {
    let content = Content::Received(Received {
        language: language.to_owned(),
        complaint,
        client_name: "Dana Ruiz".to_owned(),
        subject: "Weekly pickup".to_owned(),
        owners: vec![lee().name, kim().name],
    });
    client(&format!("received-{language}-{complaint}"), content)
}

fn letter(id: &str, to: Address, content: Content) -> Letter {
    let case = match &content {
        Content::Notice(notice) => Some(notice.facts.number),
        Content::Alert(alert) => Some(alert.facts.number),
        _ => None,
    };
    let references = case.map(|number| format!("case-{number}@fjord.example")).into_iter().collect();
    Letter { id: format!("sample-{id}"), to, case, references, at: NOW, content }
}
