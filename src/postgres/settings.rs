//! How to reach a server and what a session on it looks like: plain data, filled by `project` from profiles.yml.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};

/// A text that never shows in `Debug` output.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The hidden text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("*****")
    }
}

/// How much a connection asks of TLS, as libpq's `sslmode` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only when the server insists.
    Allow,
    /// When the server can.
    Prefer,
    /// Always, whoever signed the certificate.
    Require,
    /// Always, with a certificate of a known authority.
    VerifyCa,
    /// Always, with a certificate of a known authority for this host.
    VerifyFull,
}

impl SslMode {
    /// The mode that libpq's `word` names.
    ///
    /// # Errors
    ///
    /// `Usage` for another word.
    pub fn from_word(word: &str) -> Result<SslMode> {
        Ok(match word.to_ascii_lowercase().as_str() {
            "disable" => SslMode::Disable,
            "allow" => SslMode::Allow,
            "prefer" => SslMode::Prefer,
            "require" => SslMode::Require,
            "verify-ca" => SslMode::VerifyCa,
            "verify-full" => SslMode::VerifyFull,
            _ => {
                return Err(Error::usage(format!("`{word}` is no sslmode"))
                    .hint("use disable, allow, prefer, require, verify-ca or verify-full"));
            }
        })
    }
}

/// How to reach a server; what is missing comes from libpq's environment and files, then from libpq's defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Section of libpq's service file that fills what is missing here.
    pub service: Option<String>,
    /// Name, address, or (beginning with `/`) folder of a Unix socket.
    pub host: Option<String>,
    /// TCP port, or the number in the socket's name.
    pub port: Option<u16>,
    /// Login role.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Database to connect to.
    pub database: Option<String>,
    /// Default schema of the project's relations; not sent to the server.
    pub schema: String,
    /// Use of TLS.
    pub sslmode: Option<SslMode>,
    /// Client certificate, PEM.
    pub sslcert: Option<PathBuf>,
    /// Key of the client certificate, PEM.
    pub sslkey: Option<PathBuf>,
    /// Certificates of the authorities to trust, PEM.
    pub sslrootcert: Option<PathBuf>,
    /// Role taken on after connecting.
    pub role: Option<String>,
    /// `search_path`, as the text that `set` takes.
    pub search_path: Option<String>,
    /// Time allowed for one attempt to connect; ten seconds where none is given.
    pub connect_timeout: Option<Duration>,
    /// Further attempts after a failed one; the n-th waits n² seconds.
    pub retries: u32,
    /// Idle time after which a keep-alive is sent; the system's when none or zero.
    pub keepalives_idle: Option<Duration>,
    /// Name of the sessions in `pg_stat_activity`.
    pub application_name: Option<String>,
    /// Time zone of the sessions; the one that psql would get when none.
    pub timezone: Option<String>,
    /// `DateStyle` of the sessions; the one that psql would get when none.
    pub datestyle: Option<String>,
}
