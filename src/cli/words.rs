//! The words of the command line, read by clap into what was given for each option.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::LazyLock;

use clap::builder::{PossibleValuesParser, ValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command as Parser};

use super::options::{self, CHOICES, Choice, IDLE, Takes};
use crate::error::{Error, Result};

/// What was given for one option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    Switch(bool),
    Word(String),
    Words(Vec<String>),
}

/// A command line that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// dbt's word for the command: `build`, `list`, `freshness`.
    pub which: &'static str,
    /// What was given, by parameter name.
    pub given: BTreeMap<&'static str, Given>,
    /// The positional word: a macro, a project's name, what to do with the database.
    pub positional: Option<String>,
}

/// What a command line asks for.
#[derive(Debug)]
pub(super) enum Asked {
    Run(Words),
    Version,
    /// The text of `--help`.
    Help(String),
    /// No command is named; the text says which there are.
    Nothing(String),
}

/// A command: dbt's word, the word on the command line, what it is for.
struct Entry {
    which: &'static str,
    name: &'static str,
    about: &'static str,
}

const COMMANDS: [Entry; 19] = [
    entry("build", "Load seeds, build models and snapshots, run tests, all in the order of the graph"),
    entry("run", "Build models"),
    entry("test", "Run data tests and unit tests"),
    entry("seed", "Load CSV files into tables"),
    entry("snapshot", "Bring the history tables up to date"),
    entry("compile", "Render SQL without running it; prints it for a single node"),
    entry("show", "Print the first rows of a node or of SQL given with --inline"),
    entry("list", "Print the nodes that a selection takes"),
    entry("parse", "Read the project and write manifest.json"),
    entry("docs", "Make the page that documents the project, or serve it"),
    entry("source", "Ask how old the rows of sources are"),
    entry("run-operation", "Run a macro"),
    entry("retry", "Do again what failed or was skipped in the last run"),
    entry("deps", "Install the packages of packages.yml"),
    entry("clone", "Make views on the relations of another environment, named by `--state`"),
    entry("debug", "Check project, profile and connection"),
    entry("clean", "Delete the folders of `clean-targets`"),
    entry("init", "Start a new project"),
    entry("db", "Keep the project's own Postgres running: start, stop, url, shell"),
];

const fn entry(name: &'static str, about: &'static str) -> Entry {
    Entry { which: name, name, about }
}

/// The forms of an option's name, which clap wants to live as long as the process.
struct Names {
    long: String,
    /// Name and long form of `--no-…`.
    opposite: String,
    opposite_long: String,
}

static NAMES: LazyLock<BTreeMap<&'static str, Names>> = LazyLock::new(|| {
    let names = |choice: &Choice| Names {
        long: choice.long(),
        opposite: format!("no_{}", choice.name),
        opposite_long: format!("no-{}", choice.long()),
    };
    CHOICES.iter().chain(IDLE).map(|choice| (choice.name, names(choice))).collect()
});

/// Commands of dbt that kiln does not have.
const MISSING: [&str; 2] = ["login", "system"];

/// Reads `args`, the first of which is the program's own name.
///
/// # Errors
///
/// `Usage`, with a hint where the right word can be guessed.
pub(super) fn read(program: &str, args: impl IntoIterator<Item = OsString>) -> Result<Asked> {
    let matches = match parser(program).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            return Ok(Asked::Help(error.render().ansi().to_string()));
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return Ok(Asked::Nothing(error.render().to_string()));
        }
        Err(error) => return Err(refused(&error)),
    };
    if matches.get_flag("version") {
        return Ok(Asked::Version);
    }
    let Some((which, after)) = command(&matches) else {
        return Err(Error::usage("a command is missing").hint(format!("`{program} --help` lists them")));
    };
    if after.get_flag("version") {
        return Ok(Asked::Version);
    }
    let mut given = collect(None, &matches);
    for (name, value) in collect(Some(which), after) {
        if given.insert(name, value).is_some() {
            let long = name.replace('_', "-");
            return Err(Error::usage(format!("`--{long}` is given both before and after the command"))
                .hint("write it in one place only"));
        }
    }
    let positional = ["macro", "project_name", "action"]
        .iter()
        .find_map(|id| after.try_get_one::<String>(id).ok().flatten())
        .cloned();
    Ok(Asked::Run(Words { which, given, positional }))
}

/// The innermost command, under dbt's word.
fn command(matches: &ArgMatches) -> Option<(&'static str, &ArgMatches)> {
    let (name, after) = matches.subcommand()?;
    if let Some((word, inner)) = after.subcommand() {
        let which = match word {
            "generate" => "generate",
            "serve" => "serve",
            _ => "freshness",
        };
        return Some((which, inner));
    }
    COMMANDS.iter().find(|entry| entry.name == name).map(|entry| (entry.which, after))
}

fn parser(program: &str) -> Parser {
    let mut parser = Parser::new("kiln")
        .bin_name(program.to_owned())
        .about("Turns a folder of SQL into a warehouse in Postgres; runs dbt projects unchanged")
        .subcommand_required(false)
        .arg_required_else_help(true)
        .args_override_self(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .infer_subcommands(false)
        .args(arguments(None).map(|arg| arg.hide(true)))
        .arg(version())
        .after_help(format!(
            "`{program} COMMAND --help` lists the options; those of every command may stand before it."
        ));
    for entry in &COMMANDS {
        parser = parser.subcommand(subcommand(entry));
    }
    parser
}

fn subcommand(entry: &Entry) -> Parser {
    let parser = Parser::new(entry.name).about(entry.about).args_override_self(true).disable_version_flag(true);
    let parser = match entry.name {
        "docs" => {
            let generate = inner("generate", "Write catalog.json and the page, index.html, into the target folder");
            let serve = inner("serve", "Serve the target folder on this machine until Ctrl-C");
            return holding(parser).subcommand(generate).subcommand(serve);
        }
        "source" => {
            let freshness = inner("freshness", "Ask how old the rows of sources are, and judge it");
            return holding(parser).subcommand(freshness.alias("snapshot-freshness"));
        }
        "list" => parser.visible_alias("ls"),
        "run-operation" => {
            parser.arg(Arg::new("macro").value_name("MACRO").help("Name of the macro, or package.macro"))
        }
        "init" => parser.arg(Arg::new("project_name").value_name("NAME").help("Name of the new project")),
        "db" => parser.arg(
            Arg::new("action")
                .required(true)
                .value_name("ACTION")
                .value_parser(["start", "stop", "url", "shell"])
                .help("What to do with it"),
        ),
        _ => parser,
    };
    parser.args(arguments(Some(entry.which))).arg(version())
}

/// A command that only holds others.
fn holding(parser: Parser) -> Parser {
    parser.subcommand_required(true).arg_required_else_help(true).disable_help_subcommand(true)
}

/// A command inside of another.
fn inner(which: &'static str, about: &'static str) -> Parser {
    Parser::new(which).about(about).args_override_self(true).args(arguments(Some(which))).arg(version())
}

fn version() -> Arg {
    let arg = Arg::new("version").long("version").short('V').short_alias('v').action(ArgAction::SetTrue);
    arg.help("Print the version")
}

/// The options of a command as clap's.
fn arguments(which: Option<&str>) -> impl Iterator<Item = Arg> {
    options::of(which).flat_map(|choice| {
        let is_idle = IDLE.iter().any(|idle| idle.name == choice.name);
        argument(choice).into_iter().map(move |arg| if is_idle { arg.hide(true) } else { arg })
    })
}

/// One option, and for a pair its opposite.
fn argument(choice: &'static Choice) -> Vec<Arg> {
    let names = &NAMES[choice.name];
    let mut arg = Arg::new(choice.name).long(names.long.as_str()).aliases(choice.aliases).help(choice.help);
    if let Some(short) = choice.short {
        arg = arg.short(short);
    }
    if choice.name == "select" {
        arg = arg.short_alias('m');
    }
    match choice.takes {
        Takes::Nothing => vec![arg.action(ArgAction::SetTrue)],
        Takes::Pair { is_on_by_default } => {
            let opposite = names.opposite.as_str();
            let off = Arg::new(opposite)
                .long(names.opposite_long.as_str())
                .action(ArgAction::SetTrue)
                .overrides_with(choice.name)
                .help(choice.help)
                .hide(!is_on_by_default);
            vec![arg.action(ArgAction::SetTrue).overrides_with(opposite).hide(is_on_by_default), off]
        }
        Takes::Word(name) => {
            vec![arg.value_name(name).allow_hyphen_values(matches!(choice.name, "inline" | "inline_direct" | "sql"))]
        }
        Takes::Number(name) => {
            vec![arg.value_name(name).allow_negative_numbers(true).value_parser(ValueParser::new(number))]
        }
        Takes::OneOf(words) => {
            vec![arg.value_name("WORD").ignore_case(true).value_parser(PossibleValuesParser::new(words))]
        }
        Takes::Words(name) => vec![arg.value_name(name).num_args(1..).action(ArgAction::Append)],
        Takes::Some(_) => vec![arg.value_name("TYPES").num_args(1..).action(ArgAction::Append)],
    }
}

/// A whole number, kept as text.
fn number(text: &str) -> std::result::Result<String, String> {
    text.parse::<i64>().map(|number| number.to_string()).map_err(|_| "it is no whole number".to_owned())
}

/// What was given on one side of the command.
fn collect(which: Option<&str>, matches: &ArgMatches) -> BTreeMap<&'static str, Given> {
    options::of(which).filter_map(|choice| Some((choice.name, given(choice, matches)?))).collect()
}

fn given(choice: &Choice, matches: &ArgMatches) -> Option<Given> {
    match choice.takes {
        Takes::Nothing => matches.get_flag(choice.name).then_some(Given::Switch(true)),
        Takes::Pair { .. } if matches.get_flag(choice.name) => Some(Given::Switch(true)),
        Takes::Pair { .. } => matches.get_flag(&NAMES[choice.name].opposite).then_some(Given::Switch(false)),
        Takes::Word(_) | Takes::Number(_) => matches.get_one::<String>(choice.name).cloned().map(Given::Word),
        Takes::OneOf(_) => matches.get_one::<String>(choice.name).map(|word| Given::Word(word.to_lowercase())),
        Takes::Words(_) | Takes::Some(_) => {
            let words = matches.get_many::<String>(choice.name)?;
            let mut words: Vec<String> = words.flat_map(|text| text.split_whitespace()).map(str::to_owned).collect();
            // `--select "$CHANGED"` without any changes chooses nothing, rather than everything.
            if words.is_empty() && matches!(choice.name, "select" | "exclude") {
                words.push(String::new());
            }
            Some(Given::Words(words))
        }
    }
}

/// clap's refusal as ours, with its guess as a hint.
fn refused(error: &clap::Error) -> Error {
    let about = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        Some(ContextValue::StyledStrs(_)) | Some(_) | None => None,
    };
    let word = about(ContextKind::InvalidSubcommand);
    if let Some(word) = word.filter(|word| MISSING.contains(&word.as_str())) {
        return Error::usage(format!("`{word}` is a command of dbt that kiln does not have yet"));
    }
    if error.kind() == ErrorKind::MissingRequiredArgument {
        return Error::usage(format!("`{}` is missing", about(ContextKind::InvalidArg).unwrap_or_default()));
    }
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default();
    let mut refusal = Error::usage(first.strip_prefix("error: ").unwrap_or(first).replace('\'', "`"));
    let guess = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(guess) = guess.into_iter().find_map(about) {
        refusal = refusal.hint(format!("did you mean `{guess}`?"));
    }
    if let Some(ContextValue::Strings(words)) = error.get(ContextKind::ValidValue)
        && !words.is_empty()
    {
        refusal = refusal.hint(format!("one of: {}", words.join(", ")));
    }
    refusal
}

/// Lets clap look for mistakes in the table of options.
#[cfg(test)]
pub(super) fn debug_assert() {
    parser("kiln").debug_assert();
}
