//! Reply tokens: what shows that an answer comes from the person whom a mail of ours went to. Pure.
//!
//! A token is 20 bytes, written as 32 letters and digits of base32 (RFC 4648 §6) in lower case: mail systems change
//! case, and 32 characters leave room in a local part (64, RFC 5321 §4.5.3.1.1). The bytes are the key's number (1),
//! the last day (2, in days since 1970), the sort of what it is about (1), its number (6), and the first 10 bytes of
//! HMAC-SHA-256 (RFC 2104) over all that and the owner's address. Nothing in it is secret; only who has the key makes one.

use std::fmt;

use data_encoding::BASE32_NOPAD_NOCASE;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::message::{comparable, comparable_domain};

/// How many characters a token has.
pub const LENGTH: usize = 32;

/// For how long after its letter a token is good.
pub const VALID: SignedDuration = SignedDuration::from_hours(90 * 24);

/// So many bytes say what a token is about, and so many are its proof.
const PAYLOAD: usize = 10;
const PROOF: usize = 10;

/// What is proved, so that a proof of another sort can never pass for one of these.
const PURPOSE: &[u8] = b"pairdesk reply token 1";

/// What the mail that bears a token is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// One case, by its number: 0 to 2^48 - 1.
    Case(i64),
    /// All that concerns the person.
    Digest,
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// It is not 32 characters of base32, or is about something that this version does not know.
    Unreadable,
    /// Its key is not among ours.
    UnknownKey,
    /// The proof does not fit: it is another person's, or was changed.
    Altered,
    /// It was good until a day that is past.
    Expired,
}

/// A key that tokens are proved with.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Its number in the store; a token names it modulo 256.
    pub id: i64,
    /// Its bytes.
    pub bytes: [u8; 32],
}

/// Shows no byte: a debug line may come into a log.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys of this installation: the newest makes tokens, all read them. None make none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Oldest first.
    keys: Vec<Key>,
}

impl Keys {
    /// These keys; the one with the highest number is the newest.
    pub fn new(mut keys: Vec<Key>) -> Self {
        keys.sort_by_key(|key| key.id);
        Self { keys }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The token of a letter to an owner that is written at this instant; none where there is no key.
    pub fn token(&self, owner: &str, about: About, written_at: Timestamp) -> Option<String> {
        let key = self.keys.last()?;
        let (sort, number) = match about {
            About::Digest => (0, 0),
            About::Case(number) => (1, number),
        };
        let last_day = day(written_at.saturating_add(VALID).unwrap_or(Timestamp::MAX));
        let mut bytes = Vec::with_capacity(PAYLOAD + PROOF);
        bytes.push(name(key));
        bytes.extend(last_day.to_be_bytes());
        bytes.push(sort);
        bytes.extend(&number.to_be_bytes()[2..]);
        let proof = proof(key, &bytes, owner).finalize().into_bytes();
        bytes.extend(&proof[..PROOF]);
        Some(BASE32_NOPAD_NOCASE.encode(&bytes).to_ascii_lowercase())
    }

    /// What a token of this owner is about, whatever the case of its letters.
    ///
    /// # Errors
    /// The first flaw in the order of [`Flaw`]: that it has expired is said of a genuine one alone.
    pub fn read(&self, token: &str, owner: &str, now: Timestamp) -> Result<About, Flaw> {
        let (bytes, about) = decode(token).ok_or(Flaw::Unreadable)?;
        let (payload, proved) = bytes.split_at(PAYLOAD);
        let mut named = self.keys.iter().filter(|key| name(key) == payload[0]).peekable();
        if named.peek().is_none() {
            return Err(Flaw::UnknownKey);
        }
        // Takes the same time for every wrong proof.
        if !named.any(|key| proof(key, payload, owner).verify_truncated_left(proved).is_ok()) {
            return Err(Flaw::Altered);
        }
        let last_day = u16::from_be_bytes([payload[1], payload[2]]);
        if day(now) > last_day { Err(Flaw::Expired) } else { Ok(about) }
    }
}

/// What a token says that it is about; not proved, so only good for looking up what it is judged by.
pub fn claimed(token: &str) -> Option<About> {
    decode(token).map(|(_, about)| about)
}

/// Whether a text has the form of a token, or that of one to which something happened on the way: long, and nothing but
/// letters and digits, as no word that people put behind a `+` is.
pub fn resembles(text: &str) -> bool {
    text.len() == LENGTH || text.len() >= 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The Message-ID of a letter that bears its token there: for mail servers without subaddresses.
pub fn message_id(letter: &str, token: &str, domain: &str) -> String {
    format!("{letter}.{token}@{domain}")
}

/// The token of a Message-ID that [`message_id`] made.
pub fn of_message_id<'a>(id: &'a str, domain: &str) -> Option<&'a str> {
    let (local, of) = id.rsplit_once('@')?;
    let (_, token) = local.rsplit_once('.')?;
    (token.len() == LENGTH && comparable_domain(of) == comparable_domain(domain)).then_some(token)
}

/// How a token stands in a subject: `[k3...]`.
pub fn tag(token: &str) -> String {
    format!("[{token}]")
}

/// The tokens in a subject, each as [`tag`] writes it.
pub fn of_subject(subject: &str) -> impl Iterator<Item = &str> {
    let pieces = subject.split('[').skip(1).filter_map(|piece| Some(piece.split_once(']')?.0));
    pieces.filter(|token| token.len() == LENGTH && token.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The bytes of a token and what it says that it is about.
fn decode(token: &str) -> Option<(Vec<u8>, About)> {
    let bytes = BASE32_NOPAD_NOCASE.decode(token.as_bytes()).ok()?;
    if bytes.len() != PAYLOAD + PROOF {
        return None;
    }
    let mut number = [0; 8];
    number[2..].copy_from_slice(&bytes[4..PAYLOAD]);
    let about = match (bytes[3], i64::from_be_bytes(number)) {
        (0, 0) => About::Digest,
        (1, number) => About::Case(number),
        _ => return None,
    };
    Some((bytes, about))
}

/// How a token names its key.
fn name(key: &Key) -> u8 {
    key.id.to_be_bytes()[7]
}

/// The day of an instant in UTC, counted from 1970; the first or last that two bytes hold for those outside.
fn day(at: Timestamp) -> u16 {
    let day = at.as_second().div_euclid(86_400);
    u16::try_from(day).unwrap_or(if day < 0 { 0 } else { u16::MAX })
}

/// The proof over a payload of fixed length and the owner's address.
fn proof(key: &Key, payload: &[u8], owner: &str) -> Hmac<Sha256> {
    let mut proof = Hmac::<Sha256>::new_from_slice(&key.bytes).expect("HMAC takes a key of any length");
    proof.update(PURPOSE);
    proof.update(payload);
    proof.update(comparable(owner).as_bytes());
    proof
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIM: &str = "kim@fjord.example";

    fn now() -> Timestamp {
        "2026-03-10T09:00:00Z".parse().unwrap()
    }

    fn key(id: i64) -> Key {
        Key { id, bytes: [u8::try_from(id % 251).unwrap(); 32] }
    }

    fn keys(ids: &[i64]) -> Keys {
        Keys::new(ids.iter().map(|id| key(*id)).collect())
    }

    #[test]
    fn a_token_is_what_every_version_makes() {
        let token = keys(&[1]).token(KIM, About::Case(142), now()).unwrap();
        assert_eq!(token, "afiiiaiaaaaaaaeop77ezy2h5tvcmdd4", "as another program computes it");
        assert_eq!(Keys::default().token(KIM, About::Digest, now()), None, "without a key there is none");
    }

    #[test]
    fn a_token_is_good_for_ninety_days_and_a_genuine_one_alone_is_said_to_have_expired() {
        let keys = keys(&[1]);
        let token = keys.token(KIM, About::Case(142), now()).unwrap();
        let later = |days: i64| now() + SignedDuration::from_hours(24 * days);
        assert_eq!(keys.read(&token, KIM, later(90)), Ok(About::Case(142)));
        assert_eq!(keys.read(&token, KIM, later(91)), Err(Flaw::Expired));
        assert_eq!(keys.read(&token, "lee@fjord.example", later(91)), Err(Flaw::Altered));
    }

    #[test]
    fn old_keys_read_the_newest_makes_and_keys_whose_names_meet_are_told_apart() {
        let old = keys(&[1]).token(KIM, About::Digest, now()).unwrap();
        let both = keys(&[257, 1]);
        let new = both.token(KIM, About::Digest, now()).unwrap();
        assert_eq!(new, keys(&[257]).token(KIM, About::Digest, now()).unwrap());
        assert_ne!(old, new);
        for token in [&old, &new] {
            assert_eq!(both.read(token, KIM, now()), Ok(About::Digest));
        }
        assert_eq!(keys(&[1]).read(&new, KIM, now()), Err(Flaw::Altered));
        assert_eq!(keys(&[2]).read(&new, KIM, now()), Err(Flaw::UnknownKey));
    }

    #[test]
    fn what_is_no_token_is_unreadable() {
        let token = keys(&[1]).token(KIM, About::Digest, now()).unwrap();
        let (short, long) = (&token[..31], format!("{token}a"));
        let unknown_sort =
            BASE32_NOPAD_NOCASE.encode(&[1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for wrong in ["", "a", short, &long, &token.replace(&token[..1], "1"), &unknown_sort, &"é".repeat(16)]
        {
            assert_eq!(keys(&[1]).read(wrong, KIM, now()), Err(Flaw::Unreadable), "{wrong}");
            assert_eq!(claimed(wrong), None, "{wrong}");
        }
        assert_eq!(claimed(&token), Some(About::Digest));
    }

    #[test]
    fn no_word_that_people_put_behind_a_plus_resembles_a_token() {
        let token = keys(&[1]).token(KIM, About::Digest, now()).unwrap();
        for like in [
            &token,
            &token[..31],
            &token.to_uppercase(),
            &format!("{token}b"),
            &token.replace(&token[..1], "!"),
        ] {
            assert!(resembles(like), "{like}");
        }
        for unlike in ["", "invoices", "quarterly-review-meeting-2026", "kim.vos.and.lee.park.2026"] {
            assert!(!resembles(unlike), "{unlike}");
        }
    }

    #[test]
    fn a_key_shows_none_of_its_bytes() {
        assert_eq!(format!("{:?}", key(77)), "Key { id: 77, .. }");
    }

    fn about() -> impl Strategy<Value = About> {
        prop_oneof![Just(About::Digest), (0..1_i64 << 48).prop_map(About::Case)]
    }

    proptest! {
        #[test]
        fn every_token_comes_back_for_its_owner_alone_in_letters_of_any_case(
            about in about(),
            id in 1_i64..100_000,
            days in 0_i64..50_000,
            later in 0_i64..=90,
            upper in any::<u32>(),
        ) {
            let keys = keys(&[id]);
            let written_at = Timestamp::from_second(days * 86_400 + 40_000).unwrap();
            let token = keys.token(KIM, about, written_at).unwrap();
            prop_assert_eq!(token.len(), LENGTH);
            prop_assert!(resembles(&token));
            let mixed: String = token
                .chars()
                .enumerate()
                .map(|(at, c)| if upper >> at & 1 == 1 { c.to_ascii_uppercase() } else { c })
                .collect();
            let read_at = written_at + SignedDuration::from_hours(24 * later);
            prop_assert_eq!(keys.read(&mixed, "Kim@Fjord.Example", read_at), Ok(about));
            prop_assert_eq!(keys.read(&mixed, "kim@fjord.exampl", read_at), Err(Flaw::Altered));
            prop_assert_eq!(claimed(&mixed), Some(about));
        }

        #[test]
        fn a_token_with_one_other_character_is_refused(about in about(), at in 0..LENGTH, other in "[ -~é]") {
            let keys = keys(&[1]);
            let mut changed: Vec<char> = keys.token(KIM, about, now()).unwrap().chars().collect();
            let other = other.chars().next().unwrap();
            prop_assume!(!changed[at].eq_ignore_ascii_case(&other));
            changed[at] = other;
            let changed: String = changed.into_iter().collect();
            prop_assert!(keys.read(&changed, KIM, now()).is_err(), "{}", changed);
        }

        #[test]
        fn no_text_passes_for_a_token(text in "(?s).{0,64}") {
            prop_assert!(keys(&[1]).read(&text, KIM, now()).is_err());
        }
    }
}
