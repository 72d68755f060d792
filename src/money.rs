//! Amounts of money: as people write them, in minor units of a currency, and shown again.

use std::fmt;

use iso_currency::Currency;

/// More than this, in whole units of the currency, is no price but a mistake.
const MOST: i64 = 1_000_000_000;

/// An amount in minor units of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    /// Minor units: 120000 of EUR are 1,200.00 EUR, 1200 of JPY are 1,200 JPY.
    pub minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

/// The signs of currencies, longer ones before those that they begin with. Where several share one, the account's
/// counts if it is among them, or else the first; `kr` alone says too little.
const SIGNS: [(&str, &[&str]); 24] = [
    ("us$", &["USD"]),
    ("au$", &["AUD"]),
    ("a$", &["AUD"]),
    ("ca$", &["CAD"]),
    ("c$", &["CAD"]),
    ("nz$", &["NZD"]),
    ("hk$", &["HKD"]),
    ("s$", &["SGD"]),
    ("r$", &["BRL"]),
    ("$", &["USD", "AUD", "CAD", "NZD", "HKD", "SGD", "MXN"]),
    ("€", &["EUR"]),
    ("£", &["GBP"]),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("₹", &["INR"]),
    ("₺", &["TRY"]),
    ("₽", &["RUB"]),
    ("₴", &["UAH"]),
    ("₩", &["KRW"]),
    ("₪", &["ILS"]),
    ("₫", &["VND"]),
    ("zł", &["PLN"]),
    ("kč", &["CZK"]),
    ("฿", &["THB"]),
];

/// What people call currencies. Where several share a word it is as with the signs.
const WORDS: [(&str, &[&str]); 17] = [
    ("euro", &["EUR"]),
    ("euros", &["EUR"]),
    ("pound", &["GBP"]),
    ("pounds", &["GBP"]),
    ("sterling", &["GBP"]),
    ("quid", &["GBP"]),
    ("dollar", &["USD", "AUD", "CAD", "NZD", "HKD", "SGD"]),
    ("dollars", &["USD", "AUD", "CAD", "NZD", "HKD", "SGD"]),
    ("bucks", &["USD", "AUD", "CAD", "NZD"]),
    ("franken", &["CHF"]),
    ("francs", &["CHF"]),
    ("sfr", &["CHF"]),
    ("fr", &["CHF"]),
    ("yen", &["JPY"]),
    ("rupees", &["INR"]),
    ("zloty", &["PLN"]),
    ("kr", &["", "SEK", "NOK", "DKK", "ISK"]),
];

/// Codes that are also words or initials: they count only as the account's own currency.
const ALSO_WORDS: [&str; 16] = [
    "ALL", "TRY", "TOP", "PHP", "CUP", "PEN", "BAM", "GEL", "MAD", "BOB", "COP", "SOS", "LAK", "MOP", "DOP",
    "RON",
];

/// Codes that count in small letters too.
const COMMON: [&str; 22] = [
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "ISK", "AUD", "CAD", "NZD", "SGD",
    "HKD", "JPY", "CNY", "INR", "ZAR", "BRL", "MXN",
];

/// What an amount at the beginning of a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leading {
    /// The amount; none when it is zero, negative, beyond reason, or cannot be told ("1.200" of a currency with
    /// three digits after the point).
    pub money: Option<Money>,
    /// How much of the text it takes, in bytes.
    pub length: usize,
    /// Whether a currency was written with it.
    pub named: bool,
}

/// How many digits a currency has after the point (ISO 4217); two for one that is not known.
pub fn minor_digits(currency: &str) -> usize {
    Currency::from_code(currency).and_then(Currency::exponent).map_or(2, usize::from)
}

impl Money {
    /// The amount that a whole text is: "1.200,50 €", "EUR 1200", "£1.2k". One without a currency is of `currency`.
    pub fn read(text: &str, currency: &str) -> Option<Self> {
        let text = text.trim();
        Self::at_start(text, currency).filter(|found| found.length == text.len())?.money
    }

    /// The amount that a text begins with; none when it begins with no number.
    pub fn at_start(text: &str, currency: &str) -> Option<Leading> {
        let mut rest = Rest(text);
        let mut negative = rest.skip(is_minus);
        rest.skip(|c| c == ' ');
        let before = mark(rest.0, currency);
        if let Some((length, _)) = before {
            rest.advance(length);
            while rest.skip(|c| c == ' ') {}
            negative |= rest.skip(is_minus);
        }
        let number = number(rest.0)?;
        rest.advance(number.len());
        // "1200.-" and "1200,--" stand for no cents.
        if let Some(none) = rest.0.strip_prefix(['.', ',']).filter(|none| none.starts_with(is_minus)) {
            rest.0 = none.trim_start_matches(is_minus);
        }
        let thousands = rest.word().is_some_and(|word| word.eq_ignore_ascii_case("k")) && rest.skip(|_| true);
        let end = text.len() - rest.0.len();
        let mut after = None;
        if before.is_none() {
            while rest.skip(|c| c == ' ') {}
            after = mark(rest.0, currency);
        }
        let length = after.as_ref().map_or(end, |(length, _)| text.len() - rest.0.len() + length);
        let written = before.or(after);
        let named = written.is_some();
        let currency = written.map_or_else(|| Some(currency.to_owned()), |(_, code)| code);
        let money = currency.and_then(|currency| {
            let minor = minor_units(number, thousands, minor_digits(&currency))?;
            let most = MOST.checked_mul(10_i64.pow(u32::try_from(minor_digits(&currency)).ok()?))?;
            (!negative && minor > 0 && minor <= most).then_some(Self { minor, currency })
        });
        Some(Leading { money, length, named })
    }
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '−' | '–' | '—')
}

/// What is still to be read of a text.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let mut chars = self.0.chars();
        let found = chars.next().is_some_and(wanted);
        if found {
            self.0 = chars.as_str();
        }
        found
    }

    fn advance(&mut self, length: usize) {
        self.0 = &self.0[length..];
    }

    /// The letters that it begins with, unless a digit follows.
    fn word(&self) -> Option<&'a str> {
        let end = self.0.find(|c: char| !c.is_alphabetic()).unwrap_or(self.0.len());
        (end > 0 && !self.0[end..].starts_with(|c: char| c.is_ascii_digit())).then(|| &self.0[..end])
    }
}

/// The currency that a text begins with: its length and its code, none where the sign stands for several.
fn mark(text: &str, currency: &str) -> Option<(usize, Option<String>)> {
    let of = |codes: &[&str]| {
        let code = codes.iter().find(|code| **code == currency).or(codes.first());
        code.filter(|code| !code.is_empty()).map(|code| (*code).to_owned())
    };
    let head: String = text.chars().take(4).flat_map(char::to_lowercase).collect();
    let letters = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    for (sign, codes) in SIGNS {
        // A sign of letters is a whole word, and no beginning of one.
        let whole = !sign.ends_with(char::is_alphabetic) || sign.len() == letters;
        if head.starts_with(sign) && whole {
            let length = text.chars().take(sign.chars().count()).map(char::len_utf8).sum();
            return Some((length, of(codes)));
        }
    }
    let word = &text[..letters];
    let dot = usize::from(text[letters..].starts_with('.') && letters <= 3);
    if let Some((_, codes)) = WORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)) {
        return Some((letters + dot, of(codes)));
    }
    let upper = word.to_ascii_uppercase();
    let known = word.len() == 3
        && (upper == currency
            || COMMON.contains(&&*upper)
            || upper == word && !ALSO_WORDS.contains(&word) && Currency::from_code(word).is_some());
    known.then_some((letters, Some(upper)))
}

/// The digits that a text begins with, with the marks between them; without a mark at the end.
fn number(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    if !bytes.first()?.is_ascii_digit() {
        return None;
    }
    let digits = |at: usize| bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(0);
    let mut grouped = end <= 3;
    while let Some(c) = text[end..].chars().next() {
        let next = end + c.len_utf8();
        let count = digits(next.min(text.len()));
        let inside = match c {
            // A blank is only between groups of three digits.
            ' ' => grouped && count == 3 && !text[next + 3..].starts_with(char::is_alphabetic),
            '.' | ',' | '\'' | '’' => count > 0,
            _ => false,
        };
        if !inside {
            break;
        }
        grouped &= c == ' ';
        end = next + count;
    }
    Some(&text[..end])
}

/// A number with marks in minor units. The last mark is a point when it stands once and is followed by other than
/// three digits, or by three where another mark parts the thousands.
fn minor_units(number: &str, thousands: bool, digits: usize) -> Option<i64> {
    let is_mark = |c: char| !c.is_ascii_digit();
    let (mut whole, mut part) = (number, "");
    if let Some((before, after)) = number.rsplit_once(is_mark) {
        let mark = number[before.len()..].chars().next()?;
        let alone = !before.contains(mark);
        let other = before.contains(is_mark);
        let group = after.len() == 3 && (1..=3).contains(&before.len()) && before != "0";
        if group && !other && !thousands && digits >= 3 && matches!(mark, '.' | ',') {
            return None;
        }
        if alone && matches!(mark, '.' | ',') && (other || thousands || !group) {
            (whole, part) = (before, after);
        }
    }
    let digits = if thousands { digits + 3 } else { digits };
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let mut marks: Vec<char> = whole.chars().filter(|c| is_mark(*c)).collect();
    marks.dedup();
    let (first, others) = groups.split_first()?;
    let (last, middle) = others.split_last().unzip();
    // Lakhs are groups of two.
    let fits = last.is_none_or(|last| last.len() == 3 && (1..=3).contains(&first.len()))
        && middle.is_none_or(|middle| middle.iter().all(|group| matches!(group.len(), 2 | 3)));
    if marks.len() > 1 || !fits || part.len() > digits {
        return None;
    }
    format!("{}{part:0<digits$}", groups.concat()).parse().ok()
}

impl fmt::Display for Money {
    /// "1,200.00 EUR".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = minor_digits(&self.currency);
        let padded = format!("{:0width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (whole, part) = padded.split_at(padded.len() - digits);
        if self.minor < 0 {
            f.write_str("-")?;
        }
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        if digits > 0 {
            write!(f, ".{part}")?;
        }
        write!(f, " {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, currency: &str) -> Option<String> {
        Money::read(text, currency).map(|money| money.to_string())
    }

    #[test]
    fn an_amount_is_read_as_people_write_it_and_shown_in_one_way() {
        for (text, shown) in [
            ("1200", "1,200.00 EUR"),
            ("1.200,50 €", "1,200.50 EUR"),
            ("EUR 1200", "1,200.00 EUR"),
            ("EUR1200", "1,200.00 EUR"),
            ("1200eur", "1,200.00 EUR"),
            ("1,200.50", "1,200.50 EUR"),
            ("1 200 €", "1,200.00 EUR"),
            ("1'200.50 CHF", "1,200.50 CHF"),
            ("1’200.50 Fr.", "1,200.50 CHF"),
            ("1200.- CHF", "1,200.00 CHF"),
            ("1.200,-- €", "1,200.00 EUR"),
            ("1200,–", "1,200.00 EUR"),
            ("£1.2k", "1,200.00 GBP"),
            ("1,25k €", "1,250.00 EUR"),
            ("2K", "2,000.00 EUR"),
            ("$950", "950.00 USD"),
            ("US$ 950", "950.00 USD"),
            ("A$950.5", "950.50 AUD"),
            ("12,5", "12.50 EUR"),
            ("0.05", "0.05 EUR"),
            ("1.200", "1,200.00 EUR"),
            ("1,200,000", "1,200,000.00 EUR"),
            ("1.200.000,00", "1,200,000.00 EUR"),
            ("1,20,000 INR", "120,000.00 INR"),
            ("₹ 500", "500.00 INR"),
            ("1200 euros", "1,200.00 EUR"),
            ("500 quid", "500.00 GBP"),
            ("500 Pounds", "500.00 GBP"),
            ("12000 JPY", "12,000 JPY"),
            ("¥12,000", "12,000 JPY"),
            ("12 KWD", "12.000 KWD"),
            ("300 zł", "300.00 PLN"),
            ("300 usd", "300.00 USD"),
            ("1000000000", "1,000,000,000.00 EUR"),
        ] {
            assert_eq!(read(text, "EUR").as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn the_account_s_currency_decides_what_a_shared_sign_stands_for() {
        for (text, currency, shown) in [
            ("$950", "CAD", "950.00 CAD"),
            ("950 dollars", "AUD", "950.00 AUD"),
            ("¥950", "CNY", "950.00 CNY"),
            ("950 kr", "SEK", "950.00 SEK"),
            ("950 try", "TRY", "950.00 TRY"),
            ("950", "GBP", "950.00 GBP"),
        ] {
            assert_eq!(read(text, currency).as_deref(), Some(shown), "{text} {currency}");
        }
        assert_eq!(read("950 kr", "EUR"), None);
    }

    #[test]
    fn what_is_no_plain_amount_is_none() {
        for text in [
            "",
            "0",
            "0.00 €",
            "-500",
            "€-500",
            "−500 €",
            "1.5.5",
            "1,20.50,3",
            "12.345.6",
            "1200.505",
            "0.500",
            "abc",
            "1000000001",
            "99999999999999999999",
            "1.200 KWD",
            "12 all",
            "1200 EUR net",
            "€",
            "1200 ALL",
            "5 000 00",
        ] {
            assert_eq!(read(text, "EUR"), None, "{text}");
        }
        assert_eq!(read("1.5", "JPY"), None);
    }

    #[test]
    fn an_amount_at_the_start_tells_where_it_ends_and_whether_its_currency_was_written() {
        let at = |text: &str| Money::at_start(text, "EUR").map(|l| (l.money.is_some(), l.length, l.named));
        assert_eq!(at("1200 EUR 8h"), Some((true, 8, true)));
        assert_eq!(at("1200, 8h"), Some((true, 4, false)));
        assert_eq!(at("1 200 landing pages"), Some((true, 5, false)));
        assert_eq!(at("-5 EUR"), Some((false, 6, true)));
        assert_eq!(at("1200 kr x"), Some((false, 7, true)));
        assert_eq!(at("Landing page"), None);
        assert_eq!(at("EUR"), None);
    }
}
