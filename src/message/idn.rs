//! Internationalised domains (RFC 5890): one form to compare them in.

/// An address in the form in which addresses are compared: lower case, and its domain in A-labels (RFC 5890 §2.3.2.1),
/// so that "Kim@Bücher.example" is "kim@xn--bcher-kva.example". Where the domain is no valid one, only lower case.
pub fn comparable(address: &str) -> String {
    let (before, domain) = match address.rfind('@') {
        Some(at) => address.split_at(at + 1),
        None => ("", address),
    };
    before.to_lowercase() + &comparable_domain(domain)
}

/// A domain in the form in which domains are compared; see [`comparable`].
pub fn comparable_domain(domain: &str) -> String {
    if domain.is_ascii() {
        return domain.to_ascii_lowercase();
    }
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_domain_has_one_form() {
        let one = "kim@xn--bcher-kva.example";
        for same in [
            "kim@bücher.example",
            "Kim@BÜCHER.Example",
            "kim@XN--bcher-kva.example",
            "kim@bu\u{308}cher.example",
        ] {
            assert_eq!(comparable(same), one, "{same}");
        }
        assert_eq!(comparable("jörg@Straße.example"), "jörg@xn--strae-oqa.example", "the local part stays");
        assert_eq!(comparable("Kim"), "kim");
        assert_eq!(
            comparable_domain("例え。example"),
            "xn--r8jz45g.example",
            "an ideographic full stop is a dot"
        );
    }

    #[test]
    fn what_is_no_domain_is_left_as_it_is() {
        for odd in ["", "@", "a@b@c.example", "kim@-ü-..example", "kim@\u{200b}"] {
            comparable(odd);
        }
        assert_eq!(comparable("kim@xn--ü.Example"), "kim@xn--ü.example");
    }
}
