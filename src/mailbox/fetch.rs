//! What a FETCH response says (RFC 9051 §7.5.2): the four items that are asked for, whatever stands beside them.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::fmt::strtime;

use super::wire::{Response, Token};

/// The items of one mail, as far as the server said them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    /// RFC822.SIZE.
    pub size: Option<u64>,
    /// INTERNALDATE.
    pub received_at: Option<Timestamp>,
    /// BODY[], or the part of it that was asked for.
    pub body: Option<Vec<u8>>,
}

/// Adds what a response says to what is known of the mails, by UID; of those that were asked for only. `asked` is in
/// order. A response whose list has no end was cut wrongly, by a literal of another length than announced: it is none.
pub(super) fn collect(response: Response, asked: &[u32], mails: &mut HashMap<u32, Fetched>) {
    let Response::Data(tokens) = response else { return };
    let mut tokens = tokens.into_iter();
    if tokens.next().is_none() || !tokens.next().is_some_and(|token| token.is("FETCH")) {
        return;
    }
    let mut fetched = Fetched::default();
    let mut uid = None;
    let mut depth = 0;
    while let Some(token) = tokens.next() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth -= 1,
            Token::Atom(name) if depth == 1 => match name.to_ascii_uppercase().as_str() {
                "UID" => uid = tokens.next().and_then(|token| token.number()),
                "RFC822.SIZE" => fetched.size = tokens.next().and_then(|token| token.number()),
                "INTERNALDATE" => fetched.received_at = tokens.next().and_then(|token| internal_date(&token)),
                "BODY[]" | "BODY[]<0>" => {
                    fetched.body = match tokens.next() {
                        Some(Token::Text(body)) => Some(body),
                        _ => None,
                    };
                }
                _ => {}
            },
            _ => {}
        }
    }
    let Some(uid) = uid.filter(|uid| depth == 0 && asked.binary_search(uid).is_ok()) else { return };
    let known = mails.entry(uid).or_default();
    known.size = fetched.size.or(known.size);
    known.received_at = fetched.received_at.or(known.received_at);
    known.body = fetched.body.or(known.body.take());
}

/// An INTERNALDATE: ` 5-Nov-2026 09:00:00 +0100`. None for NIL, and for what is no time.
fn internal_date(token: &Token) -> Option<Timestamp> {
    let Token::Text(text) = token else { return None };
    let text = std::str::from_utf8(text).ok()?;
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(text: &str) -> Token {
        Token::Atom(text.to_owned())
    }

    fn text(text: &str) -> Token {
        Token::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn the_items_are_found_among_others() {
        let mut mails = HashMap::new();
        let start = || {
            vec![atom("3"), atom("FETCH"), Token::Open, atom("FLAGS"), Token::Open, atom("UID"), Token::Close]
        };
        let first = [atom("UID"), atom("7"), atom("RFC822.SIZE"), atom("12"), Token::Close];
        let second = [atom("body[]<0>"), text("Subject: x"), atom("uid"), atom("7"), Token::Close];
        collect(Response::Data(start().into_iter().chain(first).collect()), &[7], &mut mails);
        collect(Response::Data(start().into_iter().chain(second).collect()), &[7], &mut mails);
        let body = Some(b"Subject: x".to_vec());
        assert_eq!(mails, HashMap::from([(7, Fetched { size: Some(12), received_at: None, body })]));
    }

    #[test]
    fn a_change_of_flags_or_a_mail_not_asked_for_is_no_mail() {
        let mut mails = HashMap::new();
        let other = vec![atom("3"), atom("FETCH"), Token::Open, atom("UID"), atom("4"), Token::Close];
        collect(Response::Data(other), &[3], &mut mails);
        let tokens = vec![
            atom("3"),
            atom("FETCH"),
            Token::Open,
            atom("FLAGS"),
            Token::Open,
            Token::Close,
            Token::Close,
        ];
        collect(Response::Data(tokens), &[3], &mut mails);
        collect(Response::Data(vec![atom("3"), atom("EXISTS")]), &[3], &mut mails);
        assert_eq!(mails, HashMap::new());
    }

    #[test]
    fn a_literal_that_swallowed_the_end_of_its_response_is_no_mail() {
        let mut mails = HashMap::new();
        let start = [atom("3"), atom("FETCH"), Token::Open, atom("UID"), atom("3"), atom("BODY[]")];
        let swallowed = [text("Subject: x\r\n\r\n)\r\n"), atom("*"), atom("5"), atom("EXISTS")];
        collect(Response::Data(start.into_iter().chain(swallowed).collect()), &[3], &mut mails);
        assert_eq!(mails, HashMap::new());
    }

    #[test]
    fn times_are_read_with_their_zone_and_nil_is_none() {
        for (date, utc) in [
            ("17-Jul-1996 02:44:25 -0700", Some("1996-07-17T09:44:25Z")),
            (" 5-Nov-2026 09:00:00 +0100", Some("2026-11-05T08:00:00Z")),
            ("32-Nov-2026 09:00:00 +0100", None),
            ("", None),
        ] {
            assert_eq!(internal_date(&text(date)), utc.map(|utc| utc.parse().unwrap()), "{date}");
        }
        assert_eq!(internal_date(&atom("NIL")), None);
    }
}
