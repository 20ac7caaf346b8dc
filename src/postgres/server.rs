//! A server that sessions can be opened on, with what keeps it alive.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::cancel::{Canceller, Live};
use super::session::Session;
use super::settings::Settings;
use crate::error::Result;

/// A server: cheap to clone, shared by all workers.
#[derive(Clone)]
pub struct Server(Arc<Body>);

struct Body {
    settings: Settings,
    max_sessions: Option<usize>,
    live: Arc<Live>,
    is_warned_of_timeouts: AtomicBool,
    /// Whatever must live as long as the server is used, such as one that kiln started itself.
    _guard: Option<Box<dyn Any + Send + Sync>>,
}

impl Server {
    /// The server that `settings`, filled up from libpq's environment, lead to; nothing is connected yet.
    pub fn new(settings: Settings) -> Server {
        Server::guarded(settings, None, None)
    }

    /// A server that takes at most `max_sessions` at a time and lives as long as `guard`.
    pub fn guarded(
        settings: Settings,
        max_sessions: Option<usize>,
        guard: Option<Box<dyn Any + Send + Sync>>,
    ) -> Server {
        Server(Arc::new(Body {
            settings,
            max_sessions,
            live: Arc::default(),
            is_warned_of_timeouts: AtomicBool::default(),
            _guard: guard,
        }))
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Sessions that may be open at the same time; none when only the server's own limit counts.
    pub fn max_sessions(&self) -> Option<usize> {
        self.0.max_sessions
    }

    /// Opens a session, with as many attempts as the settings allow.
    ///
    /// # Errors
    ///
    /// `Connection` when the server cannot be reached or refuses.
    pub fn session(&self) -> Result<Session> {
        Session::open(self)
    }

    /// A handle to stop whatever the sessions of this server are doing.
    pub fn canceller(&self) -> Canceller {
        Canceller::new(self.clone())
    }

    /// Warns, once, where `text` sets a limit of time that the server never heeds: one that takes a single session has no clock.
    pub(super) fn warn_of_timeouts(&self, text: &str) {
        let is_set = || ["statement_timeout", "transaction_timeout"].iter().any(|name| text.contains(name));
        if self.max_sessions() == Some(1) && is_set() && !self.0.is_warned_of_timeouts.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the PostgreSQL compiled into kiln accepts `statement_timeout` and never ends a statement for it"
            );
        }
    }

    pub(super) fn live(&self) -> &Arc<Live> {
        &self.0.live
    }
}
