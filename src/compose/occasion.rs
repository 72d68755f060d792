//! What a notice says of its occasion: the words beside the label, what was said, and what the reader is asked to do.

use super::words::{client_name, line, owner};
use crate::case::{Goal, Side};
use crate::effect::{Acknowledgement, CaseFacts, Notice, Occasion};

/// The occasion in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    /// What stands after the label: "worse than before".
    pub mark: &'static str,
    /// What happened, a sentence; empty where the client's words say it all.
    pub news: String,
    /// The words that were said, by somebody other than the client; may be empty.
    pub quote: String,
    /// What the reader is asked to do; none where the kind of the case says it.
    pub next: Option<String>,
}

/// What a notice says of its occasion.
pub(super) fn told(notice: &Notice) -> Told {
    let Notice { occasion, facts, your_side: yours, acknowledgement, .. } = notice;
    let yours = *yours;
    let offer = match line(&notice.offer) {
        offer if offer.is_empty() => "the offer".to_owned(),
        offer => format!("the offer: {}", offer.trim_end_matches('.')),
    };
    let client = client_name(&facts.client);
    let partner = owner(facts, yours.partner());
    let with = partner.as_ref().map(|partner| format!(" with {partner}")).unwrap_or_default();
    let sales = yours == Side::Sales || partner.is_none();
    match occasion {
        Occasion::New => Told::default(),
        Occasion::Raised => Told { mark: "worse than before", ..Told::default() },
        Occasion::PartnerAsks { words } => {
            let who = partner.unwrap_or_else(|| "Your partner".to_owned());
            Told {
                mark: "you are asked",
                news: format!("{who} asks you for what only {} may do:", yours.key()),
                quote: line(words),
                next: Some(format!(
                    "Answer with one of the lines below. Until then {client} is told nothing."
                )),
            }
        }
        Occasion::Accepted => Told {
            mark: "offer accepted",
            news: format!("{client} has said yes to {offer}."),
            quote: String::new(),
            next: Some(match (sales, acknowledgement) {
                (false, _) => format!("Plan the work, and tell {client} when it begins."),
                (true, Acknowledgement::Sent) => "Nothing has to be done.".to_owned(),
                (true, Acknowledgement::Draft) => "Send the confirmation by one line.".to_owned(),
                (true, Acknowledgement::None) => format!("Tell {client} that you have the yes."),
            }),
        },
        Occasion::Declined => Told {
            mark: "offer declined",
            news: format!("{client} has said no to {offer}."),
            quote: String::new(),
            next: Some("The work is not done. Say so where somebody already counts on it.".to_owned()),
        },
        Occasion::Unclear => Told {
            mark: "yes or no?",
            news: format!("The answer of {client} is neither a clear yes nor a clear no to {offer}."),
            quote: String::new(),
            next: Some(if sales {
                format!(
                    "Read the mail, and ask {client} what is meant. Until it is clear, the work is not begun."
                )
            } else {
                format!(
                    "Do not begin the work. Leave the answer to {}.",
                    owner(facts, Side::Sales).unwrap_or_default()
                )
            }),
        },
        Occasion::HandedOver { by, words } => Told {
            mark: "handed to you",
            news: if line(words).is_empty() {
                format!("{} has given you the lead.", line(by))
            } else {
                format!("{} has given you the lead, and says:", line(by))
            },
            quote: line(words),
            next: None,
        },
        Occasion::Question { sentence } => Told {
            mark: "was this agreed?",
            news: format!("This went to {client}, and reads as a price, a grant or a waiver:"),
            quote: line(sentence),
            next: Some(format!(
                "Settle{with} whether it stands, before it is forgotten. {}",
                if sales {
                    "Price it, decline it or waive it by one line."
                } else {
                    "Sales answers it by one line."
                }
            )),
        },
        Occasion::MeetingDeclined { news, words } => Told {
            mark: "meeting declined",
            news: line(news),
            quote: line(words),
            next: Some("Propose another time, or call it off, by one line.".to_owned()),
        },
        Occasion::NotSettled => Told {
            mark: "not settled",
            news: format!("It was said to be done; {client} says that it is not."),
            quote: String::new(),
            next: None,
        },
        Occasion::Woken => Told {
            mark: "waited until today",
            news: "It rested until today.".to_owned(),
            quote: String::new(),
            next: None,
        },
        Occasion::Overdue { goal: Goal::Answer, waited } => Told {
            mark: "no answer yet",
            news: format!("{client} has had no answer for {waited}."),
            quote: String::new(),
            next: if facts.lead_side == yours { None } else { help(facts, yours, "answers") },
        },
        Occasion::Overdue { goal: Goal::Resolution, waited } => Told {
            mark: "still open",
            news: format!("It has not been settled for {waited}."),
            quote: String::new(),
            next: if facts.lead_side == yours {
                Some(format!(
                    "Tell {client} what is still missing, and by when it is done. If it is done, say so by one line."
                ))
            } else {
                help(facts, yours, "tells")
            },
        },
        Occasion::CalledIn { how_long } => Told {
            mark: "you are called in",
            news: format!("Operations has carried this without sales for {how_long}."),
            quote: String::new(),
            next: Some(format!("Take it on{with}: call {client} today, and say what happens next.")),
        },
    }
}

/// What the client was told on this occasion; empty where nothing was to be told.
pub(super) fn client_told(occasion: &Occasion, acknowledgement: Acknowledgement) -> &'static str {
    match (occasion, acknowledgement) {
        (Occasion::New | Occasion::Raised, Acknowledgement::None) => {
            "Nothing was sent to the client for this mail."
        }
        (Occasion::Accepted, Acknowledgement::None) => "No confirmation was sent to the client.",
        (Occasion::Accepted, Acknowledgement::Sent) => "The client has a confirmation.",
        (Occasion::Accepted, Acknowledgement::Draft) => {
            "A confirmation to the client is kept as a draft. It has not been sent."
        }
        (_, Acknowledgement::None) => "",
        (_, Acknowledgement::Sent) => {
            "The client was told that the mail has come and that the two of you have it."
        }
        (_, Acknowledgement::Draft) => "A first word to the client is kept as a draft. It has not been sent.",
    }
}

/// What the partner of whoever leads is asked to do about what is overdue.
fn help(facts: &CaseFacts, yours: Side, verb: &str) -> Option<String> {
    let client = client_name(&facts.client);
    let other = owner(facts, yours.partner())?;
    Some(format!("Ask {other} what is in the way, and agree who {verb} {client} today."))
}
