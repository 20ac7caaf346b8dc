//! From words to options, from results to exit codes.

mod deprecated;
mod dotenv;
mod options;
mod resolve;
mod values;
mod words;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::ops;
use crate::project;
use crate::report::{self, Reporter, Warning};
use words::{Asked, Words};

/// A command and its final settings; what a single command takes besides is in `Flags::extra`.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub command: Command,
    pub flags: Flags,
    /// On old words, and on variables that set nothing.
    pub warnings: Vec<Warning>,
}

/// The commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Build,
    Run,
    Test,
    Seed,
    Snapshot,
    Compile,
    Show,
    List,
    Parse,
    Freshness,
    GenerateDocs,
    ServeDocs,
    RunOperation,
    Retry,
    Deps,
    Clone,
    Debug,
    Clean,
    Init,
    Db,
}

impl Command {
    /// The command under dbt's word.
    fn from_word(which: &str) -> Option<Command> {
        Some(match which {
            "build" => Command::Build,
            "run" => Command::Run,
            "test" => Command::Test,
            "seed" => Command::Seed,
            "snapshot" => Command::Snapshot,
            "compile" => Command::Compile,
            "show" => Command::Show,
            "list" => Command::List,
            "parse" => Command::Parse,
            "freshness" => Command::Freshness,
            "generate" => Command::GenerateDocs,
            "serve" => Command::ServeDocs,
            "run-operation" => Command::RunOperation,
            "retry" => Command::Retry,
            "deps" => Command::Deps,
            "clone" => Command::Clone,
            "debug" => Command::Debug,
            "clean" => Command::Clean,
            "init" => Command::Init,
            "db" => Command::Db,
            _ => return None,
        })
    }
}

/// Runs the command that this process was started with; gives its exit code.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some(error) = dotenv::begin_again(&args) {
        return refuse(program(args.first()), &error);
    }
    let program = program(args.first());
    match words::read(program, args.clone()) {
        Ok(Asked::Version) => {
            report::answer(&version());
            ExitCode::SUCCESS
        }
        Ok(Asked::Help(text)) => {
            report::answer(text.trim_end());
            ExitCode::SUCCESS
        }
        Ok(Asked::Nothing(text)) => {
            report::complain(text.trim_end());
            ExitCode::from(2)
        }
        Ok(Asked::Run(words)) => run(&words, &args),
        Err(error) => refuse(program, &error),
    }
}

/// `dbt` when called under that name, else `kiln`.
fn program(first: Option<&OsString>) -> &'static str {
    let stem = first.map(Path::new).and_then(Path::file_stem);
    if stem.is_some_and(|stem| stem == "dbt") { "dbt" } else { "kiln" }
}

fn run(words: &Words, args: &[OsString]) -> ExitCode {
    let environment = |name: &str| std::env::var(name).ok();
    match parsed(words, args, &environment) {
        Ok(parsed) => execute(parsed),
        Err(error) => refuse(program(args.first()), &error),
    }
}

/// The command with its settings from all layers.
fn parsed(words: &Words, args: &[OsString], environment: resolve::Environment<'_>) -> Result<Parsed> {
    let command = Command::from_word(words.which)
        .ok_or_else(|| Error::internal(format!("the command `{}` is not connected", words.which)))?;
    let (project_dir, profiles_dir) = resolve::folders(words, environment)?;
    let mut project = project_flags(project_dir.as_deref());
    let legacy =
        if project.is_empty() { legacy_flags(project_dir.as_deref(), profiles_dir.as_deref()) } else { Map::new() };
    let is_legacy = !legacy.is_empty();
    project.extend(legacy);
    let line: Vec<String> = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let written = resolve::Written { project, user: user_flags(environment) };
    let mut flags = resolve::resolve(words, environment, &written, format!("dbt {}", line.join(" ")))?;
    // `ls --models` lists nothing but models, as dbt does.
    if words.which == "list" && deprecated::has_model_option(words, &line) && flags.resource_types.is_empty() {
        flags.resource_types.push("model".to_owned());
    }
    let project = &written.project;
    let mut warnings = deprecated::unknown_variables(std::env::vars_os().map(|(name, _)| name));
    warnings.extend(deprecated::warnings(words, &line, environment, project));
    if is_legacy {
        let text = "`config` of profiles.yml has moved: write it as `flags` in the project file.";
        warnings.push(Warning::new("ProjectFlagsMovedDeprecation", text));
    }
    Ok(Parsed { command, flags, warnings })
}

/// The mapping under `flags:` of the project file; empty when it cannot be read, which loading the project then tells.
fn project_flags(project_dir: Option<&Path>) -> Map<String, Value> {
    let here = std::env::current_dir().unwrap_or_default();
    let folder = project_dir.map_or_else(|| project::find_project_dir(&here).ok(), |folder| Some(folder.to_owned()));
    let text = folder.and_then(|folder| {
        ["dbt_project.yml", "project.yml"].iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok())
    });
    mapping_of(text, "flags")
}

/// The mapping under `flags:` of the user's own settings for all projects, as dbt 1.12 reads them; a file with mistakes sets nothing.
fn user_flags(environment: resolve::Environment<'_>) -> Map<String, Value> {
    let file = environment("HOME").map(|home| Path::new(&home).join(".dbt").join("user_settings.yml"));
    mapping_of(file.and_then(|file| std::fs::read_to_string(file).ok()), "flags")
}

/// The mapping under `config:` of profiles.yml, where flags stood before they had a place in the project file.
fn legacy_flags(project_dir: Option<&Path>, profiles_dir: Option<&Path>) -> Map<String, Value> {
    let here = std::env::current_dir().unwrap_or_default();
    let folder = project::find_profiles_dir(profiles_dir, project_dir.unwrap_or(&here));
    mapping_of(std::fs::read_to_string(folder.join("profiles.yml")).ok(), "config")
}

/// The mapping under `key` of a YAML text; empty when there is none.
fn mapping_of(text: Option<String>, key: &str) -> Map<String, Value> {
    // Reading YAML costs more than finding out that there is nothing to read.
    let heading = format!("{key}:");
    let text = text.filter(|text| text.lines().any(|line| line.starts_with(&heading))).unwrap_or_default();
    let tree = project::parse_text(&text, key).map(|tree| tree.to_json());
    match tree.as_ref().ok().and_then(|tree| tree.get(key)) {
        Some(Value::Object(flags)) => flags.clone(),
        Some(_) | None => Map::new(),
    }
}

/// Does the command; 0 when all went well, 1 when something in it failed, 2 when it could not run.
fn execute(mut parsed: Parsed) -> ExitCode {
    let reporter = Reporter::new(&parsed.flags);
    reporter.listen();
    for warning in std::mem::take(&mut parsed.warnings) {
        if let Err(error) = reporter.warn_early(warning) {
            reporter.fail(error);
            return ExitCode::from(2);
        }
    }
    let code = match dispatch(parsed, &reporter) {
        Ok(ops::Ending::Success) => 0,
        Ok(ops::Ending::Failure) => 1,
        Ok(ops::Ending::Unable) => 2,
        Err(errors) => {
            for error in errors {
                reporter.fail(error);
            }
            2
        }
    };
    let code = match reporter.sum_up_deprecations() {
        Ok(()) => code,
        Err(error) => {
            reporter.fail(error);
            2
        }
    };
    reporter.complete(code == 0);
    reporter.finish();
    ExitCode::from(code)
}

/// Hands over to the operation.
fn dispatch(parsed: Parsed, reporter: &Reporter) -> std::result::Result<ops::Ending, Vec<Error>> {
    let flags = parsed.flags;
    match parsed.command {
        Command::Build | Command::Run | Command::Test | Command::Seed | Command::Snapshot => {
            ops::build(flags, reporter)
        }
        Command::Compile => ops::compile(flags, reporter),
        Command::Show => ops::show(flags, reporter),
        Command::List => ops::list(flags, reporter),
        Command::Parse => ops::parse(flags, reporter),
        Command::Freshness => ops::freshness(flags, reporter),
        Command::GenerateDocs => ops::generate_docs(flags, reporter),
        Command::ServeDocs => ops::serve_docs(flags, reporter),
        Command::RunOperation => ops::run_operation(flags, reporter),
        Command::Retry => ops::retry(flags, reporter),
        Command::Deps => ops::deps(flags, reporter),
        Command::Clone => ops::clone(flags, reporter),
        Command::Debug => ops::debug(flags, reporter),
        Command::Clean => ops::clean(flags, reporter),
        Command::Init => ops::init(flags, reporter),
        Command::Db => ops::database(flags, reporter),
    }
}

/// Tells why the command line makes no sense.
fn refuse(program: &str, error: &Error) -> ExitCode {
    let mut text = report::excerpt::fatal(error, Path::new("."));
    if error.hints().is_empty() {
        text.push_str(&format!("\n  hint: `{program} --help` lists commands and options"));
    }
    report::complain(&text);
    ExitCode::from(2)
}

/// What `--version` prints; tools look for the line with `installed`.
fn version() -> String {
    format!(
        "Core:\n  - installed: {}\n\nPlugins:\n  - postgres: 1.11.0\n\nkiln {}, which does what dbt of that version does on Postgres",
        report::DBT_VERSION,
        env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests;
