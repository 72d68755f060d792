//! How a letter is answered: the token in the address that the answer goes to, or in the Message-ID that it cites.

use super::House;
use super::actions::mailto;
use crate::effect::{Content, Letter};
use crate::token::{self, About};

/// The longest local part (RFC 5321 §4.5.3.1.1), in bytes.
const LOCAL_PART: usize = 64;

/// How a letter is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// As any mail of the house: what answers it gives no commands.
    Plain,
    /// To this address, which has the token as its subaddress (RFC 5233).
    To(String),
    /// To the shared address; the letter's Message-ID bears this token, and links into a new mail bear it in the subject.
    Citing(String),
}

impl Reply {
    /// How this letter is answered.
    pub(super) fn of(house: &House, letter: &Letter) -> Self {
        let token = about(letter).and_then(|about| house.keys.token(&letter.to.address, about, letter.at));
        let Some(token) = token else { return Self::Plain };
        match house.address.rsplit_once('@') {
            Some((local, domain)) if house.subaddress && local.len() + 1 + token::LENGTH <= LOCAL_PART => {
                Self::To(format!("{local}+{token}@{domain}"))
            }
            _ => Self::Citing(token),
        }
    }
}

impl Reply {
    /// The link that opens a new mail with these words; none where what it says would not count. It cites nothing, so the
    /// subject bears the token where the address does not.
    pub(super) fn link(&self, house: &House, subject: &str, body: &str) -> Option<String> {
        match self {
            Self::Plain => None,
            Self::To(address) => Some(mailto(address, subject, body)),
            Self::Citing(token) => {
                let subject = format!("{subject} {}", token::tag(token));
                Some(mailto(&house.address, &subject, body))
            }
        }
    }
}

/// What commands in the answer to a letter may be about; none where there are no commands.
fn about(letter: &Letter) -> Option<About> {
    match &letter.content {
        Content::Notice(notice) => Some(About::Case(notice.facts.number)),
        Content::Alert(alert) => Some(About::Case(alert.facts.number)),
        Content::Digest(_) | Content::Gathered(_) | Content::Weekly(_) => Some(About::Digest),
        // To a staff member who was given a case, one of that case alone means something.
        Content::Answer(_) => Some(letter.case.map_or(About::Digest, About::Case)),
        Content::Briefing(_) => Some(About::Digest),
        Content::Invitation(invitation) if invitation.client.is_none() => {
            Some(About::Case(invitation.meeting.case))
        }
        Content::Received(_)
        | Content::Offer(_)
        | Content::Accepted(_)
        | Content::Boundary(_)
        | Content::StillWorking(_)
        | Content::Settled(_)
        | Content::ThankYou(_)
        | Content::Held(_)
        | Content::Unaccounted(_)
        | Content::Access(_)
        | Content::Invitation(_)
        | Content::OwnWords(_) => None,
    }
}
