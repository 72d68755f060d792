//! How an access token is said to a mail server.

use data_encoding::BASE64;

use crate::server::Secret;

/// The mechanism that Google made and Microsoft took over; not registered.
pub const XOAUTH2: &str = "XOAUTH2";
/// The registered one (RFC 7628).
pub const OAUTHBEARER: &str = "OAUTHBEARER";

/// The initial response of XOAUTH2, in base64
/// (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>).
pub fn xoauth2(user: &str, token: &Secret) -> Secret {
    Secret::new(BASE64.encode(format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose()).as_bytes()))
}

/// The initial response of OAUTHBEARER, in base64 (RFC 7628 §3.1; the user as in RFC 5801 §4).
pub fn bearer(user: &str, host: &str, port: u16, token: &Secret) -> Secret {
    let user = user.replace('=', "=3D").replace(',', "=2C");
    let token = token.expose();
    let said = format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01");
    Secret::new(BASE64.encode(said.as_bytes()))
}

/// What a client answers when the server has said why it refuses the token, to hear the refusal itself: nothing for
/// XOAUTH2, a control-A for OAUTHBEARER (RFC 7628 §3.2.3).
pub fn refused(mechanism: &str) -> &'static str {
    if mechanism == OAUTHBEARER { "AQ==" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_responses_are_those_of_the_documents() {
        // The example of Google's page.
        let token = Secret::new("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
        assert_eq!(
            xoauth2("someuser@example.com", &token).expose(),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
        );
        // The example of RFC 7628 §4.1.
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        assert_eq!(
            bearer("user@example.com", "server.example.com", 143, &token).expose(),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
        );
        let odd = BASE64.decode(bearer("a,b=c", "h", 1, &token).expose().as_bytes()).unwrap();
        assert!(odd.starts_with(b"n,a=a=2Cb=3Dc,\x01host=h\x01port=1\x01"));
    }
}
