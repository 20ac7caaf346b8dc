//! What modules below say through `tracing`, such as Postgres' notices, told as events.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};

use super::event::{Event, Warning};
use super::reporter::Reporter;

/// Where the driver says what the server noticed.
const NOTICES: &str = "sqlx::postgres::notice";

/// Tells warnings of kiln as warnings, everything else as details.
pub(super) struct Listener {
    pub reporter: Reporter,
}

impl Subscriber for Listener {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        let is_heard = about.target().starts_with("kiln") || about.target() == NOTICES;
        is_heard && about.is_event() && (*about.level() <= Level::WARN || self.reporter.hears_details())
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        let is_warning = *event.metadata().level() <= Level::WARN && event.metadata().target() != NOTICES;
        self.reporter.tell(match is_warning {
            true => Event::Warning(Warning::new("Note", message.0)),
            false => Event::Detail(message.0),
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The field called `message`.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
