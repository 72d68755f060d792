//! IMAP (RFC 9051) line by line, with its literals: answers are collected, spoilt, and given on.

use std::sync::atomic::Ordering;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio_rustls::TlsAcceptor;

use super::{
    Act, Fault, Lane, Piece, Random, Side, Stream, beginning, delayed, garbage, line, over, say, say_pieces,
    silence, trickled,
};

const BYE: Act = Act::HangUp("* BYE shutting down\r\n");
const AWAY: Act = Act::Say("TAG NO [UNAVAILABLE] the disk is away\r\n");
const BUSY: Act = Act::Say("TAG NO [INUSE] somebody else is at it\r\n");
const NO: Act = Act::Say("TAG NO not today\r\n");
const BAD: Act = Act::Say("TAG BAD what?\r\n");
const BETWEEN: Act = Act::Beside(
    "* OK [ALERT] the disk is nearly full\r\n* NO quota\r\n* FLAGS (\\Seen)\r\n* 1 FETCH (FLAGS (\\Seen X))\r\n\
     * X-NEW (a \"b)\" {3}\r\nabc c)\r\n* OK Still here\r\n",
);

/// What can go wrong at each step, before a login.
pub const CONNECTING: &[(&str, &[Act])] = &[
    (
        "greeting",
        &[
            Act::CutBefore,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::Huge,
            Act::HangUp("* BYE too many connections\r\n"),
        ],
    ),
    (
        "CAPABILITY",
        &[
            Act::CutBefore,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::WrongTag,
            Act::Twice,
            Act::Huge,
            NO,
            BAD,
            BYE,
            BETWEEN,
        ],
    ),
    (
        "LOGIN",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::WrongTag,
            AWAY,
            BUSY,
            BYE,
            BETWEEN,
        ],
    ),
    (
        "SELECT",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::WrongTag,
            Act::Twice,
            Act::Swapped,
            Act::Early,
            Act::Omit,
            Act::Huge,
            Act::Renumbered,
            AWAY,
            BUSY,
            BYE,
            BETWEEN,
        ],
    ),
];

/// The same for connections that begin with STARTTLS.
pub const STARTING_TLS: (&str, &[Act]) = (
    "STARTTLS",
    &[
        Act::CutBefore,
        Act::CutAfter,
        Act::Silence,
        Act::Garbage,
        NO,
        BAD,
        BYE,
        Act::SayAfter("TAG OK\r\n* OK more\r\n"),
    ],
);

/// What can go wrong at each step once the folder is open.
pub const READING: &[(&str, &[Act])] = &[
    (
        "SEARCH",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::WrongTag,
            Act::Twice,
            Act::Early,
            Act::Omit,
            Act::Huge,
            Act::Renumbered,
            AWAY,
            NO,
            BAD,
            BYE,
            BETWEEN,
        ],
    ),
    (
        "FETCH sizes",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::WrongTag,
            Act::WrongUid,
            Act::Twice,
            Act::Swapped,
            Act::Early,
            Act::Omit,
            Act::Huge,
            Act::Renumbered,
            AWAY,
            NO,
            BAD,
            BYE,
            BETWEEN,
        ],
    ),
    (
        "FETCH bodies",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::WrongTag,
            Act::WrongUid,
            Act::Twice,
            Act::Swapped,
            Act::Early,
            Act::Omit,
            Act::Huge,
            Act::Short,
            Act::Long,
            Act::Renumbered,
            AWAY,
            NO,
            BAD,
            BYE,
            BETWEEN,
        ],
    ),
    (
        "STORE",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Garbage,
            Act::WrongTag,
            Act::SayAfter("TAG NO [UNAVAILABLE] who knows\r\n"),
            AWAY,
            BYE,
            BETWEEN,
        ],
    ),
    (
        "IDLE",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::Silence,
            Act::Delay,
            Act::Garbage,
            NO,
            BAD,
            BYE,
        ],
    ),
    (
        "news",
        &[
            Act::CutBefore,
            Act::Silence,
            Act::Delay,
            Act::Twice,
            Act::Omit,
            Act::Garbage,
            Act::HangUp("* BYE idle for too long\r\n"),
        ],
    ),
    (
        "DONE",
        &[
            Act::CutBefore,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Garbage,
            Act::WrongTag,
            BETWEEN,
        ],
    ),
];

/// The step that a command belongs to.
fn step(command: &str) -> &'static str {
    let mut words = command.split(' ');
    match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
        ("CAPABILITY", _) => "CAPABILITY",
        ("STARTTLS", _) => "STARTTLS",
        ("LOGIN", _) => "LOGIN",
        ("SELECT" | "EXAMINE", _) => "SELECT",
        ("UID", "SEARCH") => "SEARCH",
        ("UID", "FETCH") if command.contains("RFC822.SIZE") => "FETCH sizes",
        ("UID", "FETCH") => "FETCH bodies",
        ("UID", "STORE" | "MOVE") => "STORE",
        ("IDLE", _) => "IDLE",
        _ => "other",
    }
}

pub(super) async fn talk(
    client: Box<dyn Stream>,
    server: Box<dyn Stream>,
    lane: &Lane,
    acceptor: &TlsAcceptor,
) -> std::io::Result<()> {
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    let greeting = response(&mut server).await?;
    answer(&mut client, lane.take("greeting"), vec![greeting], "*").await?;
    loop {
        let command = line(&mut client).await?;
        let text = String::from_utf8_lossy(&command).trim_end().to_owned();
        let (tag, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let step = step(rest);
        let fault = lane.take(step);
        match fault.map(|fault| fault.act) {
            Some(Act::CutBefore) => return over(),
            Some(Act::CutCommand) => {
                say(&mut server, &command[..command.len() / 2]).await?;
                return over();
            }
            Some(Act::Say(text)) => {
                say(&mut client, text.replace("TAG", tag).as_bytes()).await?;
                continue;
            }
            _ => {}
        }
        if step == "STARTTLS" {
            let ok = format!("{tag} OK begin TLS\r\n").into_bytes();
            answer(&mut client, fault, vec![ok], tag).await?;
            let protected: Box<dyn Stream> = Box::new(acceptor.accept(client.into_inner()).await?);
            client = BufReader::new(protected);
            continue;
        }
        say(&mut server, &command).await?;
        if step == "IDLE" {
            idle(&mut client, &mut server, lane, fault, tag).await?;
            continue;
        }
        let answers = to_its_end(&mut server, tag).await?;
        answer(&mut client, fault, answers, tag).await?;
        lane.given.fetch_add(u64::from(step == "FETCH bodies"), Ordering::SeqCst);
    }
}

/// Gives an answer on, spoilt as the fault says.
async fn answer(
    client: &mut Side,
    fault: Option<Fault>,
    answers: Vec<Vec<u8>>,
    tag: &str,
) -> std::io::Result<()> {
    match fault {
        None => say(client, &answers.concat()).await,
        Some(fault) => say_pieces(client, spoilt(fault, answers, tag)).await,
    }
}

/// From the grant of IDLE to the end of it.
async fn idle(
    client: &mut Side,
    server: &mut Side,
    lane: &Lane,
    fault: Option<Fault>,
    tag: &str,
) -> std::io::Result<()> {
    let granted = response(server).await?;
    answer(client, fault, vec![granted], tag).await?;
    lane.rests.fetch_add(1, Ordering::SeqCst);
    loop {
        let news = tokio::select! {
            read = server.fill_buf() => { if read?.is_empty() { return over() } true }
            read = client.fill_buf() => { if read?.is_empty() { return over() } false }
        };
        if news {
            let said = response(server).await?;
            let announces = said.ends_with(b" EXISTS\r\n");
            let fault = if announces { lane.take("news") } else { None };
            match fault.map(|fault| fault.act) {
                None => say(client, &said).await?,
                Some(Act::CutBefore) => return over(),
                // The connection is dead, and nobody has said so.
                Some(Act::Silence) => return silence(client, super::SILENCE).await,
                Some(Act::Omit) => {}
                Some(_) => answer(client, fault, vec![said], tag).await?,
            }
            continue;
        }
        let done = line(client).await?;
        let fault = lane.take("DONE");
        if fault.is_some_and(|fault| fault.act == Act::CutBefore) {
            return over();
        }
        say(server, &done).await?;
        let answers = to_its_end(server, tag).await?;
        return answer(client, fault, answers, tag).await;
    }
}

/// One response: its line, and the literals in it with what follows them.
async fn response(server: &mut Side) -> std::io::Result<Vec<u8>> {
    let mut response = line(server).await?;
    let mut end = literal(&response);
    while let Some(length) = end {
        let mut bytes = vec![0; length];
        server.read_exact(&mut bytes).await?;
        response.extend_from_slice(&bytes);
        let rest = line(server).await?;
        end = literal(&rest);
        response.extend_from_slice(&rest);
    }
    Ok(response)
}

/// The length of the literal that a line announces at its end.
fn literal(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}\r\n")?;
    let at = line.iter().rposition(|&byte| byte == b'{')?;
    std::str::from_utf8(&line[at + 1..]).ok()?.parse().ok()
}

async fn to_its_end(server: &mut Side, tag: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let end = format!("{tag} ").into_bytes();
    let mut answers = Vec::new();
    loop {
        let response = response(server).await?;
        let last = response.starts_with(&end);
        answers.push(response);
        if last {
            return Ok(answers);
        }
    }
}

/// The answer as the fault makes it. The last of `answers` is the tagged one.
fn spoilt(fault: Fault, mut answers: Vec<Vec<u8>>, tag: &str) -> Vec<Piece> {
    let mut random = Random::new(fault.seed);
    let data = answers.len() - 1;
    let whole = |answers: &[Vec<u8>]| vec![Piece::Say(answers.concat())];
    let one = random.place(data.max(1));
    match fault.act {
        Act::CutBefore | Act::CutAfter | Act::CutCommand | Act::Fatal(_) => vec![Piece::Cut],
        Act::CutInside => {
            let bytes = answers.concat();
            let cut = match literals(&bytes).first() {
                // Two times out of three within a literal, where there is one.
                Some(&(start, length)) if length > 1 && random.below(3) > 0 => {
                    bytes[..start + random.place(length)].to_vec()
                }
                _ => beginning(&bytes, &mut random),
            };
            vec![Piece::Say(cut), Piece::Cut]
        }
        Act::Delay => delayed(&answers.concat(), &mut random),
        Act::Trickle => trickled(&answers.concat(), &mut random),
        Act::Silence => {
            let said =
                if random.below(2) == 0 { Vec::new() } else { beginning(&answers.concat(), &mut random) };
            vec![Piece::Say(said), Piece::Silence]
        }
        Act::Say(text) | Act::SayAfter(text) => vec![Piece::Say(text.replace("TAG", tag).into_bytes())],
        Act::HangUp(text) => vec![Piece::Say(text.as_bytes().to_vec()), Piece::Cut],
        Act::Garbage => vec![Piece::Say(garbage(&mut random)), Piece::Silence],
        Act::Twice => {
            let last = answers.split_off(data);
            whole(
                &answers
                    .into_iter()
                    .flat_map(|answer| [answer.clone(), answer])
                    .chain(last)
                    .collect::<Vec<_>>(),
            )
        }
        Act::Swapped => {
            answers[..data].reverse();
            whole(&answers)
        }
        Act::Early => {
            answers.rotate_right(1);
            whole(&answers)
        }
        Act::WrongTag => {
            let last = String::from_utf8_lossy(&answers[data]).replacen(tag, "p0", 1);
            answers[data] = last.into_bytes();
            whole(&answers)
        }
        Act::WrongUid => {
            if let Some(answer) = answers.get_mut(one).filter(|_| data > 0) {
                *answer = replaced(answer, b"UID ", b"UID 7000");
            }
            whole(&answers)
        }
        Act::Huge => {
            let length = *random.pick(&["500000000", "4294967296", "18446744073709551615"]);
            announced(&mut answers[one.min(data)], length);
            vec![Piece::Say(answers.concat()), Piece::Silence]
        }
        Act::Short | Act::Long => {
            let answer = &mut answers[one.min(data)];
            if let Some(&(_, length)) = literals(answer).first() {
                let off = 1 + random.place(40);
                let said = if fault.act == Act::Long { length + off } else { length.saturating_sub(off) };
                announced(answer, &said.to_string());
            }
            vec![Piece::Say(answers.concat()), Piece::Silence]
        }
        Act::Omit => {
            if answers[0].starts_with(b"* SEARCH ") {
                let line = String::from_utf8_lossy(&answers[0]).trim_end().to_owned();
                let mut words: Vec<&str> = line.split(' ').collect();
                words.remove(2 + random.place(words.len() - 2));
                answers[0] = (words.join(" ") + "\r\n").into_bytes();
            } else if data > 0 {
                answers.remove(one);
            }
            whole(&answers)
        }
        Act::Beside(text) => {
            answers.insert(random.place(data + 1), text.as_bytes().to_vec());
            whole(&answers)
        }
        Act::Renumbered => {
            let other = b"* OK [UIDVALIDITY 77] numbered anew\r\n".to_vec();
            let said = answers.iter_mut().find(|answer| answer.starts_with(b"* OK [UIDVALIDITY"));
            match said {
                Some(said) => *said = other,
                None => answers.insert(0, other),
            }
            whole(&answers)
        }
    }
}

/// Where the literals of these bytes begin, and how long they are.
fn literals(bytes: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(end) = bytes[at..].iter().position(|&byte| byte == b'\n') {
        let next = at + end + 1;
        at = match literal(&bytes[at..next]) {
            Some(length) if next + length <= bytes.len() => {
                found.push((next, length));
                next + length
            }
            _ => next,
        };
    }
    found
}

/// Announces the first literal of a response, or one at the end of its line, with this length.
fn announced(response: &mut Vec<u8>, length: &str) {
    let end = literals(response).first().map_or(response.len(), |(start, _)| *start);
    let line = &response[..end - 2];
    let begin =
        if line.ends_with(b"}") { line.iter().rposition(|&byte| byte == b'{').unwrap() } else { line.len() };
    response.splice(begin..end - 2, format!("{{{length}}}").into_bytes());
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match bytes.windows(from.len()).position(|window| window == from) {
        Some(at) => [&bytes[..at], to, &bytes[at + from.len()..]].concat(),
        None => bytes.to_vec(),
    }
}
