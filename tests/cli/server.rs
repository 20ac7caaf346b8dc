//! The PostgreSQL server that the tests use: the one of `KILN_TEST_DATABASE_URL`, else one of this process' own.
//!
//! The own one is started once, from installed binaries, and stopped by a shell that waits for the end of this process,
//! however it ends. The library's tests have this file too. Where there are no binaries, `build.rs` has tests ignored.

// In the library's tests it is there twice.
#[allow(clippy::duplicate_mod)]
#[path = "../../src/postgres/embedded/binaries.rs"]
mod binaries;

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sqlx::{Column, ConnectOptions, Connection, Executor, Row, ValueRef};

/// Where a superuser reaches the server.
pub struct Server {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    /// Held open: the shell that stops the server reads the other end.
    _stays_open: Option<ChildStdin>,
}

/// The server of this process, started by whoever asks first.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| match std::env::var("KILN_TEST_DATABASE_URL") {
        Ok(url) => Server::of_url(&url),
        Err(_) => Server::start(None, ""),
    })
}

/// A server whose zone is Europe/Berlin and where dates are read day first, started by whoever asks first.
pub fn berlin() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(Some("Europe/Berlin"), "datestyle = 'iso, dmy'"))
}

impl Server {
    fn of_url(url: &str) -> Server {
        let pattern =
            regex::Regex::new(r"^postgres(?:ql)?://([^:@/]+)(?::([^@/]*))?@([^:/]+)(?::(\d+))?(?:/.*)?$").unwrap();
        let parts = pattern
            .captures(url)
            .expect("KILN_TEST_DATABASE_URL looks like postgres://user:password@host:port/postgres");
        let part = |index: usize| parts.get(index).map_or("", |found| found.as_str()).to_owned();
        let port = part(4).parse().unwrap_or(5432);
        Server { host: part(3), port, user: part(1), password: part(2), _stays_open: None }
    }

    /// Starts one that was made in the zone `zone`, with `lines` at the end of its file of settings.
    fn start(zone: Option<&str>, lines: &str) -> Server {
        let binaries = binaries::find(&[]).expect(
            "no PostgreSQL server to test against: install one (apt-get install postgresql, brew install postgresql), \
             or set KILN_TEST_DATABASE_URL to the address of a superuser",
        );
        let folder = tempfile::Builder::new().prefix("kiln-tests").tempdir().unwrap().keep();
        let owner = owner_of_servers();
        if let Some((uid, gid)) = owner {
            std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).unwrap();
        }
        let data = folder.join("data");
        let mut initdb = as_owner(&binaries.program("initdb"), owner);
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        initdb.envs(zone.map(|zone| ("TZ", zone)));
        let made = initdb.current_dir(&folder).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut settings = std::fs::OpenOptions::new().append(true).open(data.join("postgresql.conf")).unwrap();
        writeln!(settings, "{lines}").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let stays_open = watched_postgres(&binaries.folder, &folder, port, owner);
        let server = Server {
            host: "127.0.0.1".into(),
            port,
            user: "postgres".into(),
            password: String::new(),
            _stays_open: Some(stays_open),
        };
        server.wait_until_ready(&folder.join("log"));
        server
    }

    fn wait_until_ready(&self, log: &Path) {
        let patience = Instant::now() + Duration::from_secs(30);
        while let Err(err) = self.try_sql("postgres", "select 1") {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            assert!(Instant::now() < patience, "the server does not answer: {err}\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Rows of `sql` in `database` as text: a line for each, ` | ` between columns.
    pub fn try_sql(&self, database: &str, sql: &str) -> Result<String, sqlx::Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut options = sqlx::postgres::PgConnectOptions::new_without_pgpass().host(&self.host).port(self.port);
            options = options.username(&self.user).database(database).disable_statement_logging();
            if !self.password.is_empty() {
                options = options.password(&self.password);
            }
            let mut connection = options.connect().await?;
            let rows = connection.fetch_all(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))).await;
            let text = rows.map(|rows| rows.iter().map(line).collect::<Vec<_>>().join("\n"));
            connection.close().await?;
            text
        })
    }
}

fn line(row: &sqlx::postgres::PgRow) -> String {
    let cells = row.columns().iter().map(|column| {
        let value = row.try_get_raw(column.ordinal()).unwrap();
        if value.is_null() { "null".to_owned() } else { value.as_str().unwrap().to_owned() }
    });
    cells.collect::<Vec<_>>().join(" | ")
}

/// Whom the server runs as, where this process is root, which PostgreSQL refuses: user and group of `postgres`.
fn owner_of_servers() -> Option<(u32, u32)> {
    let own = Command::new("id").arg("-u").output().unwrap().stdout;
    if String::from_utf8_lossy(&own).trim() != "0" {
        return None;
    }
    let number = |option: &str| {
        let answer = Command::new("id").args([option, "postgres"]).output().unwrap().stdout;
        String::from_utf8_lossy(&answer)
            .trim()
            .parse()
            .expect("as root the tests need a user `postgres` to run a server")
    };
    Some((number("-u"), number("-g")))
}

fn as_owner(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = owner {
        command.uid(uid).gid(gid);
    }
    command
}

/// Starts `postgres` under a shell that stops it, and removes the folder, once the returned end is closed.
#[expect(clippy::zombie_processes, reason = "the shell outlives this process and ends by itself")]
fn watched_postgres(binaries: &Path, folder: &Path, port: u16, owner: Option<(u32, u32)>) -> ChildStdin {
    let script = r#"
        "$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200 \
            >"$2/log" 2>&1 </dev/null &
        read -r nothing
        kill -INT $!
        wait $!
        rm -rf "$2"
    "#;
    let mut shell = as_owner(Path::new("/bin/sh"), owner);
    shell.args(["-c", script, "sh"]).arg(binaries).arg(folder).arg(port.to_string());
    shell.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut child = shell.spawn().unwrap();
    child.stdin.take().expect("it was asked for as a pipe")
}
