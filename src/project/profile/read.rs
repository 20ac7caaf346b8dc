//! Finds `profiles.yml`, renders the chosen output, and checks its keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Engine, Flavor, Output, Profile, target};
use crate::error::{Error, Kind, Result, closest};
use crate::postgres::{self, SslMode};
use crate::project::files::read_text;
use crate::project::render::{Scope, Secrets, secrets};
use crate::project::vars::Vars;
use crate::project::yaml::{self, Map, Node, Value};

/// Which profile and output are wanted, and what is known before any file is read.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Folder given by the user.
    pub dir: Option<&'a Path>,
    /// Folder of the project.
    pub project_dir: &'a Path,
    /// Name of the profile, and of the project file's key when it came from there.
    pub profile: &'a str,
    /// Output given by the user.
    pub target: Option<&'a str>,
    /// Threads given by the user.
    pub threads: Option<u32>,
    /// Variables of the command line.
    pub vars: &'a Vars,
}

/// The folder whose `profiles.yml` counts: the one given, else the working directory, the project's or `~/.dbt`.
pub fn find_dir(given: Option<&Path>, project_dir: &Path) -> PathBuf {
    if let Some(dir) = given {
        return dir.to_path_buf();
    }
    let current = std::env::current_dir().unwrap_or_else(|_| project_dir.to_path_buf());
    let home = std::env::home_dir().unwrap_or_default().join(".dbt");
    let places = [current, project_dir.to_path_buf()];
    places.into_iter().find(|dir| dir.join("profiles.yml").is_file()).unwrap_or(home)
}

/// The chosen output.
///
/// # Errors
///
/// `Usage` when file, profile or output is missing, `Parsing` for keys that are wrong.
pub fn load(wanted: &Wanted<'_>) -> Result<Profile, Vec<Error>> {
    let dir = find_dir(wanted.dir, wanted.project_dir);
    let path = dir.join("profiles.yml");
    if !path.is_file() {
        let here = std::env::current_dir().unwrap_or_default();
        let shown = path.strip_prefix(&here).unwrap_or(&path).display();
        return Err(vec![
            Error::usage(format!("dbt looked for a profiles.yml file in {shown}, but did not find one"))
                .hint("write one, or name its folder with `--profiles-dir`"),
        ]);
    }
    let shown = path.strip_prefix(wanted.project_dir).unwrap_or(&path).to_path_buf();
    let root =
        read_text(&path, &shown).and_then(|text| yaml::parse(&text, &Arc::from(shown))).map_err(|it| vec![it])?;
    let mut errors = Vec::new();
    choose(&root.root, wanted, dir, &mut errors).map_err(|error| {
        errors.push(error);
        errors
    })
}

fn choose(root: &Node, wanted: &Wanted<'_>, dir: PathBuf, errors: &mut Vec<Error>) -> Result<Profile> {
    let profiles = root.map("profiles.yml")?;
    let vars = Arc::new(wanted.vars.clone());
    let scope = Scope::new(Arc::new(move |name| vars.get(name).cloned()), Secrets::Allowed, None);
    let profile =
        among(profiles, wanted.profile, root, || format!("Could not find profile named '{}'", wanted.profile))?
            .map(wanted.profile)?;
    let target_name = match (wanted.target, profile.get("target")) {
        (Some(name), _) => name.to_owned(),
        (None, Some(node)) => scope.render(node.clone(), errors).scalar_text("target")?,
        (None, None) => "default".to_owned(),
    };
    let outputs = profile
        .get("outputs")
        .ok_or_else(|| Error::usage(format!("the profile `{}` has no `outputs`", wanted.profile)).at(root.place()))?;
    let node = among(outputs.map("outputs")?, &target_name, outputs, || {
        format!("The profile '{}' does not have a target named '{target_name}'.", wanted.profile)
    })?;
    let keys = rendered(node.map(&target_name)?, &scope, errors);
    let mut reader = Reader { keys: &keys, errors };
    let engine = reader.engine(node);
    let mut output = reader.output(node, engine);
    let threads = reader.key("threads", Node::int);
    reader.unknown();
    if let Some(last) = errors.pop() {
        return Err(last);
    }
    if engine == Engine::Server {
        fill_from_service(&mut output).map_err(|error| error.at(node.place()))?;
    }
    let threads = wanted.threads.or(threads).unwrap_or(1).max(1);
    let target = target::make(wanted.profile, &target_name, &output, engine, threads);
    Ok(Profile {
        name: wanted.profile.to_owned(),
        target_name,
        dir,
        origin: node.origin.clone(),
        engine,
        output,
        threads,
        target,
        secrets: secrets(),
        legacy_flags: profiles.get("config").and_then(Node::as_map).cloned().unwrap_or_default(),
    })
}

/// Takes what the output leaves open of its place from libpq's service file, since templates see it as `target`.
fn fill_from_service(output: &mut Output) -> Result<()> {
    let variable = || std::env::var("PGSERVICE").ok().filter(|name| !name.is_empty());
    let Some(service) = output.service.clone().or_else(variable) else { return Ok(()) };
    let found = postgres::of_service(&service)?;
    output.host = output.host.take().or(found.host);
    output.port = output.port.or(found.port);
    output.user = output.user.take().or(found.user);
    output.database = output.database.take().or(found.database);
    Ok(())
}

/// The entry `name` of `map`, or the error `missing` and what there is.
fn among<'a>(map: &'a Map, name: &str, node: &Node, missing: impl Fn() -> String) -> Result<&'a Node> {
    map.get(name).ok_or_else(|| {
        let names: Vec<&str> = map.iter().map(|(name, _)| name).filter(|name| *name != "config").collect();
        let error = Error::usage(missing()).at(node.place());
        error.meant_or(name, names.iter().copied(), || format!("it has: {}", names.join(", ")))
    })
}

/// The keys of an output with their Jinja evaluated; a password that is no valid Jinja stays as it is.
fn rendered(map: &Map, scope: &Scope, errors: &mut Vec<Error>) -> Map {
    let mut keys = map.clone();
    for entry in &mut keys.entries {
        let name = entry.name();
        let is_password = matches!(name.as_str(), "password" | "pass");
        let mut found = Vec::new();
        let node = scope.render(entry.value.clone(), &mut found);
        if is_password {
            found.retain(|error| error.message().contains("environment variable"));
        }
        // What is wrong is told once, and the key then counts as empty.
        entry.value = if found.is_empty() { node } else { Node { value: Value::Null, ..entry.value.clone() } };
        errors.append(&mut found);
    }
    keys
}

/// Keys of an output that kiln knows; `type` first.
const KEYS: [&str; 28] = [
    "type",
    "embedded",
    "host",
    "port",
    "user",
    "username",
    "password",
    "pass",
    "database",
    "dbname",
    "schema",
    "threads",
    "role",
    "search_path",
    "connect_timeout",
    "retries",
    "keepalives_idle",
    "sslmode",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "application_name",
    "service",
    "timezone",
    "datestyle",
    "autocommit",
    "connection_timeout",
    "fixed_retries",
];

struct Reader<'a> {
    keys: &'a Map,
    errors: &'a mut Vec<Error>,
}

impl Reader<'_> {
    /// The value of `key` through `read`; nothing when it is missing, null or wrong.
    fn key<T>(&mut self, key: &str, read: impl Fn(&Node, &str) -> Result<T>) -> Option<T> {
        let node = self.keys.get(key).filter(|node| !node.is_null())?;
        let read = read(node, key).map_err(|error| {
            let is_rendered_text = node.template.is_some() && node.as_text().is_some();
            if is_rendered_text { error.hint("end the expression with `| int` or `| as_bool`") } else { error }
        });
        read.map_err(|error| self.errors.push(error)).ok()
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.key(key, Node::scalar_text)
    }

    fn engine(&mut self, output: &Node) -> Engine {
        let flavor = self.keys.get("embedded").and_then(|node| match &node.value {
            Value::Null | Value::Bool(false) => None,
            Value::Bool(true) => Some(Flavor::Any),
            Value::Text(text) if text == "builtin" => Some(Flavor::Builtin),
            Value::Text(text) if text == "local" => Some(Flavor::Local),
            Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) | Value::Seq(_) | Value::Map(_) => {
                self.errors.push(node.mismatch("embedded", "`true`, `false`, `builtin` or `local`"));
                None
            }
        });
        match (self.text("type").as_deref(), flavor) {
            (Some("postgres"), None) => Engine::Server,
            (Some("postgres" | "embedded"), Some(flavor)) => Engine::Embedded(flavor),
            (Some("embedded"), None) => Engine::Embedded(Flavor::Any),
            (None, _) => {
                let error = Error::new(Kind::Parsing, "the output has no `type`").at(output.place());
                self.errors.push(error.hint("write `type: postgres`"));
                Engine::Server
            }
            (Some(other), _) => {
                let place = self.keys.get("type").map_or_else(|| output.place(), Node::place);
                let message = format!("`type` must be `postgres` or `embedded`, not `{other}`");
                self.errors.push(Error::parsing(message).at(place).hint("kiln works with Postgres only"));
                Engine::Server
            }
        }
    }

    fn output(&mut self, node: &Node, engine: Engine) -> Output {
        self.unquoted_number("password");
        self.unquoted_number("pass");
        let schema = self.text("schema");
        if schema.is_none() && engine == Engine::Server && self.keys.get("schema").is_none() {
            let error = Error::parsing("the output has no `schema`").at(node.place());
            self.errors.push(error.hint("name the schema that models go to, such as `schema: dev`"));
        }
        // A PostgreSQL of our own has this role and database from the start.
        let own = || (engine != Engine::Server).then(|| "postgres".to_owned());
        Output {
            host: self.text("host"),
            port: self.key("port", Node::int),
            user: self.text("user").or_else(|| self.text("username")).or_else(own),
            password: self.text("password").or_else(|| self.text("pass")),
            database: self.text("database").or_else(|| self.text("dbname")).or_else(own),
            schema: schema.unwrap_or_else(|| "public".to_owned()),
            role: self.text("role"),
            search_path: self.text("search_path"),
            connect_timeout: self.key("connect_timeout", Node::int),
            retries: self.key("retries", Node::int),
            keepalives_idle: self.key("keepalives_idle", Node::int),
            sslmode: self.key("sslmode", |node, key| {
                let word = node.scalar_text(key)?;
                SslMode::from_word(&word).map_err(|error| error.at(node.place()))?;
                Ok(word)
            }),
            sslcert: self.text("sslcert"),
            sslkey: self.text("sslkey"),
            sslrootcert: self.text("sslrootcert"),
            application_name: self.text("application_name"),
            service: self.text("service"),
            timezone: self.text("timezone"),
            datestyle: self.text("datestyle"),
            autocommit: self.key("autocommit", Node::bool),
        }
    }

    /// A password such as `0123` would lose its zero: YAML reads it as another number.
    fn unquoted_number(&mut self, key: &str) {
        let Some(node) = self.keys.get(key) else { return };
        if let (Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Time(_), None) = (&node.value, &node.template)
        {
            let error = Error::parsing(format!("`{key}` must be a text, and YAML reads it as something else"));
            self.errors.push(error.at(node.place()).hint("put quotes around it"));
        }
    }

    fn unknown(&mut self) {
        for entry in &self.keys.entries {
            let key = entry.name();
            // dbt knows no other keys either; it passes over them in silence, and so do we but for slips of the keys.
            if KEYS.contains(&key.as_str()) {
                continue;
            }
            if let Some(near) = closest(&key, KEYS) {
                tracing::warn!("an output has no key `{key}`; did you mean `{near}`? ({})", entry.key.place());
            }
        }
    }
}
