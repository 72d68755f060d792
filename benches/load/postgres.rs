//! A PostgreSQL of this benchmark's own, as it comes: what is committed is on the disk.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User};

/// Makes the cluster, serves it until the standard input ends (with this process, however that ends), tidies up.
const SERVE: &str = r#"
    umask 077; cd "$2" || exit 1
    "$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || exit 1
    "$1/postgres" -D data -k "$2" -c listen_addresses= >>log 2>&1 </dev/null &
    cat >/dev/null
    kill -INT $!; wait $!; cd /; rm -rf "$2"
"#;

struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    /// Its standard input ends with this process.
    _child: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// The URL of a fresh, empty database.
pub fn fresh_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let server = SERVER.get_or_init(start);
    let name = format!("load{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let output = client(server, "createdb").arg(&name).output().unwrap();
    assert!(output.status.success(), "createdb {name}: {}", String::from_utf8_lossy(&output.stderr));
    format!("postgres:///{name}?host={}&user=postgres", server.folder.display())
}

/// Removes a database with all that it holds.
pub fn drop_database(url: &str) {
    let name = url.trim_start_matches("postgres:///").split('?').next().unwrap();
    let server = SERVER.get_or_init(start);
    client(server, "dropdb").args(["--force", name]).status().unwrap();
}

fn client(server: &Server, program: &str) -> Command {
    let mut command = Command::new(server.binaries.join(program));
    command.arg("--host").arg(&server.folder).args(["--username", "postgres"]);
    command
}

fn start() -> Server {
    let binaries = binaries();
    let folder = tempfile::Builder::new().prefix("pairdesk-load-pg-").tempdir_in("/tmp").unwrap().keep();
    let mut command = if Uid::effective().is_root() {
        // PostgreSQL refuses root.
        let user = User::from_name("nobody").unwrap().unwrap();
        chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={}", user.uid), &format!("--regid={}", user.gid)]);
        command.args(["--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let child = command.args(["-c", SERVE, "sh"]).args([&binaries, &folder]);
    let child = child.stdin(Stdio::piped()).process_group(0).spawn().unwrap();
    let server = Server { binaries, folder, _child: child };
    let patience = Instant::now() + Duration::from_mins(1);
    while !client(&server, "pg_isready").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        let log = || std::fs::read_to_string(server.folder.join("log")).unwrap_or_default();
        assert!(Instant::now() < patience, "PostgreSQL does not come up: {}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
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
