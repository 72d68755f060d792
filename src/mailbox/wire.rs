//! IMAP on the wire (RFC 9051 §7, §9): commands out, responses in, each within its time and size.
//!
//! A literal is refused before it is stored when it is larger than what was asked for; lists are never read
//! recursively; what the server says is quoted in errors only where it is a status text, never mail.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::{Instant, timeout, timeout_at};

use super::MailboxError;
pub(super) use super::status::{Status, Word};

/// The longest line: a SEARCH that answers with about two million UIDs.
const LONGEST_LINE: usize = 16 << 20;

/// The largest literal where no mail was asked for.
pub(super) const SMALL_LITERAL: u64 = 64 << 10;

/// How many times the permitted silence a whole command may take.
const COMMAND_TIMEOUTS: u32 = 10;

/// How many alerts of a connection are shown.
const ALERTS: usize = 10;

/// What a connection runs over: TCP, or TLS above it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// A connection.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    line: Vec<u8>,
    silence: Duration,
    deadline: Instant,
    tag: u32,
    /// What people were shown.
    shown: Vec<String>,
    /// Whether the connection is in the middle of something. When an error, or the end of a future that nobody waited
    /// for, leaves it so, it is of no more use.
    pub broken: bool,
}

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    /// `+`: go on.
    Continue,
    /// A status, tagged or not.
    Status(Status),
    /// Any other untagged response, cut into its words.
    Data(Vec<Token>),
}

/// A word of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A number, keyword or flag; with its brackets: `BODY[]<0>`.
    Atom(String),
    /// A quoted string or literal.
    Text(Vec<u8>),
    /// `(`
    Open,
    /// `)`
    Close,
}

impl Token {
    /// Whether it is this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Atom(atom) if atom.eq_ignore_ascii_case(keyword))
    }

    /// The number that it is.
    pub fn number<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Atom(atom) => atom.parse().ok(),
            _ => None,
        }
    }
}

impl Wire {
    /// Speaks over this stream, with this much silence permitted.
    pub fn new(stream: Box<dyn Stream>, silence: Duration) -> Self {
        let deadline = Instant::now() + silence;
        Self {
            stream: BufReader::new(stream),
            line: Vec::new(),
            silence,
            deadline,
            tag: 0,
            shown: Vec::new(),
            broken: false,
        }
    }

    /// The stream below, to lay TLS over it. An error when the server has already said more, since that would not be
    /// protected (RFC 9051 §11.1).
    pub fn into_stream(self) -> Result<Box<dyn Stream>, MailboxError> {
        if self.stream.buffer().is_empty() {
            Ok(self.stream.into_inner())
        } else {
            Err(MailboxError::network(
                "the server sent more before STARTTLS was done, which nothing protects; the connection is not used",
            ))
        }
    }

    /// Sends a command and reads to its tagged answer; `each` gets every other response. A literal may be as large as
    /// `largest_literal`. A tagged NO or BAD is returned, not an error.
    pub async fn command(
        &mut self,
        command: &str,
        largest_literal: u64,
        mut each: impl FnMut(Response),
    ) -> Result<Status, MailboxError> {
        let tag = self.begin(command).await?;
        loop {
            match self.response(largest_literal).await? {
                Response::Status(status) if status.tag.is_some() => return self.ended(&tag, status),
                response => each(response),
            }
        }
    }

    /// Sends a command without waiting for any answer; returns its tag.
    pub async fn begin(&mut self, command: &str) -> Result<String, MailboxError> {
        self.tag += 1;
        self.broken = true;
        let tag = format!("p{}", self.tag);
        self.deadline = Instant::now() + self.silence * COMMAND_TIMEOUTS;
        self.send(format!("{tag} {command}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    /// Checks that a tagged status ends the command of this tag.
    pub fn ended(&mut self, tag: &str, status: Status) -> Result<Status, MailboxError> {
        if status.tag.as_deref() == Some(tag) {
            self.broken = false;
            return Ok(status);
        }
        Err(MailboxError::network(format!(
            "the server answered a command that was not given (expected the tag {tag}); connecting anew"
        )))
    }

    /// Sends these bytes.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), MailboxError> {
        let sent = timeout(self.silence, async {
            self.stream.get_mut().write_all(bytes).await?;
            self.stream.get_mut().flush().await
        });
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failed(format!("the connection broke while sending: {error}"))),
            Err(_) => {
                Err(self.failed(format!("the server took nothing for {:?}; connecting anew", self.silence)))
            }
        }
    }

    /// Allows the next responses the time of a whole command, without sending one.
    pub fn extend(&mut self) {
        self.deadline = Instant::now() + self.silence * COMMAND_TIMEOUTS;
    }

    /// Whether the server says anything until then. May be cancelled.
    pub async fn speaks_until(&mut self, until: Instant) -> Result<bool, MailboxError> {
        match timeout_at(until, self.stream.fill_buf()).await {
            Err(_) => Ok(false),
            Ok(Ok([])) => Err(self.failed("the server hung up; connecting anew".to_owned())),
            Ok(Ok(_)) => Ok(true),
            Ok(Err(error)) => Err(self.failed(format!("the connection broke: {error}"))),
        }
    }

    /// Reads one response. An untagged BYE is an error: nothing follows it.
    pub async fn response(&mut self, largest_literal: u64) -> Result<Response, MailboxError> {
        self.read_line().await?;
        match status_line(&self.line) {
            Some(Response::Status(bye)) if bye.word == Word::Bye => {
                self.broken = true;
                return Err(bye.refusal(format!("the server hung up, saying {}", bye.said())));
            }
            Some(Response::Status(status)) => {
                self.show(&status);
                return Ok(Response::Status(status));
            }
            Some(response) => return Ok(response),
            None => {}
        }
        let Some(start) = self.line.strip_prefix(b"* ") else {
            let length = self.line.len();
            return Err(self.failed(format!(
                "the server sent a line of {length} bytes that is no IMAP response; connecting anew"
            )));
        };
        let mut tokens = Vec::new();
        let mut literal = tokenize(start, &mut tokens);
        while let Some(length) = literal {
            if length > largest_literal {
                return Err(self.failed(format!(
                    "the server announced {length} bytes where at most {largest_literal} were expected; connecting anew"
                )));
            }
            tokens.push(Token::Text(self.read_literal(length).await?));
            self.read_line().await?;
            literal = tokenize(&self.line, &mut tokens);
        }
        Ok(Response::Data(tokens))
    }

    /// Shows what the server wants people to read (RFC 9051 §7.1, ALERT), once a connection.
    fn show(&mut self, status: &Status) {
        let for_people = status.code_value("ALERT").is_some() || status.code_value("WEBALERT").is_some();
        if for_people && !self.shown.contains(&status.text) && self.shown.len() < ALERTS {
            tracing::warn!(said = status.said(), "the mail server wants somebody to read this");
            self.shown.push(status.text.clone());
        }
    }

    /// Reads a line into `self.line`, without its end.
    async fn read_line(&mut self) -> Result<(), MailboxError> {
        self.line.clear();
        loop {
            let until = self.deadline.min(Instant::now() + self.silence);
            if !self.speaks_until(until).await? {
                return Err(self.stalled("a response"));
            }
            let buffer = self.stream.buffer();
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let taken = end.map_or(buffer.len(), |end| end + 1);
            self.line.extend_from_slice(&buffer[..taken]);
            self.stream.consume(taken);
            if end.is_some() {
                let ends = self.line.iter().rev().take_while(|&&byte| matches!(byte, b'\r' | b'\n')).count();
                self.line.truncate(self.line.len() - ends.min(2));
                return Ok(());
            }
            if self.line.len() > LONGEST_LINE {
                return Err(self.failed("the server sent a line without an end; connecting anew".to_owned()));
            }
        }
    }

    async fn read_literal(&mut self, length: u64) -> Result<Vec<u8>, MailboxError> {
        let mut literal = Vec::new();
        let mut left = length;
        while left > 0 {
            let until = self.deadline.min(Instant::now() + self.silence);
            let read = timeout_at(until, (&mut self.stream).take(left).read_buf(&mut literal)).await;
            match read {
                Err(_) => return Err(self.stalled(&format!("{length} bytes, of which {left} are missing,"))),
                Ok(Ok(0)) => {
                    return Err(self.failed(format!(
                        "the server hung up within {length} bytes, of which {left} are missing; connecting anew"
                    )));
                }
                Ok(Ok(count)) => left -= count as u64,
                Ok(Err(error)) => return Err(self.failed(format!("the connection broke: {error}"))),
            }
        }
        Ok(literal)
    }

    fn stalled(&mut self, what: &str) -> MailboxError {
        let silence = self.silence;
        self.failed(format!(
            "waiting for {what} took longer than permitted (silence of {silence:?}); connecting anew"
        ))
    }

    fn failed(&mut self, text: String) -> MailboxError {
        self.broken = true;
        MailboxError::network(text)
    }
}

/// Reads a line that is a continuation or a status; a literal never stands there.
fn status_line(line: &[u8]) -> Option<Response> {
    if line == b"+" || line.starts_with(b"+ ") {
        return Some(Response::Continue);
    }
    let line = String::from_utf8_lossy(&line[..line.len().min(64 << 10)]);
    let (tag, rest) = line.split_once(' ')?;
    let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let word = match word.to_ascii_uppercase().as_str() {
        "OK" => Word::Ok,
        "NO" => Word::No,
        "BAD" => Word::Bad,
        "BYE" => Word::Bye,
        "PREAUTH" => Word::Preauth,
        _ => return None,
    };
    let (code, text) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((code, text)) => (code, text.trim_start()),
        None => ("", rest),
    };
    let printable = |text: &str, longest| {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect::<String>()
    };
    Some(Response::Status(Status {
        tag: (tag != "*").then(|| printable(tag, 40)),
        word,
        code: printable(code, 8_000),
        text: printable(text, 160),
    }))
}

/// Cuts a line, or what follows a literal, into words. Returns the length of the literal that it announces at its end.
/// Total: what is no word is passed over.
fn tokenize(line: &[u8], tokens: &mut Vec<Token>) -> Option<u64> {
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        at += 1;
        match byte {
            b' ' => {}
            b'(' => tokens.push(Token::Open),
            b')' => tokens.push(Token::Close),
            b'"' => {
                let mut text = Vec::new();
                while let Some(&byte) = line.get(at) {
                    at += 1;
                    match byte {
                        b'"' => break,
                        b'\\' => {
                            text.extend(line.get(at));
                            at += 1;
                        }
                        _ => text.push(byte),
                    }
                }
                tokens.push(Token::Text(text));
            }
            b'{' if line.ends_with(b"}") => {
                let digits = std::str::from_utf8(&line[at..line.len() - 1]).ok();
                if let Some(length) = digits.and_then(|digits| digits.trim_end_matches('+').parse().ok()) {
                    return Some(length);
                }
            }
            _ => {
                let start = at - 1;
                let mut brackets = i32::from(byte == b'[');
                while let Some(&byte) = line.get(at) {
                    match byte {
                        b'[' => brackets += 1,
                        b']' => brackets -= 1,
                        b' ' | b'(' | b')' if brackets <= 0 => break,
                        _ => {}
                    }
                    at += 1;
                }
                tokens.push(Token::Atom(String::from_utf8_lossy(&line[start..at]).into_owned()));
            }
        }
    }
    None
}

/// A string as a command wants it, or none when it must go as a literal (RFC 9051 §4.3).
pub(super) fn quoted(text: &str) -> Option<String> {
    let plain = text.chars().all(|c| matches!(c, ' '..='~'));
    plain.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(text: &str) -> Token {
        Token::Atom(text.to_owned())
    }

    #[test]
    fn a_fetch_is_cut_at_its_literal_and_goes_on_behind_it() {
        let mut tokens = Vec::new();
        assert_eq!(
            tokenize(b"1 FETCH (UID 7 X-NEW (a \"b\\\"c\") BODY[HEADER.FIELDS (A B)]<0> {12}", &mut tokens),
            Some(12)
        );
        let text = |text: &[u8]| Token::Text(text.to_vec());
        assert_eq!(
            tokens,
            [
                atom("1"),
                atom("FETCH"),
                Token::Open,
                atom("UID"),
                atom("7"),
                atom("X-NEW"),
                Token::Open,
                atom("a"),
                text(b"b\"c"),
                Token::Close,
                atom("BODY[HEADER.FIELDS (A B)]<0>"),
            ]
        );
        tokens.clear();
        assert_eq!(tokenize(b" RFC822.SIZE 9)", &mut tokens), None);
        assert_eq!(tokens, [atom("RFC822.SIZE"), atom("9"), Token::Close]);
    }

    #[test]
    fn nonsense_is_cut_without_an_end_or_a_fall() {
        for line in
            [&b"\"\\"[..], b"((((", b"{}", b"{-1}", b"{99999999999999999999}", b"]]][[[ (", b"\xff\xfe {"]
        {
            assert_eq!(tokenize(line, &mut Vec::new()), None, "{line:?}");
        }
        let deep = vec![b'('; 1 << 20];
        let mut tokens = Vec::new();
        tokenize(&deep, &mut tokens);
        assert_eq!(tokens.len(), 1 << 20);
    }

    #[test]
    fn a_status_is_read_with_its_code() {
        let Some(Response::Status(status)) = status_line(b"* ok [UIDVALIDITY 7] UIDs valid {3}") else {
            panic!()
        };
        assert_eq!((status.word, status.tag.as_deref()), (Word::Ok, None));
        assert_eq!(status.code_value("uidvalidity"), Some("7"));
        let Some(Response::Status(status)) = status_line(b"p1 NO") else { panic!() };
        assert_eq!(
            (status.word, status.tag.as_deref(), status.said().as_str()),
            (Word::No, Some("p1"), "\"No \"")
        );
        assert_eq!(status_line(b"+ idling"), Some(Response::Continue));
        for other in [&b"* 3 EXISTS"[..], b"", b"* ", b"HTTP/1.1 400 Bad Request"] {
            assert_eq!(status_line(other), None);
        }
    }

    #[test]
    fn strings_are_quoted_where_they_can_be() {
        assert_eq!(quoted("a\"b\\c").as_deref(), Some("\"a\\\"b\\\\c\""));
        assert_eq!(quoted("pässword"), None);
        assert_eq!(quoted("a\r\nLOGOUT"), None);
    }
}
