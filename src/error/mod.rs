//! The one error type: who must act, what was wrong, where, why, and what to do now.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};

mod suggest;

pub use suggest::closest;

/// Result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who must act on an error, which also gives the words that head it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line or an environment variable is wrong.
    Usage,
    /// A file cannot be read as what it should be: YAML, Jinja syntax, CSV, doubled names.
    Parsing,
    /// The project asks for something that does not exist or does not fit, or a macro raised an error.
    Compilation,
    /// Postgres refused a statement.
    Database,
    /// No session with the server could be opened, or it broke.
    Connection,
    /// The file system refused.
    Io,
    /// Something outside the project's text went wrong while running, such as a lock held by another run.
    Runtime,
    /// The user asked to stop.
    Cancelled,
    /// A mistake of kiln itself.
    Internal,
}

impl Kind {
    /// The heading under which dbt's users know this kind of error.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Usage => "Usage Error",
            Kind::Parsing => "Parsing Error",
            Kind::Compilation => "Compilation Error",
            Kind::Database | Kind::Connection => "Database Error",
            Kind::Io | Kind::Runtime | Kind::Cancelled => "Runtime Error",
            Kind::Internal => "Internal Error",
        }
    }
}

/// A position in a file of the user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path as the user would write it: relative to the project where the file lies in it.
    pub file: PathBuf,
    /// Counted from 1; 0 when only the file is known.
    pub line: u32,
    /// In characters, counted from 1; 0 when only the line is known.
    pub column: u32,
}

/// Folder in which the files of the built-in macros stand for messages; no project has one of this name.
pub const BUILT_IN: &str = "<kiln>";

impl Place {
    /// Whether the file is one of kiln's own, which the user cannot open.
    pub fn is_built_in(&self) -> bool {
        self.file.starts_with(BUILT_IN)
    }

    /// A file without a position in it.
    pub fn file(path: impl Into<PathBuf>) -> Place {
        Place { file: path.into(), line: 0, column: 0 }
    }

    /// A line and column, both counted from 1, of a file.
    pub fn at(path: impl Into<PathBuf>, line: u32, column: u32) -> Place {
        Place { file: path.into(), line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if self.line > 0 {
            write!(out, ":{}", self.line)?;
        }
        if self.line > 0 && self.column > 0 {
            write!(out, ":{}", self.column)?;
        }
        Ok(())
    }
}

/// One link of the chain of macro calls that led to an error, innermost first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What was running there: `macro dbt.statement`, `model orders`.
    pub what: String,
    /// Where in its text.
    pub place: Option<Place>,
}

/// What went wrong; see the module's first line.
pub struct Error(Box<Body>);

struct Body {
    kind: Kind,
    message: String,
    place: Option<Place>,
    calls: Vec<Call>,
    hints: Vec<String>,
    details: Vec<(&'static str, String)>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` is one line in lower case without a final period.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error(Box::new(Body {
            kind,
            message: message.into(),
            place: None,
            calls: Vec::new(),
            hints: Vec::new(),
            details: Vec::new(),
            cause: None,
        }))
    }

    /// The command line or an environment variable is wrong.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Kind::Usage, message)
    }

    /// A file cannot be read as what it should be.
    pub fn parsing(message: impl Into<String>) -> Error {
        Error::new(Kind::Parsing, message)
    }

    /// The project does not fit together, or a macro raised an error.
    pub fn compilation(message: impl Into<String>) -> Error {
        Error::new(Kind::Compilation, message)
    }

    /// Postgres refused a statement.
    pub fn database(message: impl Into<String>) -> Error {
        Error::new(Kind::Database, message)
    }

    /// Something outside the project's text went wrong while running.
    pub fn runtime(message: impl Into<String>) -> Error {
        Error::new(Kind::Runtime, message)
    }

    /// A mistake of kiln itself.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Kind::Internal, message)
    }

    /// The file system refused `action` (`read`, `write`, `create`) on `path`.
    pub fn io(action: &str, path: &Path, cause: std::io::Error) -> Error {
        Error::new(Kind::Io, format!("could not {action} `{}`: {cause}", path.display())).because(cause)
    }

    /// Adds where it happened; an earlier place, which is nearer to the cause, stays.
    #[must_use]
    pub fn at(mut self, place: Place) -> Error {
        self.0.place.get_or_insert(place);
        self
    }

    /// Puts a better place in the stead of the one so far.
    #[must_use]
    pub fn moved_to(mut self, place: Place) -> Error {
        self.0.place = Some(place);
        self
    }

    /// Drops the chain of calls, where it says nothing to the user.
    #[must_use]
    pub fn forget_calls(mut self) -> Error {
        self.0.calls.clear();
        self
    }

    /// Adds one thing that the user can do now.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hints.push(hint.into());
        self
    }

    /// Adds the next outer link of the chain of macro calls.
    #[must_use]
    pub fn called_from(mut self, call: Call) -> Error {
        self.0.calls.push(call);
        self
    }

    /// Adds a named line that the server or a parser gave besides the message, such as `DETAIL`.
    #[must_use]
    pub fn detail(mut self, name: &'static str, text: impl Into<String>) -> Error {
        self.0.details.push((name, text.into()));
        self
    }

    /// Attaches the error that led to this one.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.0.cause = Some(cause.into());
        self
    }

    /// Who must act.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The one-line message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it happened, when that is known.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The chain of macro calls, innermost first.
    pub fn calls(&self) -> &[Call] {
        &self.0.calls
    }

    /// What the user can do now.
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// Named lines besides the message, in the order given.
    pub fn details(&self) -> &[(&'static str, String)] {
        &self.0.details
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}: {}", self.0.kind, self.0.message)?;
        if let Some(place) = &self.0.place {
            write!(out, " at {place}")?;
        }
        if let Some(cause) = &self.0.cause {
            write!(out, " because {cause}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}
