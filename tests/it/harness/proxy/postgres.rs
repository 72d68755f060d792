//! PostgreSQL's messages (its manual, chapter "Frontend/Backend Protocol"), without TLS.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Act, Fault, Lane, Random, Stream, beginning, garbage, over};

/// How long a silent connection stays: the daemon would wait for half a minute.
const HELD_BACK: Duration = Duration::from_secs(2);

/// What can go wrong at each step.
pub const FAULTS: &[(&str, &[Act])] = &[
    (
        "startup",
        &[
            Act::CutBefore,
            Act::CutAfter,
            Act::CutInside,
            Act::Silence,
            Act::Garbage,
            Act::Fatal("53300"),
            Act::Fatal("57P03"),
        ],
    ),
    (
        "BEGIN",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Delay,
            Act::Silence,
            Act::Fatal("57P01"),
        ],
    ),
    (
        "statement",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutInside,
            Act::Delay,
            Act::Silence,
            Act::Garbage,
            Act::Fatal("57P01"),
            Act::Fatal("58030"),
        ],
    ),
    (
        "COMMIT",
        &[
            Act::CutBefore,
            Act::CutCommand,
            Act::CutAfter,
            Act::CutAfter,
            Act::CutInside,
            Act::Delay,
            Act::Silence,
            Act::Garbage,
            Act::Fatal("57P02"),
        ],
    ),
];

pub(super) async fn talk(
    mut client: Box<dyn Stream>,
    mut server: Box<dyn Stream>,
    lane: &Lane,
) -> std::io::Result<()> {
    let (mut asked, mut said) = (Vec::new(), Vec::new());
    let mut begun = false;
    // What the next answer meets.
    let mut fault: Option<Fault> = None;
    loop {
        tokio::select! {
            read = client.read_buf(&mut asked) => {
                if read? == 0 {
                    return over();
                }
                while let Some(length) = message(&asked, begun) {
                    let message: Vec<u8> = asked.drain(..length).collect();
                    let step = step(&message, begun);
                    begun = true;
                    if fault.is_none() {
                        fault = step.and_then(|step| lane.take(step));
                        if let Some(fault) = fault {
                            before(fault, &mut client, &mut server, &message).await?;
                        }
                    }
                    server.write_all(&message).await?;
                }
                server.flush().await?;
            }
            read = server.read_buf(&mut said) => {
                if read? == 0 {
                    return over();
                }
                if let Some(fault) = fault.take() {
                    after(fault, &mut client, &mut server, &said).await?;
                }
                client.write_all(&said).await?;
                client.flush().await?;
                said.clear();
            }
        }
    }
}

/// The length of the message at the beginning, when it is whole. The first of a connection bears no type.
fn message(bytes: &[u8], begun: bool) -> Option<usize> {
    let at = usize::from(begun);
    let length = bytes.get(at..at + 4)?;
    let length = at + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
    (bytes.len() >= length).then_some(length)
}

fn step(message: &[u8], begun: bool) -> Option<&'static str> {
    match message {
        _ if !begun => Some("startup"),
        [b'Q', _, _, _, _, sql @ ..] if sql.starts_with(b"COMMIT") => Some("COMMIT"),
        [b'Q', _, _, _, _, sql @ ..] if sql.starts_with(b"BEGIN") => Some("BEGIN"),
        [b'B', ..] => Some("statement"),
        _ => None,
    }
}

/// What goes wrong before the server has the message.
async fn before(
    fault: Fault,
    client: &mut Box<dyn Stream>,
    server: &mut Box<dyn Stream>,
    message: &[u8],
) -> std::io::Result<()> {
    let mut random = Random::new(fault.seed);
    match fault.act {
        Act::CutBefore => over(),
        Act::CutCommand => {
            server.write_all(&beginning(message, &mut random)).await?;
            over()
        }
        Act::Fatal(code) => {
            let fields = format!("SFATAL\0VFATAL\0C{code}\0Mthe proxy ends the connection\0\0");
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            client.write_all(&[b"E", length.as_slice(), fields.as_bytes()].concat()).await?;
            client.flush().await?;
            over()
        }
        Act::Delay => {
            tokio::time::sleep(Duration::from_millis(20 + random.below(400))).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What goes wrong once the server has answered.
async fn after(
    fault: Fault,
    client: &mut Box<dyn Stream>,
    server: &mut Box<dyn Stream>,
    said: &[u8],
) -> std::io::Result<()> {
    let mut random = Random::new(fault.seed);
    match fault.act {
        Act::CutAfter => over(),
        Act::CutInside => {
            client.write_all(&beginning(said, &mut random)).await?;
            client.flush().await?;
            over()
        }
        Act::Garbage => {
            client.write_all(&garbage(&mut random)).await?;
            client.flush().await?;
            tokio::time::sleep(Duration::from_millis(300)).await;
            over()
        }
        Act::Silence => {
            let gone = async { while client.read_u8().await.is_ok() {} };
            tokio::time::timeout(HELD_BACK, gone).await.ok();
            server.shutdown().await?;
            over()
        }
        _ => Ok(()),
    }
}
