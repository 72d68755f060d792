//! What the sorts of letters are called, and which of them go to clients.

use super::{ClientLetter, Content};

impl Content {
    /// The name of the sort of letter, in the store and for people.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Notice(_) => "notice",
            Self::Gathered(_) => "gathered",
            Self::Digest(_) => "digest",
            Self::Alert(_) => "alert",
            Self::Weekly(_) => "weekly",
            Self::Held(_) => "held",
            Self::Unaccounted(_) => "unaccounted",
            Self::Access(_) => "access",
            Self::Answer(_) => "answer",
            Self::Briefing(_) => "briefing",
            to_client => to_client.to_client().map_or("invitation", ClientLetter::key),
        }
    }

    /// What sort of letter to a client it is; none of a letter to the firm's own people.
    pub fn to_client(&self) -> Option<ClientLetter> {
        match self {
            Self::Received(_) => Some(ClientLetter::Received),
            Self::StillWorking(_) => Some(ClientLetter::StillWorking),
            Self::Offer(_) => Some(ClientLetter::Offer),
            Self::Accepted(_) => Some(ClientLetter::Accepted),
            Self::Boundary(_) => Some(ClientLetter::Boundary),
            Self::Settled(_) => Some(ClientLetter::Settled),
            Self::ThankYou(_) => Some(ClientLetter::ThankYou),
            Self::OwnWords(_) => Some(ClientLetter::OwnWords),
            // The client's copy goes by the rules for mails to clients.
            Self::Invitation(invitation) if invitation.client.is_some() => Some(ClientLetter::Meeting),
            Self::Invitation(_)
            | Self::Notice(_)
            | Self::Digest(_)
            | Self::Alert(_)
            | Self::Weekly(_)
            | Self::Held(_)
            | Self::Unaccounted(_)
            | Self::Access(_)
            | Self::Gathered(_)
            | Self::Answer(_)
            | Self::Briefing(_) => None,
        }
    }
}
