//! Ready replies: what the reader of a mail may do, as a button in HTML and as a line in text.

use jiff::civil::Weekday;

use super::House;
use super::reply::Reply;
use crate::case::{Kind, Matter, Side, State};
use crate::effect::{CaseFacts, Occasion};

/// The most replies beside one case: three rows of two on a phone.
const MOST: usize = 6;

/// A reply that has only to be sent, or finished and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ready {
    /// What stands on the button.
    pub label: &'static str,
    /// The line, without the case's number.
    pub line: &'static str,
    /// What the reader adds to it; empty when it is whole.
    pub open: &'static str,
}

/// A ready reply about one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    /// What stands on the button.
    pub label: &'static str,
    /// The line as it is shown: "#142 done ...".
    pub line: String,
    /// What the reader adds to it; empty when it is whole.
    pub open: &'static str,
    /// The `mailto:` link that opens it (RFC 6068).
    pub href: String,
}

/// Who reads of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// The owner of this side, or who acts for them.
    Owner(Side),
    /// A manager.
    Manager,
}

const fn whole(label: &'static str, line: &'static str) -> Ready {
    Ready { label, line, open: "" }
}

const fn open(label: &'static str, line: &'static str, open: &'static str) -> Ready {
    Ready { label, line, open }
}

const NOTE: Ready = open("Note", "note", "what is worth knowing");
const WRONG: Ready = whole("Not a case", "wrong none");

/// What this reader may do about a case, the most likely first. `waits` says that a draft to the client waits for a word.
pub(super) fn ready(
    facts: &CaseFacts,
    seat: Seat,
    occasion: &Occasion,
    waits: bool,
    today: Weekday,
) -> Vec<Ready> {
    let Seat::Owner(side) = seat else {
        return vec![whole("Seen", "seen"), open("Hand over", "to", "a name or an address"), NOTE, WRONG];
    };
    if matches!(occasion, Occasion::MeetingDeclined { .. }) {
        return vec![open("Another time", "meet", "Thu 14:00"), whole("Call it off", "meet cancel"), NOTE];
    }
    let extra_work = facts.kind == Kind::ExtraWork;
    let settled = matches!(occasion, Occasion::Accepted | Occasion::Declined) || !facts.state.unfinished();
    let gate = extra_work && !settled;
    let mut ready = Vec::new();
    if facts.please_check {
        ready.push(WRONG);
    }
    if waits {
        ready.push(whole("Send draft", "send"));
    }
    if matches!(occasion, Occasion::Unclear) && side == Side::Sales {
        ready.extend([whole("It is a yes", "accepted"), whole("It is a no", "declined by client")]);
    }
    match side {
        Side::Sales if gate => ready.extend([
            open("Price it", "price", "1200 EUR 8h and what is done"),
            open("Decline", "decline", "why, and what is possible"),
            open("Give away", "waive", "why"),
        ]),
        Side::Operations if gate => {
            ready.push(open("Note hours", "note It takes", "the hours"));
        }
        Side::Sales | Side::Operations => {}
    }
    if facts.state == State::Open && !settled {
        ready.push(whole("I take it", "mine"));
    }
    if !settled {
        ready.push(wait(today));
    }
    let matter = facts.kind.matter();
    if !settled && !extra_work && matter != Matter::Praise {
        ready.push(open("It is done", "done", "what was done"));
    }
    ready.truncate(MOST - 1);
    ready.push(NOTE);
    ready
}

/// To the end of the week, or from its end over the weekend.
fn wait(today: Weekday) -> Ready {
    match today {
        Weekday::Thursday | Weekday::Friday => whole("Until Monday", "wait until Monday"),
        _ => whole("Until Friday", "wait until Friday"),
    }
}

/// The same as links and lines, each of which begins with the number ("#142"); none where nothing that answers the mail would count.
pub(super) fn actions(
    house: &House,
    reply: &Reply,
    number: &str,
    subject: &str,
    ready: Vec<Ready>,
) -> Vec<Action> {
    let action = |ready: Ready| {
        let Ready { label, line, open } = ready;
        let line = format!("{number} {line}").trim_end().to_owned();
        // A blank at the end, so that the reader can type on.
        let body = if open.is_empty() { line.clone() } else { format!("{line} ") };
        let line = if open.is_empty() { line } else { format!("{line} ...") };
        Some(Action { label, line, open, href: reply.link(house, subject, &body)? })
    };
    ready.into_iter().filter_map(action).collect()
}

/// A `mailto:` link (RFC 6068 §2). Whatever is not unreserved (RFC 3986 §2.3) is encoded, the plus of a subaddress too:
/// some programs read a plain one as a blank (RFC 6068 §5).
pub(super) fn mailto(address: &str, subject: &str, body: &str) -> String {
    let address: Vec<_> = address.split('@').map(encoded).collect();
    format!("mailto:{}?subject={}&body={}", address.join("@"), encoded(subject), encoded(body))
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            encoded + char::from(byte).encode_utf8(&mut [0; 4])
        }
        _ => encoded + &format!("%{byte:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_the_same_after_decoding_and_holds_nothing_that_ends_an_attribute() {
        let link = mailto("service+k3@fjord.example", "#142 Acme & \"Söhne\": 50 %?", "#142 done \r\n");
        assert_eq!(
            link,
            "mailto:service%2Bk3@fjord.example?subject=%23142%20Acme%20%26%20%22S%C3%B6hne%22%3A%2050%20%25%3F\
             &body=%23142%20done%20%0D%0A"
        );
    }
}
