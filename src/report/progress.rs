//! Live progress on stderr: a bar for each running node, one for the whole run.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::event::{Event, Facts, Turn};
use super::node_line::description;
use super::outcome::Status;
use crate::name::UniqueId;

/// How often a running node's clock moves.
const TICK: Duration = Duration::from_millis(120);

/// The bars; they exist only while nodes run.
pub(super) struct Progress {
    bars: MultiProgress,
    all: Option<ProgressBar>,
    running: HashMap<UniqueId, ProgressBar>,
    failed: usize,
}

impl Progress {
    /// Bars on stderr; `None` unless it is a terminal that can move its cursor.
    pub fn on_stderr() -> Option<Progress> {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let wanted =
            std::io::stderr().is_terminal() && !dumb && std::env::var_os("CI").is_none_or(|value| value.is_empty());
        wanted.then(|| Progress::on(ProgressDrawTarget::stderr()))
    }

    fn on(target: ProgressDrawTarget) -> Progress {
        let bars = MultiProgress::with_draw_target(target);
        Progress { bars, all: None, running: HashMap::new(), failed: 0 }
    }

    /// Runs `print` while the bars are out of the way.
    pub fn pause(&self, print: impl FnOnce()) {
        self.bars.suspend(print);
    }

    /// Moves the bars as `event` says.
    pub fn follow(&mut self, event: &Event) {
        match event {
            Event::NodeStart { turn, facts, .. } => self.start(*turn, facts),
            Event::NodeEnd { turn, facts, outcome } => self.end(*turn, facts, outcome.status),
            Event::NodeSkip { turn, facts } => self.end(*turn, facts, Status::Skipped),
            Event::Finished { .. }
            | Event::Summary(_)
            | Event::FreshnessSummary(_)
            | Event::Error(_)
            | Event::Refused(_) => {
                self.clear();
            }
            Event::Version { .. }
            | Event::NodeStep { .. }
            | Event::Debug(_)
            | Event::Deps(_)
            | Event::Clean(_)
            | Event::Check(_)
            | Event::Adapter
            | Event::Found(_)
            | Event::Concurrency { .. }
            | Event::BatchStart { .. }
            | Event::BatchEnd { .. }
            | Event::HookStart { .. }
            | Event::HookEnd { .. }
            | Event::Completed { .. }
            | Event::Warning(_)
            | Event::Note(_)
            | Event::Detail(_)
            | Event::OperationFailed(_)
            | Event::JinjaLog { .. }
            | Event::JinjaPrint { .. }
            | Event::Statement { .. }
            | Event::Answer { .. }
            | Event::Wrote { .. }
            | Event::Docs(_)
            | Event::Payload(_) => {}
        }
    }

    fn start(&mut self, turn: Turn, facts: &Facts) {
        let all = self.whole(turn);
        let bar = self.bars.insert_before(&all, ProgressBar::new_spinner());
        bar.set_style(style("  {spinner} {wide_msg} {elapsed:>5}"));
        bar.set_message(description(facts));
        bar.enable_steady_tick(TICK);
        self.running.insert(facts.unique_id.clone(), bar);
    }

    fn end(&mut self, turn: Turn, facts: &Facts, status: Status) {
        let all = self.whole(turn);
        if let Some(bar) = self.running.remove(&facts.unique_id) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
        self.failed += usize::from(status.is_failure());
        all.inc(1);
        if self.failed > 0 {
            all.set_message(format!("{} failed", self.failed));
        }
    }

    /// The bar of the whole run, made when first needed.
    fn whole(&mut self, turn: Turn) -> ProgressBar {
        let bars = &self.bars;
        let make = || {
            let bar = bars.add(ProgressBar::new(turn.total as u64));
            bar.set_style(style("  {wide_bar} {pos} of {len} done {msg} {elapsed:>5}"));
            bar.enable_steady_tick(TICK);
            bar
        };
        self.all.get_or_insert_with(make).clone()
    }

    /// Takes all bars away.
    fn clear(&mut self) {
        for (_, bar) in self.running.drain() {
            bar.finish_and_clear();
        }
        if let Some(all) = self.all.take() {
            all.finish_and_clear();
        }
        self.failed = 0;
    }

    /// How many nodes the bar of the whole run counts as done.
    #[cfg(test)]
    fn done(&self) -> u64 {
        self.all.as_ref().map_or(0, ProgressBar::position)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates in this file are well formed").progress_chars("━╸─")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::report::line::tests::facts;
    use crate::report::outcome::Outcome;

    #[test]
    fn counts_are_those_of_the_run_and_end_with_it() {
        let mut progress = Progress::on(ProgressDrawTarget::hidden());
        let facts = Arc::new(facts("model.shop.a", "view", "s.a"));
        let turn = Turn { index: 1, total: 2 };
        progress.follow(&Event::NodeStart { turn, facts: facts.clone(), at: chrono::Utc::now() });
        assert_eq!((progress.running.len(), progress.done()), (1, 0));
        let outcome = Arc::new(Outcome::new(facts.unique_id.clone(), Status::Error));
        progress.follow(&Event::NodeEnd { turn, facts: facts.clone(), outcome });
        assert_eq!((progress.running.len(), progress.done(), progress.failed), (0, 1, 1));
        progress.follow(&Event::NodeSkip { turn, facts });
        assert_eq!(progress.done(), 2);
        progress.follow(&Event::Finished { nodes: Vec::new(), seconds: 0.1 });
        assert!(progress.all.is_none());
    }
}
