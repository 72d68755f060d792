//! Folder names on the wire: modified UTF-7 (RFC 3501 §5.1.3).

/// The 64 digits of modified base64: `,` instead of `/`, and no padding.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// The name as it goes over the wire: printable ASCII stands for itself, `&` becomes `&-`, and the rest UTF-16 in
/// modified base64 between `&` and `-`.
fn encode(name: &str) -> String {
    let mut wire = String::with_capacity(name.len());
    let mut other = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            shift(&mut wire, &mut other);
            wire.push(c);
            if c == '&' {
                wire.push('-');
            }
        } else {
            other.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    shift(&mut wire, &mut other);
    wire
}

/// The name as an argument of a command: encoded, and quoted.
pub(super) fn on_the_wire(name: &str) -> String {
    format!("\"{}\"", encode(name).replace('\\', "\\\\").replace('"', "\\\""))
}

fn shift(wire: &mut String, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    wire.push('&');
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            wire.push(char::from(DIGITS[(group >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    wire.push('-');
    bytes.clear();
}

/// The name as people see it; a part that is no modified UTF-7 stays as it is.
pub(super) fn decode(wire: &str) -> String {
    let mut name = String::with_capacity(wire.len());
    let mut rest = wire;
    while let Some((before, shifted)) = rest.split_once('&') {
        name.push_str(before);
        let Some((inner, after)) = shifted.split_once('-') else {
            rest = &rest[before.len()..];
            break;
        };
        match inner {
            "" => name.push('&'),
            _ => match unshift(inner) {
                Some(text) => name.push_str(&text),
                None => name.extend(["&", inner, "-"]),
            },
        }
        rest = after;
    }
    name.push_str(rest);
    name
}

fn unshift(inner: &str) -> Option<String> {
    let (mut bits, mut count) = (0_u32, 0);
    let mut units = Vec::new();
    for byte in inner.bytes() {
        let digit = DIGITS.iter().position(|&digit| digit == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count & 0xFFFF).ok()?);
        }
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_over_the_wire_and_back() {
        for (name, wire) in [
            ("INBOX", "INBOX"),
            ("Tom & Jerry", "Tom &- Jerry"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Post 📬", "Post &2D3c7A-"),
            ("Ä&Ö", "&AMQ-&-&ANY-"),
        ] {
            assert_eq!(encode(name), wire);
            assert_eq!(decode(wire), name);
        }
    }

    #[test]
    fn what_is_no_modified_utf_7_stays_as_it_is() {
        for wire in ["a&b", "a&!!-b", "&2D3-"] {
            assert_eq!(decode(wire), wire);
        }
    }
}
