//! Made-up letters to a client about extra work.

use jiff::civil::Date;

use super::{kim, lee, letter};
use crate::effect::{
    Addressing, Agreement, Boundary, Content, Letter, OfferLetter, SettledQuestion, StillWorking,
};
use crate::message::Address;
use crate::money::Money;

fn addressing(language: &str) -> Addressing {
    Addressing {
        language: language.to_owned(),
        client_name: "Dana Ruiz".to_owned(),
        subject: "Landing page".to_owned(),
        owners: vec![kim().name, lee().name],
    }
}

pub(super) fn offer(language: &str) -> OfferLetter {
    let work = if language == "de" { "Landingpage auf Niederländisch" } else { "The landing page in Dutch" };
    OfferLetter {
        addressing: addressing(language),
        work: work.to_owned(),
        quoted: false,
        minutes: Some(480),
        price: Money { minor: 120_000, currency: "EUR".to_owned() },
        valid_until: Date::constant(2026, 5, 26),
        words: String::new(),
    }
}

pub(super) fn agreement(language: &str) -> Agreement {
    let OfferLetter { addressing, work, minutes, price, .. } = offer(language);
    Agreement { addressing, work, minutes, price: Some(price) }
}

pub(super) fn boundary(language: &str) -> Boundary {
    let (request, words) = if language == "de" {
        (
            "Könnten Sie die Seite bis morgen übersetzen?",
            "Bis morgen geht es nicht. Bis Freitag gern, zum vereinbarten Preis.",
        )
    } else {
        (
            "Could you translate the page by tomorrow?",
            "Tomorrow is not possible. By Friday gladly, at the agreed price.",
        )
    };
    Boundary { addressing: addressing(language), request: request.to_owned(), words: words.to_owned() }
}

/// What a client reads of a matter after its beginning.
pub(super) fn follow_ups() -> [(&'static str, Letter); 6] {
    let still = |language: &str| {
        let written_on = Date::constant(2026, 5, 7);
        Content::StillWorking(StillWorking { addressing: addressing(language), written_on })
    };
    let settled =
        |language: &str| Content::Settled(SettledQuestion { addressing: addressing(language), days: 10 });
    let thanks = |language: &str| Content::ThankYou(addressing(language));
    [
        ("still-working-en", still("en")),
        ("still-working-de", still("de")),
        ("settled-en", settled("en")),
        ("settled-de", settled("de")),
        ("thank-you-en", thanks("en")),
        ("thank-you-de", thanks("de")),
    ]
    .map(|(name, content)| (name, client(name, content)))
}

/// A letter in a client's thread.
pub(super) fn client(id: &str, content: Content) -> Letter {
    let to = Address { name: "Dana Ruiz".to_owned(), address: "dana@acme.example".to_owned() };
    Letter {
        references: vec!["a1@acme.example".to_owned(), "b2@acme.example".to_owned()],
        ..letter(id, to, content)
    }
}
