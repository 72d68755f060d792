//! A private PostgreSQL on a unix socket, started once for the whole test binary and gone with it; and clusters of a
//! test's own.

use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User};

/// The account that the server runs as when the tests run as root, whom PostgreSQL refuses.
const UNPRIVILEGED: &str = "nobody";

/// Makes the cluster, serves it until the standard input ends (with the test binary, however that ends), tidies up.
const SERVE: &str = r#"
    umask 077; cd "$2" || exit 1
    "$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || exit 1
    "$1/postgres" -D data -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
        -c synchronous_commit=off -c max_connections=300 -c shared_buffers=32MB >>log 2>&1 </dev/null &
    cat >/dev/null
    kill -INT $!; wait $!; cd /; rm -rf "$2"
"#;

/// The same for a cluster of one test, which stops at once at the word `stop` and comes back at `start`. What was
/// committed is with the operating system by then, whatever happens to the server.
const SERVE_AT_WORD: &str = r#"
    umask 077; cd "$2" || exit 1
    "$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || exit 1
    start() {
        "$1/postgres" -D data -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
            -c max_connections=60 -c shared_buffers=32MB >>log 2>&1 </dev/null &
        server=$!
    }
    start "$1" "$2"
    while read -r word; do
        case $word in
            stop) kill -QUIT $server; wait $server ;;
            start) start "$1" "$2" ;;
        esac
    done
    kill -INT $server; wait $server; cd /; rm -rf "$2"
"#;

struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    /// Its standard input stays open for as long as the binary lives; the end of that stops the server.
    child: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// The URL of a fresh, empty database.
pub fn fresh_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let server = SERVER.get_or_init(|| start(SERVE));
    let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let output = server.client("createdb").arg(&name).output().expect("createdb starts");
    assert!(output.status.success(), "createdb {name}: {}", String::from_utf8_lossy(&output.stderr));
    server.url(&name)
}

/// A cluster of one test's own, which may be stopped and started.
pub struct Cluster(Server);

impl Cluster {
    /// Makes and serves a cluster.
    pub fn start() -> Self {
        Self(start(SERVE_AT_WORD))
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.0.folder.join(".s.PGSQL.5432")
    }

    /// The URL of one of its databases, by the socket.
    pub fn url(&self, database: &str) -> String {
        self.0.url(database)
    }

    /// Runs SQL in a database; says what went wrong.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = self.0.client("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]);
        let output = psql.output().expect("psql starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Makes a database whose tables lie in this folder, which is empty.
    pub fn create_in(&self, database: &str, folder: &Path) {
        if Uid::effective().is_root() {
            let user = User::from_name(UNPRIVILEGED).ok().flatten().expect("the account nobody is there");
            chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .expect("root may give a folder away");
        }
        let folder = folder.display();
        self.sql("postgres", &format!("CREATE TABLESPACE apart LOCATION '{folder}'")).unwrap();
        self.sql("postgres", &format!("CREATE DATABASE {database} TABLESPACE apart")).unwrap();
    }

    /// Ends the server at once, with all its connections, and starts it again.
    pub fn restart(&mut self) {
        self.say("stop");
        while self.0.is_ready() {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.say("start");
        self.0.wait_until_ready();
    }

    fn say(&mut self, word: &str) {
        writeln!(self.0.child.stdin.as_mut().unwrap(), "{word}").unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.0.child.stdin.take());
        self.0.child.wait().ok();
    }
}

/// A way to a PostgreSQL server over TCP that can be cut as a dead host cuts it: nothing is closed, nothing comes.
pub struct Cable {
    /// The database by this way.
    pub url: String,
    cut: tokio::sync::watch::Sender<bool>,
}

impl Cable {
    /// A way to the database of a URL.
    pub async fn to(url: &str) -> Self {
        let (database, rest) = url.strip_prefix("postgres:///").unwrap().split_once("?host=").unwrap();
        let socket = format!("{}/.s.PGSQL.5432", rest.split('&').next().unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, is_cut) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let mut far = tokio::net::UnixStream::connect(&socket).await.unwrap();
                let mut is_cut = is_cut.clone();
                tokio::spawn(async move {
                    let cut = async { drop(is_cut.wait_for(|cut| *cut).await) };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                        () = cut => {}
                    }
                    std::future::pending::<()>().await;
                });
            }
        });
        Self { url: format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"), cut }
    }

    /// Cuts it, for good for what goes over it, or mends it for what comes later.
    pub fn cut(&self, cut: bool) {
        self.cut.send(cut).unwrap();
    }
}

/// What `pg_dump` writes of a database, as a text.
pub fn dump(url: &str) -> String {
    let server = SERVER.get_or_init(|| start(SERVE));
    let output = Command::new(server.binaries.join("pg_dump")).arg(url).output().expect("pg_dump starts");
    assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Server {
    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder.display())
    }

    fn is_ready(&self) -> bool {
        self.client("pg_isready").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Waits until it takes connections.
    fn wait_until_ready(&mut self) {
        let patience = Instant::now() + Duration::from_mins(2);
        while !self.is_ready() {
            let ended = self.child.try_wait().expect("the child can be waited for");
            if ended.is_some() || Instant::now() > patience {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                let _ = writeln!(std::io::stderr(), "{log}");
                panic!("PostgreSQL does not come up in {}", self.folder.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.arg("--host").arg(&self.folder).args(["--username", "postgres"]);
        command
    }
}

fn start(script: &str) -> Server {
    let binaries = binaries();
    let folder = tempfile::Builder::new()
        .prefix("pairdesk-pg-")
        .tempdir_in("/tmp")
        .expect("a folder in /tmp, short enough for a unix socket")
        .keep();
    let mut command = if Uid::effective().is_root() {
        let user = User::from_name(UNPRIVILEGED).ok().flatten().expect("the account nobody is there");
        chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .expect("root may give a folder away");
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={}", user.uid), &format!("--regid={}", user.gid)]);
        command.args(["--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let child = command
        .args(["-c", script, "sh"])
        .args([&binaries, &folder])
        .stdin(Stdio::piped())
        // A Ctrl-C at the terminal is for the tests; the server goes by the end of its input.
        .process_group(0)
        .spawn()
        .expect("a shell starts");
    let mut server = Server { binaries, folder, child };
    server.wait_until_ready();
    server
}

/// Debian's versioned folder, the newest, or where other systems keep programs.
fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
    let elsewhere = ["/usr/bin", "/usr/local/bin"].map(PathBuf::from);
    newest
        .or_else(|| elsewhere.into_iter().find(|bin| bin.join("initdb").exists()))
        .expect("PostgreSQL's initdb is installed (Debian: apt-get install postgresql)")
}
