//! What the templates of letters to clients may say: each sort of letter has its variables, which `docs/templates.md`
//! lists. A name that is not there is a mistake, not an empty text.

use std::collections::BTreeMap;

use minijinja::Value;

use super::language::{day, hours, owners, price};
use super::{Written, greeting, reply_subject};
use crate::compose::words::line;
use crate::compose::{House, meeting};
use crate::effect::{Addressing, ClientLetter, Content, Letter, MeetingStep};

/// The variables of a template.
pub type Values = BTreeMap<&'static str, Value>;

/// How many lines of an owner's own words are sent: more is a letter of its own.
const WORDS: usize = 80;

/// A letter to a client as its templates see it; none of another letter.
pub(super) fn written(house: &House, letter: &Letter) -> Option<Written> {
    let sort = letter.content.to_client()?;
    Some(match &letter.content {
        Content::Received(received) => {
            let to = Addressing {
                language: received.language.clone(),
                client_name: received.client_name.clone(),
                subject: received.subject.clone(),
                owners: received.owners.clone(),
            };
            addressed(sort, house, &to, [("complaint", received.complaint.into())])
        }
        Content::StillWorking(still) => {
            let to = &still.addressing;
            addressed(sort, house, to, [("written_on", day(still.written_on, &to.language).into())])
        }
        Content::Offer(offer) => {
            let to = &offer.addressing;
            let own = [
                ("work", line(&offer.work).into()),
                ("quoted", offer.quoted.into()),
                ("hours", hours(offer.minutes, &to.language).into()),
                ("price", price(&offer.price, &to.language).into()),
                ("valid_until", day(offer.valid_until, &to.language).into()),
            ];
            addressed(sort, house, to, own.into_iter().chain(words(&offer.words)))
        }
        Content::Accepted(agreement) => {
            let to = &agreement.addressing;
            let amount = agreement.price.as_ref().map(|amount| price(amount, &to.language));
            let own = [
                ("work", line(&agreement.work).into()),
                ("hours", hours(agreement.minutes, &to.language).into()),
                ("price", amount.unwrap_or_default().into()),
            ];
            addressed(sort, house, to, own)
        }
        Content::Boundary(boundary) => {
            let own = std::iter::once(("request", line(&boundary.request).into()));
            addressed(sort, house, &boundary.addressing, own.chain(words(&boundary.words)))
        }
        Content::Settled(settled) => {
            addressed(sort, house, &settled.addressing, [("days", settled.days.into())])
        }
        Content::ThankYou(to) => addressed(sort, house, to, []),
        Content::OwnWords(own) => {
            let lines: Vec<String> = own.text.lines().map(line).collect();
            let to = Addressing {
                language: String::new(),
                client_name: letter.to.name.clone(),
                subject: own.subject.clone(),
                owners: vec![own.author.clone()],
            };
            addressed(sort, house, &to, [("words", lines.into()), ("author", line(&own.author).into())])
        }
        Content::Invitation(invitation) => {
            let language = invitation.client.clone()?;
            let to = Addressing {
                client_name: letter.to.name.clone(),
                subject: invitation.subject.clone(),
                owners: vec![invitation.by.display().to_owned()],
                language,
            };
            let own = [
                ("by", line(invitation.by.display()).into()),
                ("when", meeting::when(invitation, &to.language).into()),
                ("minutes", invitation.meeting.minutes.into()),
                ("others", meeting::others(invitation, &letter.to, &to.language).into()),
                ("moved", (invitation.step == MeetingStep::Moved).into()),
                ("off", (invitation.step == MeetingStep::Cancelled).into()),
            ];
            addressed(sort, house, &to, own)
        }
        _ => return None,
    })
}

/// A letter in the names of owners: the variables that all of these have, and its own.
fn addressed(
    sort: ClientLetter,
    house: &House,
    to: &Addressing,
    own: impl IntoIterator<Item = (&'static str, Value)>,
) -> Written {
    let mut values = Values::from([
        ("client", greeting(&to.client_name).into()),
        ("owners", owners(&to.owners, &to.language).into()),
        ("count", to.owners.len().into()),
        ("firm", line(&house.name).into()),
        ("subject", line(&to.subject).into()),
    ]);
    values.extend(own);
    Written { sort, language: to.language.clone(), subject: reply_subject(&to.subject), values }
}

/// An owner's own words, with their empty lines, and whether they begin with a greeting: a short first line that ends
/// with a comma.
fn words(text: &str) -> [(&'static str, Value); 2] {
    let lines: Vec<String> = text.trim().lines().take(WORDS).map(line).collect();
    let greeted = lines.first().is_some_and(|line| line.ends_with(',') && line.split(' ').count() <= 5);
    [("words", lines.into()), ("greeted", greeted.into())]
}
