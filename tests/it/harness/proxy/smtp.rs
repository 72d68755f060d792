//! SMTP (RFC 5321) verb by verb. What a server accepts while the client does not hear of it is written down.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};

use super::{
    Act, Fault, Lane, Piece, Random, Side, Stream, beginning, delayed, garbage, line, over, say, say_pieces,
    silence, trickled,
};

/// How long the answer to a text is kept back before the connection ends: the client would wait for minutes.
const HELD_BACK: Duration = Duration::from_millis(1200);

/// What the server as a whole can do wrong: all mails wait after it.
pub const CONNECTING: &[(&str, &[Act])] = &[
    (
        "greeting",
        &[
            Act::CutBefore,
            Act::CutInside,
            Act::Silence,
            Act::Garbage,
            Act::HangUp("421 4.3.2 down for maintenance\r\n"),
            Act::HangUp("554 5.3.2 no service here\r\n"),
        ],
    ),
    (
        "EHLO",
        &[
            Act::CutBefore,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Garbage,
            Act::Say("421 4.3.2 later\r\n"),
            Act::Say("451 4.3.0 cannot look you up\r\n"),
            Act::Say("550 5.7.1 who are you\r\n"),
        ],
    ),
    (
        "AUTH",
        &[
            Act::CutBefore,
            Act::CutAfter,
            Act::Silence,
            Act::Garbage,
            Act::Say("454 4.7.0 the directory is away\r\n"),
            Act::Say("535 5.7.8 wrong\r\n"),
            Act::Say("334 \r\n"),
        ],
    ),
];

/// What can go wrong with one mail.
pub const SENDING: &[(&str, &[Act])] = &[
    (
        "MAIL",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Twice,
            Act::Garbage,
            Act::Say("421 4.3.2 later\r\n"),
            Act::Say("451 4.7.1 greylisted\r\n"),
            Act::Say("452 4.3.1 no room\r\n"),
            Act::Say("550 5.1.8 not from you\r\n"),
            Act::SayAfter("299 fine\r\n"),
        ],
    ),
    (
        "RCPT",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Twice,
            Act::Garbage,
            Act::Say("450 4.2.1 busy\r\n"),
            Act::Say("421 4.7.0 too many\r\n"),
            Act::Say("550 5.1.1 nobody of that name\r\n"),
            Act::SayAfter("251 forwarded\r\n"),
        ],
    ),
    (
        "DATA",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Twice,
            Act::Garbage,
            Act::Say("451 4.3.0 not now\r\n"),
            Act::Say("554 5.5.1 no valid recipients\r\n"),
            Act::SayAfter("250 ok\r\n"),
        ],
    ),
    (
        "text",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Delay,
            Act::Trickle,
            Act::Garbage,
            Act::Say("451 4.3.0 cannot write it\r\n"),
            Act::Say("421 4.3.2 going down\r\n"),
            Act::Say("552 5.3.4 too large\r\n"),
            Act::Say("554 5.7.1 looks like spam\r\n"),
            Act::SayAfter("451 4.3.0 who knows\r\n"),
            Act::SayAfter("354 go on\r\n"),
        ],
    ),
    ("QUIT", &[Act::CutBefore, Act::Silence, Act::Garbage]),
];

fn step(command: &[u8]) -> &'static str {
    let verb: Vec<u8> = command.iter().take(4).map(u8::to_ascii_uppercase).collect();
    ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
        .into_iter()
        .find(|step| step.as_bytes() == verb)
        .unwrap_or("other")
}

pub(super) async fn talk(
    client: Box<dyn Stream>,
    server: Box<dyn Stream>,
    lane: &Lane,
) -> std::io::Result<()> {
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    let greeting = reply(&mut server).await?;
    answer(&mut client, lane.take("greeting"), greeting).await?;
    let mut text = false;
    // Whether the server has not heard of what the client was told.
    let mut apart = false;
    // Whether the client takes each answer for that to the command after.
    let mut shifted = false;
    loop {
        let command = if text { whole_text(&mut client).await? } else { line(&mut client).await? };
        let step = if text { "text" } else { step(&command) };
        if apart && step == "QUIT" {
            return say(&mut client, b"221 bye\r\n").await;
        }
        let fault = lane.take(step);
        match fault {
            Some(Fault { act: Act::CutBefore, .. }) => return over(),
            Some(Fault { act: Act::CutCommand, seed, .. }) => {
                say(&mut server, &beginning(&command, &mut Random::new(seed))).await?;
                return over();
            }
            Some(Fault { act: Act::Say(answer), .. }) => {
                say(&mut client, answer.as_bytes()).await?;
                (text, apart) = (false, true);
                continue;
            }
            _ => {}
        }
        say(&mut server, &command).await?;
        let said = reply(&mut server).await?;
        if step == "text" && said.starts_with(b"250") {
            accepted(&mut client, lane, fault, shifted, said, &command).await?;
        } else {
            text = step == "DATA" && said.starts_with(b"354");
            shifted |= fault.is_some_and(|fault| fault.act == Act::Twice);
            answer(&mut client, fault, said).await?;
            continue;
        }
        text = false;
    }
}

/// Tells the client, or not, that the server has its mail.
async fn accepted(
    client: &mut Side,
    lane: &Lane,
    fault: Option<Fault>,
    shifted: bool,
    said: Vec<u8>,
    text: &[u8],
) -> std::io::Result<()> {
    let keeps = matches!(fault.map(|fault| fault.act), None | Some(Act::Delay | Act::Trickle));
    if shifted || !keeps {
        *lane.lost.lock().unwrap().entry(message_id(text)).or_default() += 1;
    }
    if fault.is_some_and(|fault| fault.act == Act::Silence) {
        return silence(client, HELD_BACK).await;
    }
    answer(client, fault, said).await
}

async fn answer(client: &mut Side, fault: Option<Fault>, said: Vec<u8>) -> std::io::Result<()> {
    let Some(fault) = fault else { return say(client, &said).await };
    let mut random = Random::new(fault.seed);
    let pieces = match fault.act {
        Act::Delay => delayed(&said, &mut random),
        Act::Trickle => trickled(&said, &mut random),
        Act::CutInside => vec![Piece::Say(beginning(&said, &mut random)), Piece::Cut],
        Act::Silence => vec![Piece::Silence],
        Act::SayAfter(text) => vec![Piece::Say(text.as_bytes().to_vec())],
        Act::HangUp(text) => vec![Piece::Say(text.as_bytes().to_vec()), Piece::Cut],
        Act::Garbage => vec![Piece::Say(garbage(&mut random)), Piece::Wait(HELD_BACK), Piece::Cut],
        Act::Twice => vec![Piece::Say([said.as_slice(), said.as_slice()].concat())],
        _ => vec![Piece::Cut],
    };
    say_pieces(client, pieces).await
}

/// A reply, of several lines perhaps.
async fn reply(server: &mut Side) -> std::io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    loop {
        let line = line(server).await?;
        reply.extend_from_slice(&line);
        if line.get(3) != Some(&b'-') {
            return Ok(reply);
        }
    }
}

/// A text with the dot that ends it.
async fn whole_text(client: &mut Side) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let begin = text.len();
        if client.read_until(b'\n', &mut text).await? == 0 {
            return over();
        }
        if &text[begin..] == b".\r\n" {
            return Ok(text);
        }
    }
}

/// The Message-ID of a text, without angle brackets.
fn message_id(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    let value = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("Message-ID").then(|| value.trim().trim_matches(['<', '>']).to_owned())
    });
    value.expect("each outgoing mail has a Message-ID")
}
