//! What the process has used, for the end of a log.

use serde_json::{Value, json};

use super::line::Line;
use crate::flag::Level;

/// The line on time, memory and blocks that the process has taken so far; none where the system does not tell.
pub(super) fn line(command: &str, success: bool, seconds: f64) -> Option<Line> {
    let usage = usage()?;
    let span = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let data = json!({
        "command_name": command,
        "command_success": success,
        "command_wall_clock_time": seconds,
        "process_in_blocks": usage.ru_inblock.to_string(),
        "process_kernel_time": span(usage.ru_stime),
        "process_mem_max_rss": usage.ru_maxrss.to_string(),
        "process_out_blocks": usage.ru_oublock.to_string(),
        "process_user_time": span(usage.ru_utime),
    });
    let text = format!("Resource report: {}", spaced(&data));
    Some(Line::new("ResourceReport", "Z051", Level::Debug, text, data))
}

/// An object on one line with a blank after commas and colons, as Python writes it.
fn spaced(data: &Value) -> String {
    let pairs = data.as_object().into_iter().flatten().map(|(key, value)| format!("{}: {value}", json!(key)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

fn usage() -> Option<libc::rusage> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the call fills the whole structure that it is given when it answers 0, and keeps no pointer to it.
    unsafe { (libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) == 0).then(|| usage.assume_init()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_used_memory() {
        let line = line("run", true, 1.5).unwrap();
        assert!(line.data["process_mem_max_rss"].as_str().unwrap().parse::<u64>().unwrap() > 0);
        assert!(line.text.starts_with(r#"Resource report: {"command_name": "run", "command_success": true, "#));
    }
}
