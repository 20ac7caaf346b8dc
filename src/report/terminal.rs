//! Standard output, which may be closed by its reader at any time.

use std::io::{IsTerminal, Write};
#[cfg(test)]
use std::sync::{Arc, Mutex, PoisonError};

use super::line::plain;

/// Where printed lines go.
pub(super) struct Terminal {
    out: Out,
}

enum Out {
    Stdout,
    /// The reader went away, or nobody listens.
    Nowhere,
    /// For tests.
    #[cfg(test)]
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl Terminal {
    /// This process's standard output.
    pub fn stdout() -> Terminal {
        Terminal { out: Out::Stdout }
    }

    /// Prints nothing.
    #[cfg(test)]
    pub fn nowhere() -> Terminal {
        Terminal { out: Out::Nowhere }
    }

    /// Prints into the returned buffer.
    #[cfg(test)]
    pub fn memory() -> (Terminal, Arc<Mutex<Vec<u8>>>) {
        let buffer = Arc::new(Mutex::new(Vec::new()));
        (Terminal { out: Out::Memory(buffer.clone()) }, buffer)
    }

    /// Whether a person sees it.
    pub fn is_terminal(&self) -> bool {
        match self.out {
            Out::Stdout => std::io::stdout().is_terminal(),
            Out::Nowhere => false,
            #[cfg(test)]
            Out::Memory(_) => false,
        }
    }

    /// How many columns the person's terminal has.
    pub fn columns(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok().filter(|_| self.is_terminal())?;
        (size.ws_col > 0).then_some(usize::from(size.ws_col))
    }

    /// Prints `text` and a newline. A closed pipe ends the printing, not the run.
    pub fn write(&mut self, text: &str) {
        match &self.out {
            Out::Stdout => {
                let mut stdout = std::io::stdout().lock();
                let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
                drop(stdout);
                if written.is_err() {
                    self.out = Out::Nowhere;
                }
            }
            Out::Nowhere => {}
            #[cfg(test)]
            Out::Memory(buffer) => {
                let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
                buffer.extend_from_slice(text.as_bytes());
                buffer.push(b'\n');
            }
        }
    }

    /// Hands everything to the system.
    pub fn flush(&mut self) {
        if let Out::Stdout = self.out
            && std::io::stdout().flush().is_err()
        {
            self.out = Out::Nowhere;
        }
    }
}

/// Prints what a user asked of kiln itself, such as its version.
pub fn answer(text: &str) {
    let mut terminal = Terminal::stdout();
    let colors = terminal.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    terminal.write(&if colors { text.to_owned() } else { plain(text) });
    terminal.flush();
}

/// Prints why a command line makes no sense, on stderr.
pub fn complain(text: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
