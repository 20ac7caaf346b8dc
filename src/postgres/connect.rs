//! Opening a connection: settings to sqlx's options, and further attempts after one that failed.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};

use super::environment;
use super::refusal;
use super::settings::{Settings, SslMode};
use super::zone;
use crate::error::{Error, Result};

const PORT: u16 = 5432;
const TIMEOUT: Duration = Duration::from_secs(10);

/// `settings` with what they leave open taken from libpq's environment of this process.
pub(super) fn filled(settings: &Settings) -> Result<Settings> {
    let variable = |name: &str| std::env::var(name).ok();
    let mut filled = environment::fill(settings, &variable)?;
    if let Some(options) = variable("PGOPTIONS") {
        filled.timezone = filled.timezone.or_else(|| zone::from_options(&options, "TimeZone"));
        filled.datestyle = filled.datestyle.or_else(|| zone::from_options(&options, "DateStyle"));
    }
    Ok(filled)
}

/// Connects, with as many further attempts as `settings`, filled before, allow.
pub(super) async fn connect(settings: &Settings) -> Result<PgConnection> {
    let mut attempt = 0;
    loop {
        let failure = match attempt_to_connect(settings).await {
            Ok(connection) => return Ok(connection),
            Err(failure) => failure,
        };
        attempt += 1;
        if attempt > settings.retries || !is_worth_another_attempt(&failure) {
            return Err(refusal::from_connecting(failure, &place(settings)));
        }
        let pause = Duration::from_secs(u64::from(attempt * attempt));
        let failure = refusal::from_connecting(failure, &place(settings));
        tracing::warn!("{failure}; trying again in {} s", pause.as_secs());
        tokio::time::sleep(pause).await;
    }
}

async fn attempt_to_connect(settings: &Settings) -> sqlx::Result<PgConnection> {
    let allowed = settings.connect_timeout.filter(|allowed| !allowed.is_zero()).unwrap_or(TIMEOUT);
    match tokio::time::timeout(allowed, connect_once(settings)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let message = format!("no answer within {} s", allowed.as_secs());
            Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, message)))
        }
    }
}

/// Where nobody said anything about TLS, a server on this machine is first asked without: the handshake takes longer than all the
/// rest of connecting, and what goes through the loopback device is seen by nobody else.
async fn connect_once(settings: &Settings) -> sqlx::Result<PgConnection> {
    let options = options(settings);
    let is_local = matches!(settings.host.as_deref(), Some("localhost" | "127.0.0.1" | "::1"));
    let encrypted = match settings.sslmode {
        // sqlx takes `allow` for `disable`.
        Some(SslMode::Allow) => options.clone().ssl_mode(PgSslMode::Require),
        None if is_local => options.clone(),
        None | Some(SslMode::Prefer) => {
            return match options.connect().await {
                // As in libpq, TLS that cannot be had is done without where it was only preferred.
                Err(failure) if is_about_tls(&failure) => {
                    tracing::debug!("no TLS: {failure}");
                    options.ssl_mode(PgSslMode::Disable).connect().await
                }
                outcome => outcome,
            };
        }
        Some(_) => return options.connect().await,
    };
    match options.clone().ssl_mode(PgSslMode::Disable).connect().await {
        // No line of pg_hba.conf allows it without TLS.
        Err(sqlx::Error::Database(refused)) if refused.code().as_deref() == Some("28000") => encrypted.connect().await,
        outcome => outcome,
    }
}

/// Whether the server's or the client's part of the handshake failed, as with certificates that the driver does not know.
fn is_about_tls(failure: &sqlx::Error) -> bool {
    match failure {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// Wrong passwords and missing databases stay so; servers that start, are full or unreachable may come round.
fn is_worth_another_attempt(failure: &sqlx::Error) -> bool {
    match failure {
        sqlx::Error::Database(refused) => refused
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("53") || code.starts_with("08")),
        sqlx::Error::Io(_) => true,
        _ => false,
    }
}

/// Where `settings` lead, for messages.
fn place(settings: &Settings) -> String {
    let port = settings.port.unwrap_or(PORT);
    let host = match settings.host.as_deref() {
        Some(folder) if folder.starts_with('/') => format!("the socket in `{folder}`, port {port}"),
        Some(host) => format!("`{host}:{port}`"),
        None => format!("the local server, port {port}"),
    };
    match &settings.database {
        Some(database) => format!("database `{database}` at {host}"),
        None => host,
    }
}

fn options(settings: &Settings) -> PgConnectOptions {
    // A cache of prepared statements would go on telling the columns of relations that were replaced since.
    let mut options = PgConnectOptions::new_without_pgpass().statement_cache_capacity(0).extra_float_digits(None);
    options = options.port(settings.port.unwrap_or(PORT));
    if let Some(host) = &settings.host {
        options = options.host(host);
    }
    if let Some(user) = &settings.user {
        options = options.username(user);
    }
    if let Some(password) = &settings.password {
        options = options.password(password.reveal());
    }
    if let Some(database) = &settings.database {
        options = options.database(database);
    }
    if let Some(mode) = settings.sslmode {
        options = options.ssl_mode(ssl_mode(mode, settings.sslrootcert.is_some()));
    }
    if let Some(path) = &settings.sslrootcert {
        options = options.ssl_root_cert(path);
    }
    if let (Some(certificate), Some(key)) = (&settings.sslcert, &settings.sslkey) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    if let Some(name) = &settings.application_name {
        options = options.application_name(name);
    }
    options.disable_statement_logging()
}

/// As in libpq, `require` checks the certificate where one is given to check it against.
fn ssl_mode(mode: SslMode, has_root: bool) -> PgSslMode {
    match mode {
        SslMode::Require if has_root => PgSslMode::VerifyCa,
        SslMode::Disable => PgSslMode::Disable,
        SslMode::Allow => PgSslMode::Allow,
        SslMode::Prefer => PgSslMode::Prefer,
        SslMode::Require => PgSslMode::Require,
        SslMode::VerifyCa => PgSslMode::VerifyCa,
        SslMode::VerifyFull => PgSslMode::VerifyFull,
    }
}

/// A runtime for one thread, which is all that a session needs.
///
/// # Errors
///
/// `Io` when the system gives none.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|cause| {
        Error::new(crate::error::Kind::Io, format!("could not start a runtime for a session: {cause}")).because(cause)
    })
}
