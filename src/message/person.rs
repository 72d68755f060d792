//! A person as they stand in texts: their addresses in every spelling, their names, sentences of theirs.
//!
//! What is found here is what an erasure puts out, and what its proof looks for afterwards: both read the same words.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use super::idn::comparable;
use super::{decode, mime};

/// What stands in the place of a person who was forgotten.
pub const FORGOTTEN: &str = "(forgotten)";

/// A name of this many words or more is looked for everywhere: a single word is the name of many.
const NAMED: usize = 2;
/// A word of a name must have so many characters to be looked for by itself.
const WORD: usize = 3;
/// A sentence must have so many characters to be known again.
const SENTENCE: usize = 16;
/// How many sentences are looked for, and how much of each.
const SENTENCES: usize = 300;
const SENTENCE_LENGTH: usize = 200;
/// A mail in a mail in a mail is opened; deeper ones are searched as they stand.
const NESTED: usize = 4;
/// How many names are looked for, and how much of each.
const NAMES: usize = 100;
const NAME_LENGTH: usize = 120;
/// The most that the compiled patterns may take, in bytes: more than the limits above can make.
const COMPILED: usize = 256 << 20;

/// A person, as they are looked for.
#[derive(Debug, Clone)]
pub struct Person {
    /// As they are compared, without repeats.
    addresses: Vec<String>,
    /// Names of two words and more, as given.
    names: Vec<String>,
    address: Regex,
    /// Names of two words and more.
    named: Option<Regex>,
    /// Single words of the names.
    words: Option<Regex>,
    /// Sentences that they wrote.
    said: Option<Regex>,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Anywhere: only addresses and full names are sure to be this person's.
    Elsewhere,
    /// In a conversation in which the person took part: there single words of the name are theirs too, and sentences
    /// that they wrote.
    Near,
}

/// All that stands in a mail, decoded.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// The mail as it came, its header fields, and each of its parts.
    pub texts: Vec<String>,
    /// Whether it has files whose words cannot be read here: pictures, office documents, archives.
    pub sealed: bool,
}

impl Person {
    /// A person by their addresses and names. `common` are words of names that are not theirs alone, like the client's
    /// own name; `sentences` are sentences that they wrote.
    pub fn new<'a>(
        addresses: &[String],
        names: impl IntoIterator<Item = &'a str>,
        common: &BTreeSet<String>,
        sentences: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let addresses: BTreeSet<String> =
            addresses.iter().map(|address| comparable(address.trim())).collect();
        let (mut full, mut words) = (BTreeSet::new(), BTreeSet::new());
        for name in names.into_iter().take(NAMES) {
            let name = &name[..name.floor_char_boundary(NAME_LENGTH)];
            let parts: Vec<&str> =
                name.split(|c: char| !is_name(c)).filter(|part| !part.is_empty()).collect();
            let own: Vec<&str> =
                parts.iter().copied().filter(|part| !common.contains(&part.to_lowercase())).collect();
            words.extend(
                own.iter().filter(|part| part.chars().count() >= WORD).map(|part| part.to_lowercase()),
            );
            if parts.len() >= NAMED && !own.is_empty() && !name.contains('@') {
                full.insert(parts.join(" "));
            }
        }
        let between = r"[\s.,_'\x22-]{1,4}";
        let mut orders = Vec::new();
        for name in &full {
            let parts: Vec<String> = name.split(' ').map(regex::escape).collect();
            orders.push(parts.join(between));
            // "Ruiz, Dana", and "Dana Ruiz" of "Dana M. Ruiz".
            if let [first, .., last] = &parts[..] {
                orders.push(format!("{last}{between}{first}"));
                orders.push(format!("{first}{between}{last}"));
            }
        }
        let sentences = sentences.into_iter().filter(|text| text.trim().chars().count() >= SENTENCE);
        let sentences = sentences.take(SENTENCES).map(|text| {
            let cut = &text[..text.floor_char_boundary(SENTENCE_LENGTH)];
            cut.split_whitespace().map(regex::escape).collect::<Vec<_>>().join(r"[\s>|]+")
        });
        let words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
        Self {
            address: pattern(&addresses.iter().map(|address| spellings(address)).collect::<Vec<_>>())
                .unwrap_or_else(|| Regex::new("[^\\s\\S]").expect("a pattern that matches nothing")),
            named: pattern(&orders),
            words: pattern(&words),
            said: pattern(&sentences.collect::<Vec<_>>()),
            addresses: addresses.into_iter().collect(),
            names: full.into_iter().collect(),
        }
    }

    /// Their addresses, as they are compared.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Their names that are looked for everywhere.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether an address is one of theirs, with or without a subaddress.
    pub fn is(&self, address: &str) -> bool {
        let address = comparable(address.trim());
        let plain = address.rsplit_once('@').map(|(local, domain)| {
            format!("{}@{domain}", local.split_once('+').map_or(local, |(before, _)| before))
        });
        self.addresses.contains(&address) || plain.is_some_and(|plain| self.addresses.contains(&plain))
    }

    /// Whether they stand in a text.
    pub fn stands_in(&self, text: &str, place: Where) -> bool {
        self.patterns(place).any(|(pattern, bounds)| {
            pattern.find_iter(text).any(|found| bounds(text, found.start(), found.end()))
        })
    }

    /// Whether they stand in any text of a mail.
    pub fn stands_in_mail(&self, texts: &Texts, place: Where) -> bool {
        texts.texts.iter().any(|text| self.stands_in(text, place))
    }

    /// Whether a sentence of theirs is quoted in any text of a mail.
    pub fn quoted_in_mail(&self, texts: &Texts) -> bool {
        let said = |text: &String| self.said.as_ref().is_some_and(|said| said.is_match(text));
        texts.texts.iter().any(said)
    }

    /// The text without them; none where they do not stand in it.
    pub fn put_out(&self, text: &str, place: Where) -> Option<String> {
        let mut left = text.to_owned();
        for (pattern, bounds) in self.patterns(place) {
            let mut next = String::with_capacity(left.len());
            let mut end = 0;
            for found in pattern.find_iter(&left).filter(|found| bounds(&left, found.start(), found.end())) {
                next.push_str(&left[end..found.start()]);
                next.push_str(FORGOTTEN);
                end = found.end();
            }
            next.push_str(&left[end..]);
            left = next;
        }
        (left != text).then_some(left)
    }

    /// The addresses in a text of which one of theirs is a part, like jordana@acme.example of dana@acme.example.
    pub fn longer(&self, text: &str) -> Vec<String> {
        let part = |c: char| is_name(c) || ".-_+%=&'".contains(c);
        let others =
            self.address.find_iter(text).filter(|found| !around_address(text, found.start(), found.end()));
        others
            .map(|found| {
                let start =
                    text[..found.start()].rfind(|c| !part(c)).map_or(0, |at| text.ceil_char_boundary(at + 1));
                let end = text[found.end()..].find(|c| !part(c)).map_or(text.len(), |at| found.end() + at);
                text[start..end].to_lowercase()
            })
            .collect()
    }

    /// Whether an address or full name of theirs stands in the bytes of a file, whatever stands beside it: a database
    /// writes one value right after the other. Addresses of others, of which theirs is a part, do not count.
    pub fn stands_in_bytes(&self, bytes: &[u8], longer: &BTreeSet<String>) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let others: Vec<_> = longer
            .iter()
            .filter_map(|other| pattern(&[regex::escape(other)]))
            .flat_map(|other| other.find_iter(&text).map(|found| found.range()).collect::<Vec<_>>())
            .collect();
        let theirs = |start, end| !others.iter().any(|other| other.start <= start && end <= other.end);
        self.address.find_iter(&text).any(|found| theirs(found.start(), found.end()))
            || self.named.as_ref().is_some_and(|named| named.is_match(&text))
    }

    /// What is looked for, with what must stand around it.
    fn patterns(&self, place: Where) -> impl Iterator<Item = (&Regex, Bounds)> {
        let near = self.words.iter().chain(&self.said).filter(move |_| place == Where::Near);
        let words = self.named.iter().chain(near).map(|pattern| (pattern, around_words as Bounds));
        std::iter::once((&self.address, around_address as Bounds)).chain(words)
    }
}

type Bounds = fn(&str, usize, usize) -> bool;

/// The characters of a name.
fn is_name(c: char) -> bool {
    c.is_alphanumeric()
}

fn pattern(parts: &[String]) -> Option<Regex> {
    if parts.is_empty() {
        return None;
    }
    let mut builder = RegexBuilder::new(&parts.join("|"));
    let built = builder.case_insensitive(true).size_limit(COMPILED).build();
    Some(built.expect("escaped texts of a bounded length make a pattern"))
}

/// An address as it may be spelled: with a subaddress, its `@` encoded (RFC 3986 §2.1, RFC 2045 §6.7, HTML), in the local
/// part of a return path (VERP), its domain in letters or in A-labels.
fn spellings(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let letters = idna::domain_to_unicode(domain).0;
    let mut domains = vec![regex::escape(domain)];
    if letters != domain {
        domains.push(regex::escape(&letters));
    }
    let local = regex::escape(local);
    format!(
        r"{local}(?:\+[^\s@<>\x22]{{1,64}})?(?:@|%40|=40|=|&#0*64;|&#x0*40;|&commat;)(?:{})",
        domains.join("|")
    )
}

/// Whether an address stands by itself: not as the end of a longer local part, nor the beginning of a longer domain.
fn around_address(text: &str, start: usize, end: usize) -> bool {
    let (before, after) = (&text[..start], &text[end..]);
    let part_of_local = before.chars().next_back().is_some_and(|c| is_name(c) || ".-_".contains(c));
    let begins = !part_of_local || after_escape(before);
    let mut rest = after.chars();
    let ends = match rest.next() {
        Some(c) if is_name(c) || c == '_' => false,
        Some('.' | '-') => !rest.next().is_some_and(is_name),
        _ => true,
    };
    begins && ends
}

/// Whether a text ends with an escape: `%3C` (RFC 3986), `=3C` (RFC 2045), `\n`.
fn after_escape(text: &str) -> bool {
    let mut last = text.bytes().rev();
    let (third, second, first) = (last.next(), last.next(), last.next());
    let digits = [second, third].iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()));
    digits && matches!(first, Some(b'%' | b'='))
        || second == Some(b'\\') && matches!(third, Some(b'n' | b'r' | b't'))
}

/// Whether words stand by themselves, and not as the end of somebody's local part, as "dana" in jor.dana@acme.example.
fn around_words(text: &str, start: usize, end: usize) -> bool {
    let name = |c: Option<char>| c.is_some_and(is_name);
    let mut rest = text[end..].chars();
    let after = rest.next();
    let in_address = after == Some('@') && name(rest.next());
    !(in_address || name(text[..start].chars().next_back()) || name(after))
}

/// All that stands in a mail: as it came, and decoded.
pub fn texts(raw: &[u8]) -> Texts {
    let mut found = Texts::default();
    open(raw, 0, &mut found);
    found
}

fn open(raw: &[u8], depth: usize, found: &mut Texts) {
    let mut defects = Vec::new();
    found.texts.push(String::from_utf8_lossy(raw).into_owned());
    let root = mime::read(raw, &mut defects);
    for part in root.walk() {
        found.texts.extend(part.fields.iter().map(|(_, value)| decode::words(value)));
        found.texts.extend(part.file_name().map(str::to_owned));
        let kind = part.content.value.as_str();
        if kind.starts_with("message/") && depth < NESTED {
            open(&part.bytes(&mut defects), depth + 1, found);
        } else if !kind.starts_with("multipart/") {
            found.texts.push(part.text(&mut defects));
            found.sealed |= !kind.starts_with("text/") && !kind.starts_with("message/");
        }
    }
    // HTML may cut an address with tags; read as text it is whole.
    found.texts.push(super::read(raw, &super::ReadOptions::default()).text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dana() -> Person {
        let common = BTreeSet::from(["acme".to_owned()]);
        let names = ["Dana M. Ruiz", "Acme", "Dana"];
        let said = ["We are really disappointed by this."];
        Person::new(&["Dana@Acme.example".to_owned()], names, &common, said)
    }

    #[test]
    fn an_address_is_found_in_every_spelling() {
        for text in [
            "dana@acme.example",
            "to Dana@ACME.Example, please",
            "<dana+news@acme.example>",
            "mailto:dana%40acme.example?x",
            "%3Cdana@acme.example%3E",
            "bounces+dana=acme.example@us.example",
            "dana=40acme.example",
            "dana&#64;acme.example and dana&#x40;acme.example",
            "[\"a\\ndana@acme.example\"]",
            "Write to dana@acme.example.",
        ] {
            assert!(dana().stands_in(text, Where::Elsewhere), "{text}");
            assert!(
                !dana().stands_in(&dana().put_out(text, Where::Elsewhere).unwrap(), Where::Elsewhere),
                "{text}"
            );
        }
    }

    #[test]
    fn the_addresses_of_others_are_left_alone() {
        for text in [
            "jordana@acme.example",
            "jor.dana@acme.example",
            "dana@acme.example.org",
            "dana@acme.example-two.org",
            "dana@acme",
            "Danach",
            "Acme",
        ] {
            assert_eq!(dana().put_out(text, Where::Near), None, "{text}");
        }
        assert_eq!(dana().put_out("dana at acme.example", Where::Elsewhere), None);
    }

    #[test]
    fn a_full_name_is_found_everywhere_and_a_word_of_it_near_by() {
        for text in ["Dana Ruiz", "DANA M. RUIZ", "Ruiz, Dana", "dana\n  ruiz"] {
            assert_eq!(dana().put_out(text, Where::Elsewhere).as_deref(), Some(FORGOTTEN), "{text}");
        }
        assert_eq!(dana().put_out("Hi Dana,", Where::Elsewhere), None);
        assert_eq!(dana().put_out("Hi Dana,", Where::Near).as_deref(), Some("Hi (forgotten),"));
        let quoted = "> We are really\n disappointed by this.";
        assert_eq!(dana().put_out(quoted, Where::Elsewhere), None);
        assert_eq!(dana().put_out(quoted, Where::Near).as_deref(), Some("> (forgotten)"));
    }

    #[test]
    fn in_a_file_values_stand_side_by_side_and_longer_addresses_are_those_of_others() {
        let longer =
            BTreeSet::from_iter(dana().longer("see jordana@acme.example, and dana@acme.example.org"));
        assert_eq!(Vec::from_iter(&longer), ["dana@acme.example.org", "jordana@acme.example"]);
        assert!(!dana().stands_in_bytes(b"Jojordana@acme.exampleWeekly dana@acme.example.org", &longer));
        assert!(dana().stands_in_bytes(b"\xff\x00Dana Ruizx", &longer));
        assert!(dana().stands_in_bytes(b"0dana@acme.exampleWeekly", &longer));
    }

    #[test]
    fn an_internationalised_domain_is_one_in_both_spellings() {
        let jo = Person::new(&["jo@bücher.example".to_owned()], [], &BTreeSet::new(), []);
        for text in ["jo@bücher.example", "jo@xn--bcher-kva.example", "JO@BÜCHER.example"] {
            assert!(jo.stands_in(text, Where::Elsewhere), "{text}");
        }
        assert!(jo.is("Jo+x@Bücher.example") && !jo.is("jo@example"));
    }

    #[test]
    fn a_mail_is_searched_in_its_encoded_parts_and_in_mails_within_it() {
        // "dana@acme.example" as base64, quoted-printable, an encoded word, within another mail, and cut by tags.
        for raw in [
            "Content-Transfer-Encoding: base64\r\n\r\nZGFuYUBhY21lLmV4YW1wbGU=\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\ndana=\r\n@acme.exa=6Dple\r\n",
            "Subject: =?utf-8?B?ZGFuYUBhY21lLmV4YW1wbGU=?=\r\n\r\nx\r\n",
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
             Content-Transfer-Encoding: base64\r\n\r\nZGFuYUBhY21lLmV4YW1wbGU=\r\n--b--\r\n",
            "Content-Type: text/html\r\n\r\n<p>dana<b>@</b>acme.example</p>\r\n",
        ] {
            assert!(dana().stands_in_mail(&texts(raw.as_bytes()), Where::Elsewhere), "{raw}");
        }
        let sealed = "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n";
        assert!(texts(sealed.as_bytes()).sealed);
        assert!(!texts(b"Subject: x\r\n\r\ny").sealed);
    }
}
