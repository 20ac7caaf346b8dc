//! The handle through which everyone tells events.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};

use super::deprecation::{self, Counts};
use super::event::{DebugEvent, Event, Facts, Warning};
use super::line::{Layout, Line, lines};
use super::log_file::LogFile;
use super::outcome::Outcome;
use super::progress::Progress;
use super::secret::Secrets;
use super::settings::{Fate, Settings};
use super::shape::{header, shaped};
use super::terminal::Terminal;
use super::trace::Listener;
use crate::error::{Error, Kind, Result};
use crate::flag::{Flags, Level, LogFormat};

/// A cheap handle to the sinks of this invocation; clones tell to the same ones, from any thread.
#[derive(Clone)]
pub struct Reporter {
    shared: Arc<Shared>,
}

struct Shared {
    invocation_id: String,
    started_at: DateTime<Utc>,
    settings: Settings,
    /// The project's folder, once it is known.
    root: OnceLock<PathBuf>,
    secrets: Secrets,
    deprecations: Counts,
    /// Warnings that are told after the first line.
    waiting: Mutex<Vec<Warning>>,
    sinks: Mutex<Sinks>,
}

/// Where lines go; one lock, so that lines of threads do not mix.
struct Sinks {
    terminal: Terminal,
    progress: Option<Progress>,
    log: Log,
    /// Nodes that were told of, by their ids.
    known: HashMap<String, Arc<Facts>>,
    /// Whether the end of the command has been told.
    is_completed: bool,
}

impl Sinks {
    fn new(terminal: Terminal, progress: Option<Progress>, log: Log) -> Sinks {
        Sinks { terminal, progress, log, known: HashMap::new(), is_completed: false }
    }

    fn remember(&mut self, event: &Event) {
        if let Event::NodeStart { facts, .. }
        | Event::HookStart { facts, .. }
        | Event::Debug(DebugEvent::Begun { facts, .. }) = event
        {
            self.known.insert(facts.unique_id.to_string(), Arc::clone(facts));
        }
        self.is_completed |= matches!(event, Event::Completed { .. });
    }
}

/// The log file, or what it has to catch up with.
enum Log {
    Waiting(Vec<String>),
    Open(LogFile),
    Off,
}

impl Reporter {
    /// Tells to the terminal as `flags` say; the log file is opened later by `log_to`.
    pub fn new(flags: &Flags) -> Reporter {
        let text = !matches!(flags.log_format, LogFormat::Json | LogFormat::Otel);
        let progress = if text && !flags.quiet { Progress::on_stderr() } else { None };
        let log = if flags.log_level_file == Level::None { Log::Off } else { Log::Waiting(Vec::new()) };
        let terminal = Terminal::stdout();
        let mut settings = Settings::new(flags, terminal.is_terminal());
        if let Some(columns) = terminal.columns() {
            settings.fit(columns);
        }
        let reporter = Reporter::assemble(settings, Sinks::new(terminal, progress, log));
        reporter.begin();
        reporter
    }

    /// Tells nobody; for tests and for rendering outside a run.
    #[cfg(test)]
    pub fn silent() -> Reporter {
        let settings = Settings::new(&Flags { quiet: true, ..Flags::default() }, false);
        Reporter::assemble(settings, Sinks::new(Terminal::nowhere(), None, Log::Off))
    }

    fn assemble(settings: Settings, sinks: Sinks) -> Reporter {
        let shared = Shared {
            invocation_id: settings.invocation_id.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            started_at: Utc::now(),
            settings,
            root: OnceLock::new(),
            secrets: Secrets::from_environment(),
            deprecations: Counts::default(),
            waiting: Mutex::default(),
            sinks: Mutex::new(sinks),
        };
        Reporter { shared: Arc::new(shared) }
    }

    /// The id of this invocation, as logs, artifacts and `invocation_id` in templates have it.
    pub fn invocation_id(&self) -> &str {
        &self.shared.invocation_id
    }

    /// When this invocation began.
    pub fn started_at(&self) -> DateTime<Utc> {
        self.shared.started_at
    }

    /// Reads the sources that errors show below `root`, the project's folder.
    pub fn in_project(&self, root: &Path) {
        // The first one stays: a process works on one project.
        let _ = self.shared.root.set(root.to_owned());
    }

    /// From here on writes `dbt.log` in `directory`, with what was told before.
    ///
    /// # Errors
    ///
    /// `Io` when the file cannot be opened.
    pub fn log_to(&self, directory: &Path) -> Result<()> {
        let mut sinks = self.sinks();
        if let Log::Waiting(held) = &mut sinks.log {
            let mut file = LogFile::open(directory, self.shared.settings.file_max_bytes)?;
            for line in held.drain(..) {
                file.write(&line);
            }
            file.flush();
            sinks.log = Log::Open(file);
        }
        Ok(())
    }

    /// Tells `event` to every sink whose level it has.
    pub fn tell(&self, event: Event) {
        let settings = &self.shared.settings;
        let is_printed = matches!(event, Event::JinjaPrint { .. });
        let is_detail = matches!(event, Event::Debug(_) | Event::Statement { .. } | Event::Answer { .. });
        if is_printed && !settings.prints || is_detail && !self.hears_details() {
            return;
        }
        let mut sinks = self.sinks();
        if let Some(progress) = &mut sinks.progress {
            progress.follow(&event);
        }
        sinks.remember(&event);
        let told = {
            let root = self.shared.root.get().map_or(Path::new("."), PathBuf::as_path);
            let layout = Layout {
                width: settings.width,
                root,
                command: &settings.command,
                words: &settings.words,
                is_quiet: settings.quiet,
                has_data: settings.has_data(),
                named_deprecations: settings.named_deprecations,
                known: &sinks.known,
            };
            lines(&event, &layout)
        };
        for line in told {
            self.write(&line, &mut sinks);
        }
        drop(sinks);
        if matches!(event, Event::Version { .. }) {
            self.waiting().drain(..).for_each(|warning| self.tell(Event::Warning(warning)));
        }
    }

    /// Tells that all nodes have ended.
    pub fn tell_ended(&self, outcomes: &[Outcome], seconds: f64, success: bool) {
        // They are many, and only `data` has them.
        let outcomes = if self.shared.settings.has_data() { outcomes.to_vec() } else { Vec::new() };
        self.tell(Event::Debug(DebugEvent::Ended { outcomes, seconds, success }));
    }

    /// Tells a warning, unless it is silenced; of deprecated forms only the first of each kind.
    ///
    /// # Errors
    ///
    /// The warning itself, when `--warn-error` or `--warn-error-options` makes it one.
    pub fn warn(&self, warning: Warning) -> Result<()> {
        if let Some(warning) = self.judge(warning)? {
            self.tell(Event::Warning(warning));
        }
        Ok(())
    }

    /// Like `warn`, for what is known before the first line of the command is told: it waits for that.
    ///
    /// # Errors
    ///
    /// As `warn`.
    pub fn warn_early(&self, warning: Warning) -> Result<()> {
        let warning = self.judge(warning)?;
        self.waiting().extend(warning);
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Warning>> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The warning as it is to be told; none when it is silenced or known.
    fn judge(&self, warning: Warning) -> Result<Option<Warning>> {
        let settings = &self.shared.settings;
        match settings.fate(warning.name) {
            Fate::Silence => Ok(None),
            Fate::Error => Err(Error::new(Kind::Compilation, warning.text)),
            Fate::Warning if !deprecation::is_deprecation(warning.name) => Ok(Some(warning)),
            Fate::Warning => {
                let is_told = self.shared.deprecations.add(warning.name) || settings.all_deprecations;
                Ok(is_told.then(|| Warning { text: deprecation::headed(&warning.text), ..warning }))
            }
        }
    }

    /// Tells how often each deprecated form was met, when there was one; called once, before the command ends.
    ///
    /// # Errors
    ///
    /// As `warn`.
    pub fn sum_up_deprecations(&self) -> Result<()> {
        let settings = &self.shared.settings;
        let Some(summary) = self.shared.deprecations.summary(settings.all_deprecations) else { return Ok(()) };
        match settings.fate(summary.name) {
            Fate::Error => Err(Error::new(Kind::Compilation, summary.text)),
            Fate::Warning => {
                self.tell(Event::Warning(summary));
                Ok(())
            }
            Fate::Silence => Ok(()),
        }
    }

    /// Whether a warning called `name` is an error in this invocation, as for tests that warn.
    pub fn is_promoted(&self, name: &str) -> bool {
        self.shared.settings.fate(name) == Fate::Error
    }

    /// `text` without the values of secret variables.
    pub fn scrub(&self, text: &str) -> String {
        self.shared.secrets.scrub(text)
    }

    /// Makes every sink drop `secret` from what it tells: the value of a secret variable that is not in the environment.
    pub fn hide(&self, secret: &str) {
        self.shared.secrets.add(secret);
    }

    /// Tells the error that ended the command.
    pub fn fail(&self, error: Error) {
        self.tell(Event::Error(Arc::new(error)));
    }

    /// Whether statements are told at all, so that callers need not make texts that nobody reads.
    pub fn hears_details(&self) -> bool {
        let settings = &self.shared.settings;
        settings.console_level == Level::Debug || settings.file_level == Level::Debug
    }

    /// From here on also tells what modules below say through `tracing`, such as Postgres' notices.
    pub fn listen(&self) {
        // A second listener in one process is a test's; the first one stays.
        let _ = tracing::subscriber::set_global_default(Listener { reporter: self.clone() });
    }

    /// Tells the end of a command that has not told it itself.
    pub fn complete(&self, success: bool) {
        if !self.sinks().is_completed {
            let seconds = (Utc::now() - self.shared.started_at).as_seconds_f64();
            self.tell(Event::Completed { success, seconds });
        }
    }

    /// Writes everything out; called once at the end.
    pub fn finish(&self) {
        let mut sinks = self.sinks();
        sinks.terminal.flush();
        if let Log::Open(file) = &mut sinks.log {
            file.flush();
        }
    }

    /// The line that separates invocations.
    fn begin(&self) {
        let settings = &self.shared.settings;
        let text = header(self.shared.started_at, &self.shared.invocation_id);
        let mut sinks = self.sinks();
        if settings.console.format == LogFormat::Debug {
            sinks.terminal.write(&text);
        }
        if settings.file.format == LogFormat::Debug
            && let Log::Waiting(held) = &mut sinks.log
        {
            held.push(text);
        }
    }

    fn write(&self, line: &Line, sinks: &mut Sinks) {
        let settings = &self.shared.settings;
        if line.level >= settings.console_level || (line.asked_for && settings.console_level != Level::None) {
            let text = self.scrub(&shaped(line, &settings.console, &self.shared.invocation_id));
            let terminal = &mut sinks.terminal;
            match &sinks.progress {
                Some(progress) => progress.pause(|| terminal.write(&text)),
                None => terminal.write(&text),
            }
        }
        if line.level >= settings.file_level && !matches!(sinks.log, Log::Off) {
            let text = self.scrub(&shaped(line, &settings.file, &self.shared.invocation_id));
            match &mut sinks.log {
                Log::Waiting(held) => held.push(text),
                Log::Open(file) => {
                    file.write(&text);
                    if line.level > Level::Debug {
                        file.flush();
                    }
                }
                Log::Off => {}
            }
        }
    }

    fn sinks(&self) -> MutexGuard<'_, Sinks> {
        // A thread that panicked while printing leaves at worst a cut line.
        self.shared.sinks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::WarnErrors;
    use crate::report::event::Payload;

    fn written(flags: &Flags, events: Vec<Event>) -> String {
        let (terminal, buffer) = Terminal::memory();
        let settings = Settings::new(flags, false);
        let reporter = Reporter::assemble(settings, Sinks::new(terminal, None, Log::Off));
        for event in events {
            reporter.tell(event);
        }
        reporter.finish();
        let bytes = buffer.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        regex::Regex::new(r"\d\d:\d\d:\d\d").unwrap().replace_all(&text, "HH:MM:SS").into_owned()
    }

    fn events() -> Vec<Event> {
        vec![
            Event::Adapter,
            Event::Detail("hidden".to_owned()),
            Event::JinjaPrint { text: "printed".to_owned() },
            Event::Payload(Payload::Compiled {
                node: Some("v".to_owned()),
                unique_id: "model.shop.v".to_owned(),
                sql: "select 1".to_owned(),
                json: false,
            }),
        ]
    }

    #[test]
    fn a_console_tells_with_time_and_what_was_asked_for_without() {
        insta::assert_snapshot!(written(&Flags::default(), events()), @r"
        HH:MM:SS  Registered adapter: postgres=1.11.0
        printed
        Compiled node 'v' is:
        select 1
        ");
    }

    #[test]
    fn a_quiet_console_tells_only_what_was_asked_for() {
        let flags = Flags { quiet: true, ..Flags::default() };
        assert_eq!(written(&flags, events()), "printed\nselect 1\n");
        let flags = Flags { quiet: true, print: false, ..Flags::default() };
        assert_eq!(written(&flags, events()), "select 1\n");
    }

    #[test]
    fn a_json_console_has_one_object_a_line() {
        let flags = Flags { log_format: LogFormat::Json, ..Flags::default() };
        let text = written(&flags, events());
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0]["info"]["name"], "AdapterRegistered");
        assert_eq!(lines[2]["data"]["compiled"], "select 1");
    }

    #[test]
    fn warnings_are_told_silenced_or_errors() {
        let reporter = |options: WarnErrors| {
            let flags = Flags { warn_error_options: options, ..Flags::default() };
            let sinks = Sinks::new(Terminal::nowhere(), None, Log::Off);
            Reporter::assemble(Settings::new(&flags, false), sinks)
        };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let all = reporter(WarnErrors { all: true, warn: names(&["NothingToDo"]), ..WarnErrors::default() });
        assert!(all.is_promoted("JinjaLogWarning"));
        assert!(!all.is_promoted("NothingToDo"));
        let some = reporter(WarnErrors { error: names(&["Deprecations"]), ..WarnErrors::default() });
        assert!(some.is_promoted("CustomKeyInObjectDeprecation"));
        assert!(some.warn(Warning { name: "JinjaLogWarning", text: "careful".to_owned() }).is_ok());
    }

    #[test]
    fn the_log_file_catches_up_with_what_was_told_before_it_was_open() {
        let folder = tempfile::tempdir().unwrap();
        let sinks = Sinks::new(Terminal::nowhere(), None, Log::Waiting(Vec::new()));
        let reporter = Reporter::assemble(Settings::new(&Flags::default(), false), sinks);
        reporter.begin();
        reporter.tell(Event::Adapter);
        reporter.log_to(folder.path()).unwrap();
        reporter.tell(Event::Detail("after".to_owned()));
        reporter.finish();
        let text = std::fs::read_to_string(folder.path().join("dbt.log")).unwrap();
        assert!(text.contains(&format!("| {} ====", reporter.invocation_id())));
        assert!(text.contains("[info ]") && text.contains("Registered adapter"));
        assert!(text.trim_end().ends_with("after"));
    }
}
