//! Outgoing mails: values in, RFC 5322 bytes out. Pure: no I/O, no clock, no failure.

mod access;
mod actions;
mod alert;
mod answer;
mod briefing;
mod client;
mod digest;
mod gathered;
mod headers;
mod meeting;
mod notice;
mod occasion;
mod picture;
mod reply;
mod sample;
mod trial;
mod unaccounted;
mod weekly;
mod words;

use crate::directory::Firm;
use crate::directory::written::Problem;
use crate::effect::{Content, Letter, OutgoingMail};
use crate::token::Keys;
pub use client::{LONGEST_OWN_FILE, OwnFile, Wording};
pub use headers::redated;
pub use picture::Picture;
use reply::Reply;
pub use sample::samples;
pub use trial::trial;

/// The firm as its mails name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    /// The firm's name.
    pub name: String,
    /// The shared address that all mail comes from.
    pub address: String,
    /// The right side of our Message-IDs.
    pub id_domain: String,
    /// What makes the tokens by which owners' answers are known; without keys their answers give no commands.
    pub keys: Keys,
    /// Whether mail to `address` with a subaddress (RFC 5233) reaches us: `service+x@firm.example`.
    pub subaddress: bool,
}

impl House {
    /// The house of a firm; Message-IDs bear the domain of its shared address. It has no keys yet.
    pub fn of(firm: &Firm) -> Self {
        let id_domain = firm.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        Self {
            name: firm.name.clone(),
            address: firm.address.clone(),
            id_domain: id_domain.to_owned(),
            keys: Keys::default(),
            subaddress: true,
        }
    }
}

/// Makes mails in the name of a house. The same letter gives the same bytes.
#[derive(Debug, Clone)]
pub struct Composer {
    house: House,
    wording: Wording,
}

/// What a letter becomes before it has headers: what its reader sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part; none for a mail that is text alone.
    pub html: Option<String>,
    /// A calendar object with its method (RFC 6047), of a mail that invites.
    pub calendar: Option<String>,
}

impl Composer {
    /// A composer for this house, with the built-in wording.
    pub fn new(house: House) -> Self {
        Self { house, wording: Wording::default() }
    }

    /// The same with the firm's own files in the place of the built-in wording of letters to clients.
    #[must_use]
    pub fn with_own_files(self, files: Vec<OwnFile>) -> Self {
        let wording = Wording::with(files, &self.house);
        Self { wording, ..self }
    }

    /// The wording of letters to clients.
    pub fn wording(&self) -> &Wording {
        &self.wording
    }

    /// The same with these keys.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.house.keys = keys;
        self
    }

    /// The finished mail of a letter.
    pub fn finish(&self, letter: &Letter) -> OutgoingMail {
        let reply = Reply::of(&self.house, letter);
        let (page, problem) = self.composed(letter, &reply);
        let fallen_back = problem.map(|Problem { place, what, remedy }| format!("{place}: {what}; {remedy}"));
        headers::assemble(&self.house, letter, page, self.pictures(letter), &reply, fallen_back)
    }

    /// The pictures that a letter shows.
    pub fn pictures(&self, letter: &Letter) -> Vec<Picture> {
        match &letter.content {
            Content::Weekly(weekly) => weekly::pictures(&self.house, letter, weekly),
            _ => Vec::new(),
        }
    }

    /// What the reader of a letter sees as one HTML text, its pictures in it; empty for a letter that is text alone.
    pub fn whole(&self, letter: &Letter) -> String {
        let html = self.show(letter).html.unwrap_or_default();
        let shown =
            |html: String, picture: &Picture| html.replace(&format!("cid:{}", picture.id), &picture.data());
        self.pictures(letter).iter().fold(html, shown)
    }

    /// What the reader of a letter sees.
    pub fn show(&self, letter: &Letter) -> Page {
        self.page(letter, &Reply::of(&self.house, letter))
    }

    fn page(&self, letter: &Letter, reply: &Reply) -> Page {
        self.composed(letter, reply).0
    }

    /// What the reader sees, and what is wrong with the firm's own wording where the built-in one took its place.
    fn composed(&self, letter: &Letter, reply: &Reply) -> (Page, Option<Problem>) {
        let page = match &letter.content {
            Content::Notice(notice) => {
                let draft = notice.draft.as_ref().map(|draft| self.page(draft, &Reply::Plain));
                notice::page(&self.house, letter, notice, draft, reply)
            }
            Content::Gathered(gathered) => gathered::page(&self.house, letter, gathered, reply),
            Content::Digest(digest) => digest::page(&self.house, letter, digest, reply),
            Content::Alert(alert) => alert::page(&self.house, letter, alert, reply),
            Content::Weekly(weekly) => weekly::page(&self.house, letter, weekly, reply),
            Content::Held(held) => alert::held(&self.house, held),
            Content::Unaccounted(found) => unaccounted::page(found),
            Content::Access(access) => access::page(access, letter.at),
            Content::Answer(answer) => {
                let drafted = |draft: &Letter| self.page(draft, &Reply::Plain).text;
                answer::page(&self.house, answer, letter.case, reply, drafted)
            }
            Content::Briefing(briefing) => briefing::page(letter, briefing),
            Content::Invitation(invitation) if invitation.client.is_none() => {
                meeting::page(&self.house, letter, invitation)
            }
            Content::Received(_)
            | Content::StillWorking(_)
            | Content::Offer(_)
            | Content::Accepted(_)
            | Content::Boundary(_)
            | Content::Settled(_)
            | Content::ThankYou(_)
            | Content::OwnWords(_)
            | Content::Invitation(_) => return client::page(&self.wording, &self.house, letter),
        };
        (page, None)
    }
}

/// Renders every template with sample data, and says what is wrong with the result: nothing, when all is well.
pub fn check(house: &House) -> Vec<String> {
    let composer = Composer::new(house.clone());
    let mut problems = Vec::new();
    if house.address.parse::<lettre::Address>().is_err() {
        problems.push(format!("the shared address {:?} is no mail address: correct it", house.address));
    }
    if words::line(&house.name).is_empty() {
        problems.push("the firm has no name: mails would come from a bare address; give it one".to_owned());
    }
    for (name, letter) in samples() {
        let page = composer.show(&letter);
        let parts = [Some(&page.subject), Some(&page.text), page.html.as_ref()];
        if parts.into_iter().flatten().any(|part| part.trim().is_empty()) {
            problems.push(format!(
                "the template of {name} gives an empty subject, text or HTML: write something into it"
            ));
        }
    }
    problems
}
