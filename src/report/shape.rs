//! The shape of a line in a sink: text, text for debugging, JSON.

use chrono::{DateTime, Local, SecondsFormat, Utc};
use serde_json::json;

use super::line::{Line, plain};
use crate::flag::{Level, LogFormat};

/// How a sink wants its lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub format: LogFormat,
    pub colors: bool,
}

/// `line` as `shape` wants it, told now by this thread.
pub(super) fn shaped(line: &Line, shape: &Shape, invocation_id: &str) -> String {
    let text = || match (&line.heading, shape.colors) {
        (None, true) => line.text.clone(),
        (None, false) => plain(&line.text),
        (Some(heading), _) => format!("{heading}\n{}", line.text),
    };
    match shape.format {
        LogFormat::Json => as_json(line, &without_color(line), invocation_id),
        LogFormat::Otel => as_record(line),
        LogFormat::Text | LogFormat::Default if line.asked_for => text(),
        LogFormat::Text | LogFormat::Default => {
            let text = if line.is_block { hanging(&text()) } else { text() };
            format!("{}  {text}", Local::now().format("%H:%M:%S"))
        }
        LogFormat::Debug => {
            let thread: String = thread_name().chars().take(10).collect();
            let (time, level) = (Local::now().format("%H:%M:%S%.6f"), line.level.word());
            format!("{time} [{level:<5}] [{thread:<10}]: {}", text())
        }
    }
}

/// `text` with all lines but the first as far to the right as the time moves that one.
fn hanging(text: &str) -> String {
    let margin = " ".repeat("HH:MM:SS  ".len());
    let mut lines = text.lines();
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&margin);
            out.push_str(line);
        }
    }
    out
}

/// The line that separates the invocations of a log.
pub(super) fn header(started_at: DateTime<Utc>, invocation_id: &str) -> String {
    let rule = "=".repeat(30);
    let time = started_at.with_timezone(&Local).format("%H:%M:%S%.6f");
    format!("\n\n{rule} {time} | {invocation_id} {rule}")
}

/// The text of a line as JSON has it.
fn without_color(line: &Line) -> String {
    let text = plain(&line.text);
    line.heading.as_ref().map_or(text.clone(), |heading| format!("{heading}\n{text}"))
}

fn as_json(line: &Line, text: &str, invocation_id: &str) -> String {
    json!({
        "data": line.data,
        "info": {
            "category": "",
            "code": line.code,
            "extra": {},
            "invocation_id": invocation_id,
            "level": line.level.word(),
            "msg": text,
            "name": line.name,
            "pid": std::process::id(),
            "thread": thread_name(),
            "ts": Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
        },
    })
    .to_string()
}

/// The line as a record that dbt 1.12 reads from its parser: it tells the body again, at the severity that the record has.
fn as_record(line: &Line) -> String {
    let (severity, word) = match line.level {
        Level::Debug => (5, "DEBUG"),
        Level::Info => (9, "INFO"),
        Level::Warn => (13, "WARN"),
        Level::Error | Level::None => (17, "ERROR"),
    };
    let kind = if line.asked_for { "UserLogMessage" } else { "LogMessage" };
    let text = plain(&line.text);
    let now = Utc::now().timestamp_nanos_opt().unwrap_or_default();
    json!({
        "record_type": "LogRecord",
        "time_unix_nano": now.to_string(),
        "severity_number": severity,
        "severity_text": word,
        // The reader marks warnings itself.
        "body": text.strip_prefix("[WARNING]: ").unwrap_or(&text),
        "event_type": format!("v1.public.events.fusion.log.{kind}"),
        "attributes": {"name": line.name},
    })
    .to_string()
}

/// The name of this thread, in dbt's words for the first one.
fn thread_name() -> String {
    match std::thread::current().name() {
        Some("main") | None => "MainThread".to_owned(),
        Some(name) => name.to_owned(),
    }
}
