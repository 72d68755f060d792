//! A login in a browser (RFC 8252): on this machine, or on another with the address pasted here.

use std::io::BufRead;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{failed, print};
use crate::clock::Clock;
use crate::oauth::{Form, Granted, Login, Redirect, granted, redirected};
use crate::provider;
use crate::server::Secret;

/// How long somebody has to log in.
const PATIENCE: Duration = Duration::from_mins(15);
/// The longest request of a browser, in bytes.
const LONGEST: u64 = 16 << 10;

/// Sends somebody to the provider's page, waits for what the browser brings, and asks for tokens with it.
pub(super) async fn log_in(login: &Login) -> Result<Granted> {
    let client = &login.client;
    let listener =
        TcpListener::bind(("127.0.0.1", 0)).await.context("cannot wait for the browser on this machine")?;
    let port = listener.local_addr().context("cannot wait for the browser on this machine")?.port();
    let redirect = Redirect::new(client.provider, port, &Clock::System.key());
    print(&format!(
        "Open this page in a browser:\n\n    {}\n\nLog in as the user of {} ({}).\n\nWhere the browser runs on another \
         machine, it ends at a page that cannot be shown: copy the address of that page (it begins with {}), paste it \
         here, and press Enter.\n",
        redirect.page(login),
        login.words(),
        client.user,
        redirect.url,
    ))?;
    let mut pasted = pasted();
    let code = tokio::time::timeout(PATIENCE, async {
        loop {
            let brought = tokio::select! {
                address = visit(&listener, &redirect) => address,
                Some(line) = pasted.recv() => redirected(&redirect, &line),
            };
            match brought {
                Ok(code) => return Ok::<Secret, anyhow::Error>(code),
                Err(why) if why.starts_with("the provider") => return Err(anyhow!(why)),
                Err(why) => print(&format!("{why}.\n"))?,
            }
        }
    });
    let code = code
        .await
        .map_err(|_| anyhow!("nobody has logged in; run pairdesk login {} again", login.name))??;
    let form = Form::code(login, &redirect, &code);
    let answer = provider::ask(&client.token_url, form, client.ca_file.as_deref()).await.map_err(failed)?;
    granted(&answer, Clock::System.now()).map_err(|refusal| {
        anyhow!("the provider gives no token: {}; run pairdesk login {} again", refusal.said, login.name)
    })
}

/// Waits for the browser, and tells whoever looks at it how it went.
async fn visit(listener: &TcpListener, redirect: &Redirect) -> Result<Secret, String> {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let mut stream = BufReader::new(tokio::io::AsyncReadExt::take(stream, LONGEST));
        let mut line = String::new();
        // To the end of the header: a connection that is closed before it was read takes the answer with it
        // (RFC 9112 §9.6).
        let read = tokio::time::timeout(Duration::from_secs(5), async {
            stream.read_line(&mut line).await?;
            let mut field = String::new();
            while stream.read_line(&mut field).await? > 0 && !field.trim_end().is_empty() {
                field.clear();
            }
            std::io::Result::Ok(())
        });
        // Browsers ask for a picture beside, and connect for later.
        if !matches!(read.await, Ok(Ok(()))) || !line.starts_with("GET /?") {
            continue;
        }
        let brought = redirected(redirect, &line);
        let (status, said) = match &brought {
            Ok(_) => ("200 OK", "Pairdesk has what it needs; you may close this page."),
            Err(_) => ("400 Bad Request", "This did not work; Pairdesk says why where you started it."),
        };
        let page = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{said}",
            said.len()
        );
        let mut stream = stream.into_inner().into_inner();
        // The browser's page is a courtesy.
        let _ = stream.write_all(page.as_bytes()).await;
        let _ = stream.shutdown().await;
        return brought;
    }
}

/// The lines that somebody types; a thread of its own, since reading a terminal cannot be broken off.
fn pasted() -> mpsc::Receiver<String> {
    let (give, take) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in
            std::io::stdin().lock().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty())
        {
            if give.blocking_send(line).is_err() {
                return;
            }
        }
    });
    take
}
