//! An OAuth2 provider in the test's own process that behaves like those of Microsoft and Google: tokens that end, refresh
//! tokens that are replaced at each use, revocation, device codes, throttling; and answers that are none.
//!
//! Strict where they are lenient: a refresh token that was replaced is dead at once, and whoever shows it again loses all
//! (RFC 9700 §4.14.2), so that a client that forgets what it was given is found out. A second port, in plain text,
//! answers a mail server that asks whether a token is good (RFC 7662).

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{Response, Uri};
use axum::{Router, serve};
use data_encoding::BASE64URL_NOPAD;
use rustls_pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The application that the provider knows.
pub const APP: &str = "the-app";
/// What proves it.
pub const SECRET: &str = "the-apps-secret";

/// An answer that is none, to the next question for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// This status, with Retry-After of so many seconds where there are any.
    Status(u16, Option<u32>),
    /// A page in place of an object, with status 200.
    Page,
    /// An object without tokens.
    Empty,
    /// A token with a line end in it.
    TwoLines,
    /// More than anybody needs.
    Huge,
    /// Go elsewhere: to `/elsewhere`.
    Redirect,
    /// The connection ends.
    HangUp,
}

/// What somebody does with a device's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// Logs in as this user, after so many questions.
    LogsIn(String, usize),
    /// Says no.
    Denies,
    /// Lets it expire.
    Forgets,
}

/// A running provider.
pub struct Provider {
    /// The port of its endpoints, over TLS.
    pub port: u16,
    /// The port for mail servers.
    pub introspection: u16,
    state: Arc<Mutex<State>>,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    /// The user of each refresh token that is good, and of each access token.
    refresh: HashMap<String, String>,
    access: HashMap<String, String>,
    /// Refresh tokens that were replaced, with their user.
    replaced: HashMap<String, String>,
    /// The challenge and user of each code that a browser brings.
    codes: HashMap<String, (String, String)>,
    /// Whose mailbox the application opens by itself.
    owner: String,
    secret: String,
    /// What a service account's assertion must be signed with: checked by the test.
    odd: VecDeque<Odd>,
    person: Person,
    /// Whether refresh tokens are replaced at each use.
    replaces: bool,
    /// How long access tokens last, in seconds.
    lasts: u32,
    /// How long refresh tokens last, where the provider says so.
    refresh_lasts: Option<u32>,
    count: usize,
    /// All questions: path and form.
    questions: Vec<(String, Form)>,
}

/// A form, by its fields' names.
pub type Form = HashMap<String, String>;

impl Provider {
    /// A provider whose application opens this user's mailbox.
    pub fn start(owner: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("pairdesk-provider-").tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), key.cert.pem()).unwrap();
        let acceptor = acceptor(&key);
        let [listener, introspection] = [(); 2].map(|()| {
            let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            listener.set_nonblocking(true).unwrap();
            listener
        });
        let ports = [&listener, &introspection].map(|listener| listener.local_addr().unwrap().port());
        let state = Arc::new(Mutex::new(State {
            refresh: HashMap::new(),
            access: HashMap::new(),
            replaced: HashMap::new(),
            codes: HashMap::new(),
            owner: owner.to_owned(),
            secret: SECRET.to_owned(),
            odd: VecDeque::new(),
            person: Person::Forgets,
            replaces: true,
            lasts: 3600,
            refresh_lasts: None,
            count: 0,
            questions: Vec::new(),
        }));
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = Tls { listener: TcpListener::from_std(listener).unwrap(), acceptor };
                let introspection = TcpListener::from_std(introspection).unwrap();
                let router = Router::new().fallback(answer).with_state(serving);
                tokio::select! {
                    _ = serve(listener, router.clone()) => {}
                    _ = serve(introspection, router) => {}
                    _ = stopped => {}
                }
            });
        });
        let provider = Self {
            port: ports[0],
            introspection: ports[1],
            state,
            folder,
            stop: Some(stop),
            thread: Some(thread),
        };
        let oauth2 = format!(
            "introspection_mode = post\nintrospection_url = http://127.0.0.1:{}/introspect\nusername_attribute = username\n\
             active_attribute = active\nactive_value = true\n",
            provider.introspection
        );
        std::fs::write(provider.folder.path().join("oauth2.conf"), oauth2).unwrap();
        provider
    }

    /// The certificate that clients must trust, a PEM file.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The address of an endpoint.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The lines of a Dovecot that takes the provider's tokens, by these mechanisms only, and submits to this port.
    pub fn dovecot(&self, mechanisms: &str, submission: u16, relay: u16) -> String {
        format!(
            "auth_mechanisms = plain login {mechanisms}
protocols = imap lmtp submission
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_relay_trusted = no
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {}
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {submission}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
",
            self.folder.path().join("oauth2.conf").display()
        )
    }

    /// The table `[{above}.oauth]` of a configuration, with this flow and these further lines.
    pub fn table(&self, above: &str, flow: &str, more: &str) -> String {
        format!(
            "[{above}.oauth]\nprovider = \"other\"\nflow = \"{flow}\"\nclient_id = \"{APP}\"\n\
             client_secret = \"file:secret\"\ntoken_url = \"{}\"\ndevice_url = \"{}\"\nauthorize_url = \"{}\"\n\
             scope = \"mail\"\nca_file = \"{}\"\n{more}\n",
            self.url("/token"),
            self.url("/device"),
            self.url("/authorize"),
            self.certificate().display()
        )
    }

    /// The next answers to questions for tokens.
    pub fn odd(&self, odd: impl IntoIterator<Item = Odd>) {
        self.state().odd.extend(odd);
    }

    /// What somebody does with the next device's code.
    pub fn person(&self, person: Person) {
        self.state().person = person;
    }

    /// How long tokens last from now on, in seconds.
    pub fn lasting(&self, access: u32, refresh: Option<u32>) {
        let mut state = self.state();
        (state.lasts, state.refresh_lasts) = (access, refresh);
    }

    /// Whether refresh tokens are replaced at each use, as Microsoft does, or stay good, as at Google.
    pub fn replacing(&self, replaces: bool) {
        self.state().replaces = replaces;
    }

    /// All access tokens are good no more.
    pub fn revoke_access(&self) {
        self.state().access.clear();
    }

    /// A user has taken back what was granted: no token of theirs is good any more.
    pub fn revoke(&self, user: &str) {
        let mut state = self.state();
        state.refresh.retain(|_, of| of != user);
        state.access.retain(|_, of| of != user);
    }

    /// The application has a new secret.
    pub fn new_secret(&self, secret: &str) {
        secret.clone_into(&mut self.state().secret);
    }

    /// A refresh token, as a login of this user would have brought.
    pub fn granted(&self, user: &str) -> String {
        let token = self.state().token("refresh");
        self.state().refresh.insert(token.clone(), user.to_owned());
        token
    }

    /// Somebody opens the page of a login in a browser, as this user. Returns where the browser is sent.
    pub fn browse(&self, page: &str, user: &str) -> String {
        let fields = form(page.split_once('?').unwrap().1);
        assert!(page.starts_with(&self.url("/authorize")), "{page}");
        assert_eq!((&*fields["client_id"], &*fields["code_challenge_method"]), (APP, "S256"));
        let mut state = self.state();
        let code = state.token("code");
        state.codes.insert(code.clone(), (fields["code_challenge"].clone(), user.to_owned()));
        format!("{}/?code={code}&state={}", fields["redirect_uri"], fields["state"])
    }

    /// The forms that came to this path.
    pub fn questions(&self, path: &str) -> Vec<Form> {
        let state = self.state();
        state.questions.iter().filter(|(at, _)| at == path).map(|(_, form)| form.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl State {
    fn token(&mut self, sort: &str) -> String {
        self.count += 1;
        // As long as Microsoft's, so that a command with it is long.
        format!("{sort}-{}-{}", self.count, "x".repeat(1800))
    }

    /// Tokens for this user, with a new refresh token where one is wanted.
    fn grant(&mut self, user: &str, refresh: bool) -> Value {
        let access = self.token("access");
        self.access.insert(access.clone(), user.to_owned());
        let mut granted = json!({"token_type": "Bearer", "access_token": access, "expires_in": self.lasts});
        if refresh {
            let token = self.token("refresh");
            self.refresh.insert(token.clone(), user.to_owned());
            granted["refresh_token"] = token.into();
        }
        if let Some(lasts) = self.refresh_lasts {
            granted["refresh_token_expires_in"] = lasts.into();
        }
        granted
    }

    /// The answer to a question for tokens: status and object.
    fn tokens(&mut self, form: &Form) -> (u16, Value) {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let error = |status, error: &str, words: &str| {
            (status, json!({"error": error, "error_description": format!("{words} Trace ID: 7")}))
        };
        let assertion = field("grant_type").ends_with(":jwt-bearer");
        if !assertion && (field("client_id"), field("client_secret")) != (APP, &*self.secret) {
            return error(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
        }
        match field("grant_type") {
            "client_credentials" => {
                let owner = self.owner.clone();
                (200, self.grant(&owner, false))
            }
            "refresh_token" => match self.refresh.remove(field("refresh_token")) {
                Some(user) if !self.replaces => {
                    self.refresh.insert(field("refresh_token").to_owned(), user.clone());
                    (200, self.grant(&user, false))
                }
                Some(user) => {
                    self.replaced.insert(field("refresh_token").to_owned(), user.clone());
                    (200, self.grant(&user, true))
                }
                None => {
                    if let Some(thief) = self.replaced.get(field("refresh_token")).cloned() {
                        self.refresh.retain(|_, user| *user != thief);
                    }
                    error(400, "invalid_grant", "AADSTS700082: The refresh token has been revoked.")
                }
            },
            "authorization_code" => match self.codes.remove(field("code")) {
                Some((challenge, user)) => {
                    let digest = BASE64URL_NOPAD.encode(&Sha256::digest(field("code_verifier")));
                    if digest == challenge {
                        (200, self.grant(&user, true))
                    } else {
                        error(400, "invalid_grant", "the code verifier is another.")
                    }
                }
                None => error(400, "invalid_grant", "there is no such code."),
            },
            grant if grant.ends_with(":device_code") => match self.person.clone() {
                Person::LogsIn(user, 0) => (200, self.grant(&user, true)),
                Person::LogsIn(user, left) => {
                    self.person = Person::LogsIn(user, left - 1);
                    error(400, "authorization_pending", "")
                }
                Person::Denies => error(400, "access_denied", ""),
                Person::Forgets => error(400, "expired_token", ""),
            },
            grant if grant.ends_with(":jwt-bearer") => {
                let claims = field("assertion").split('.').nth(1).unwrap_or_default();
                let claims: Value =
                    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap();
                let user = claims["sub"].as_str().unwrap().to_owned();
                (200, self.grant(&user, false))
            }
            other => error(400, "unsupported_grant_type", other),
        }
    }
}

async fn answer(Shared(state): Shared<Arc<Mutex<State>>>, uri: Uri, body: Bytes) -> Response<Body> {
    let form = form(std::str::from_utf8(&body).unwrap());
    let mut state = state.lock().unwrap();
    state.questions.push((uri.path().to_owned(), form.clone()));
    let object = |status: u16, value: &Value| {
        let answer = Response::builder().status(status).header("Content-Type", "application/json");
        answer.body(Body::from(value.to_string())).unwrap()
    };
    match uri.path() {
        "/token" => {
            let page = |status: u16, body: String| {
                Response::builder().status(status).body(Body::from(body)).unwrap()
            };
            match state.odd.pop_front() {
                None => {
                    let (status, value) = state.tokens(&form);
                    object(status, &value)
                }
                Some(Odd::Status(status, pause)) => {
                    let mut answer = page(status, String::new());
                    if let Some(pause) = pause {
                        answer.headers_mut().insert("Retry-After", pause.into());
                    }
                    answer
                }
                Some(Odd::Page) => page(200, "<html>access_token hunter2</html>".to_owned()),
                Some(Odd::Empty) => object(200, &json!({"hunter2": true})),
                Some(Odd::TwoLines) => object(200, &json!({"access_token": "hunter2\r\nA LOGOUT"})),
                Some(Odd::Huge) => {
                    page(200, format!("{{\"access_token\":\"hunter2\",\"x\":\"{}\"}}", "x".repeat(1 << 20)))
                }
                Some(Odd::Redirect) => {
                    let answer = Response::builder().status(307).header("Location", "/elsewhere");
                    answer.body(Body::empty()).unwrap()
                }
                Some(Odd::HangUp) => {
                    let broken = futures::stream::iter([Ok("{"), Err(std::io::Error::other("hung up"))]);
                    Response::new(Body::from_stream(broken))
                }
            }
        }
        "/device" => object(
            200,
            &json!({
                "device_code": "the-device", "user_code": "ABCD-EFGH", "verification_uri": "https://provider.example/device",
                "expires_in": 60, "interval": 1,
            }),
        ),
        "/introspect" => {
            let user = state.access.get(form.get("token").map(String::as_str).unwrap_or_default());
            object(
                200,
                &user.map_or_else(
                    || json!({"active": false}),
                    |user| json!({"active": true, "username": user}),
                ),
            )
        }
        _ => object(404, &json!({})),
    }
}

/// The fields of a form (application/x-www-form-urlencoded).
fn form(text: &str) -> Form {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let hex = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// TCP with TLS above.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            // A client that does not trust the certificate goes away.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

fn acceptor(key: &rcgen::CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let private = PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
