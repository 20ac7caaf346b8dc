//! A project folder with a database of its own, and what the binary says in it.

use std::fmt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use regex::Regex;

use crate::server::{Server, server};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A project `shop` in a folder that is removed at the end, and its database.
pub struct Sandbox {
    folder: tempfile::TempDir,
    database: String,
    server: &'static Server,
}

/// What a run of the binary left; times, seconds, paths and the name of the database are replaced.
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A run that has not ended.
pub struct Running<'a> {
    child: Child,
    sandbox: &'a Sandbox,
}

impl Sandbox {
    /// A project without models, whose profile leads to a new database.
    pub fn new() -> Sandbox {
        let server = server();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let database = format!("kiln_test_{}_{number}", std::process::id());
        server.try_sql("postgres", &format!("create database {database} template template1")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox { folder, database, server };
        let Server { host, port, user, password, .. } = server;
        let profile = format!(
            "shop:\n  target: dev\n  outputs:\n    dev:\n      type: postgres\n      host: '{host}'\n      port: {port}\n      \
             user: '{user}'\n      password: '{password}'\n      dbname: {}\n      schema: shop\n      threads: 2\n",
            sandbox.database
        );
        let project = "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\n";
        sandbox.file("dbt_project.yml", project).file("profiles.yml", &profile)
    }

    /// Writes a file of the project.
    pub fn file(self, path: &str, text: &str) -> Sandbox {
        self.write(path, text);
        self
    }

    /// Writes a file of the project between two runs.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Removes a file of the project.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path().join(path)).unwrap();
    }

    /// Text of a file of the project.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// The project's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the binary with these words; single quotes keep blanks together.
    pub fn kiln(&self, words: &str) -> Output {
        self.spawn(words).wait()
    }

    /// Runs the binary and fails the test with its output unless it exits with 0.
    pub fn succeeds(&self, words: &str) -> Output {
        let output = self.kiln(words);
        assert!(output.code == 0, "kiln {words}\n{output}");
        output
    }

    /// Starts the binary and does not wait for its end.
    pub fn spawn(&self, words: &str) -> Running<'_> {
        let mut command = self.command();
        let child = command.args(split(words)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Running { child, sandbox: self }
    }

    /// What a shell in the project's folder says to `script`, in which `kiln` is the binary.
    pub fn shell(&self, script: &str) -> Output {
        let mut command = Command::new("/bin/sh");
        let binary = Path::new(env!("CARGO_BIN_EXE_kiln")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        command.args(["-c", script]).env("PATH", path).current_dir(self.path());
        without_settings(&mut command);
        self.output(command.output().unwrap())
    }

    /// Rows of `sql` as text: a line for each, ` | ` between columns.
    pub fn sql(&self, sql: &str) -> String {
        self.server.try_sql(&self.database, sql).unwrap_or_else(|err| panic!("{sql}\n{err}"))
    }

    /// Name of a role that only this test uses; it is made when first asked for, and may use the schema `shop`.
    pub fn other_role(&self) -> String {
        let role = format!("{}_other", self.database);
        self.sql(&format!(
            "create role {role}; create schema if not exists shop; create schema {role} authorization {role};
             grant usage on schema shop to {role};
             alter default privileges in schema shop grant select on tables to {role}"
        ));
        role
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiln"));
        command.current_dir(self.path()).env("HOME", self.path());
        without_settings(&mut command);
        command
    }

    fn output(&self, output: std::process::Output) -> Output {
        let code = output.status.code().unwrap_or(-1);
        let text = |bytes: &[u8]| self.normalised(&String::from_utf8_lossy(bytes));
        Output { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// `text` without what differs from run to run.
    fn normalised(&self, text: &str) -> String {
        let real = self.path().canonicalize().unwrap();
        let text =
            text.replace(&*real.to_string_lossy(), "PROJECT").replace(&*self.path().to_string_lossy(), "PROJECT");
        let text = text.replace(&format!("{}_other", self.database), "other").replace(&self.database, "DATABASE");
        let replace =
            |text: String, pattern: &str, by: &str| Regex::new(pattern).unwrap().replace_all(&text, by).into_owned();
        let text = replace(text, r"(?m)^\d\d:\d\d:\d\d", "TIME");
        let text = replace(text, r"in \d+\.\d\ds", "in 0.00s");
        let text = replace(text, r"and \d+\.\d\d seconds", "and 0.00 seconds");
        let text = replace(text, r"\d+ macros", "MANY macros");
        let text = replace(text, r"\(\d+\.\d\ds\)", "(0.00s)");
        replace(text, r"[ \t]+(\n|$)", "$1")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let database = &self.database;
        let _ = self.server.try_sql("postgres", &format!("drop database if exists {database} with (force)"));
        let _ = self.server.try_sql("postgres", &format!("drop role if exists {database}_other"));
    }
}

impl Running<'_> {
    /// Waits for the end.
    pub fn wait(self) -> Output {
        self.sandbox.output(self.child.wait_with_output().unwrap())
    }

    /// Sends a signal, by its name for `kill`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }
}

impl Output {
    /// Whether stdout or stderr has this text.
    pub fn says(&self, text: &str) -> bool {
        self.stdout.contains(text) || self.stderr.contains(text)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "exit code: {}", self.code)?;
        writeln!(formatter, "--- stdout\n{}", self.stdout)?;
        write!(formatter, "--- stderr\n{}", self.stderr)
    }
}

/// Waits until `is_true`, or fails after 20 s.
pub fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !is_true() {
        assert!(Instant::now() < patience, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars() {
        if ["DBT_", "KILN_", "PG"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(name);
        }
    }
}

fn split(words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, part) in words.split('\'').enumerate() {
        if index % 2 == 1 {
            found.push(part.to_owned());
        } else {
            found.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    found
}
