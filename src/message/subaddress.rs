//! Subaddresses (RFC 5233): what stands behind a `+` in the local part of an address that leads to the same mailbox.

use super::comparable;

/// What is behind the `+` of an address that is otherwise this one of ours; none when it is another address, or has no
/// subaddress.
pub fn subaddress<'a>(ours: &str, address: &'a str) -> Option<&'a str> {
    let (our_local, our_domain) = ours.rsplit_once('@')?;
    let (local, domain) = address.rsplit_once('@')?;
    let before = local.get(..our_local.len())?;
    let detail = local[our_local.len()..].strip_prefix('+')?;
    let same = comparable(&format!("{before}@{domain}")) == comparable(&format!("{our_local}@{our_domain}"));
    same.then_some(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_plus_of_our_own_address_is_its_subaddress() {
        let rows = [
            ("office@firm.example", "office+k3@firm.example", Some("k3")),
            ("office@firm.example", "Office+K3@FIRM.example", Some("K3")),
            ("office@firm.example", "office+a+b@firm.example", Some("a+b")),
            ("office+team@firm.example", "office+team+k3@firm.example", Some("k3")),
            ("büro@bücher.example", "büro+k3@xn--bcher-kva.example", Some("k3")),
            ("office@firm.example", "office+@firm.example", Some("")),
            ("office@firm.example", "office@firm.example", None),
            ("office@firm.example", "office+k3@mail.firm.example", None),
            ("office@firm.example", "office+k3@firm.example@evil.example", None),
            ("office@firm.example", "officer+k3@firm.example", None),
            ("office@firm.example", "post-office+k3@firm.example", None),
            ("office@firm.example", "office-k3@firm.example", None),
            ("office@firm.example", "öffice+k3@firm.example", None),
            ("office@firm.example", "of", None),
            ("office", "office+k3", None),
        ];
        for (ours, address, expected) in rows {
            assert_eq!(subaddress(ours, address), expected, "{address}");
        }
    }
}
