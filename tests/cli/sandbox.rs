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
    place: Place,
}

/// Where the database is.
enum Place {
    Server(&'static Server),
    /// In a PostgreSQL that kiln runs for the project.
    OfKiln,
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
    /// A project without models, whose profile leads to a new database: on the server, where there is one, else on the
    /// PostgreSQL compiled into kiln.
    pub fn new() -> Sandbox {
        if cfg!(kiln_server) { Sandbox::on(server()) } else { Sandbox::embedded("builtin") }
    }

    /// A project without models, whose profile leads to a new database on `server`.
    pub fn on(server: &'static Server) -> Sandbox {
        let sandbox = Sandbox::at(Place::Server(server));
        let Server { host, port, user, password, .. } = server;
        let create = format!("create database {} template template1", sandbox.database);
        server.try_sql("postgres", &create).unwrap();
        let output = format!(
            "      type: postgres\n      host: '{host}'\n      port: {port}\n      user: '{user}'\n      password: '{password}'\n"
        );
        sandbox.with_profile(&output)
    }

    /// A project without models, for which kiln runs a PostgreSQL from `source`: `local` or `builtin`.
    pub fn embedded(source: &str) -> Sandbox {
        let sandbox = Sandbox::at(Place::OfKiln);
        sandbox.with_profile(&format!("      type: postgres\n      embedded: {source}\n      user: postgres\n"))
    }

    fn at(place: Place) -> Sandbox {
        let database = format!("kiln_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Sandbox { folder: tempfile::tempdir().unwrap(), database, place }
    }

    fn with_profile(self, output: &str) -> Sandbox {
        let profile = format!(
            "shop:\n  target: dev\n  outputs:\n    dev:\n{output}      dbname: {}\n      schema: shop\n      threads: 2\n",
            self.database
        );
        let project = "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\n";
        self.file("dbt_project.yml", project).file("profiles.yml", &profile)
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
        match self.place {
            Place::Server(server) => server.try_sql(&self.database, sql).unwrap_or_else(|err| panic!("{sql}\n{err}")),
            Place::OfKiln => self.asked(sql),
        }
    }

    /// The same through kiln, by a macro in a project of its own that has the folder of the database in common.
    fn asked(&self, sql: &str) -> String {
        let folder = self.path().join(".asking");
        if !folder.exists() {
            std::fs::create_dir_all(self.path().join(".kiln")).unwrap();
            std::fs::create_dir_all(folder.join("macros")).unwrap();
            std::os::unix::fs::symlink("../.kiln", folder.join(".kiln")).unwrap();
            std::fs::write(folder.join("macros/ask.sql"), ASK).unwrap();
            for file in ["dbt_project.yml", "project.yml", "profiles.yml"] {
                let _ = std::fs::copy(self.path().join(file), folder.join(file));
            }
        }
        let arguments = serde_json::json!({ "sql": sql }).to_string();
        let mut command = self.command();
        command.current_dir(&folder).args(["run-operation", "ask", "--quiet", "--args", &arguments]);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{sql}\n{text}{}", String::from_utf8_lossy(&output.stderr));
        text.lines().filter_map(|line| line.strip_prefix("> ")).collect::<Vec<_>>().join("\n")
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
        without_settings(&mut command);
        // The PostgreSQL compiled into kiln unpacks itself there, which is to be done once.
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        command.current_dir(self.path()).env("HOME", self.path()).env("XDG_CACHE_HOME", cache);
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
        match self.place {
            Place::Server(server) => {
                let _ = server.try_sql("postgres", &format!("drop database if exists {database} with (force)"));
                let _ = server.try_sql("postgres", &format!("drop role if exists {database}_other"));
            }
            Place::OfKiln => _ = self.command().args(["db", "stop", "--quiet"]).output(),
        }
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

/// Waits until `is_true`, or fails after a minute.
pub fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_true() {
        assert!(Instant::now() < patience, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// A macro that prints the rows of some SQL as `Sandbox::sql` gives them.
const ASK: &str = "{% macro ask(sql) %}
  {%- set table = run_query(sql) -%}
  {%- do run_query('commit') -%}
  {%- for row in (table.rows if table else []) -%}
    {%- set cells = [] -%}
    {%- for cell in row -%}
      {%- do cells.append('null' if cell is none else 't' if cell is true else 'f' if cell is false else cell | string) -%}
    {%- endfor -%}
    {%- do print('> ' ~ cells | join(' | ')) -%}
  {%- endfor -%}
{% endmacro %}
";

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
