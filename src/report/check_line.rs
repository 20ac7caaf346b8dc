//! The lines of `debug`: settings, what is well and what is not.

use serde_json::json;

use super::event::CheckEvent;
use super::line::{Color, Line, paint, plain};
use crate::flag::Level;

/// The line that tells `event`.
pub(super) fn line(event: &CheckEvent) -> Line {
    let (name, code, text) = match event {
        CheckEvent::Said(text) => ("DebugCmdOut", "Z047", text.clone()),
        CheckEvent::Checked { what, is_well, verdict } => {
            let (word, color) = if *is_well { ("OK", Color::Green) } else { ("ERROR", Color::Red) };
            let verdict = paint(color, format!("{word} {verdict}").trim_end());
            ("DebugCmdOut", "Z047", format!("{what} [{verdict}]"))
        }
        CheckEvent::Result(text) => ("DebugCmdResult", "Z048", text.clone()),
    };
    let data = json!({ "msg": plain(&text) });
    Line::new(name, code, Level::Info, text, data)
}
