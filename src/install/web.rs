//! What is fetched from the web: the hub's descriptions, and archives.

use std::time::Duration;

use crate::error::{Error, Result};

/// Largest answer, in bytes.
const MAX_BYTES: u64 = 500 * 1024 * 1024;

/// What lies at `url`; `shown` is the address without its secrets. None when there is nothing.
///
/// # Errors
///
/// `Runtime` when the server cannot be reached, or refuses.
pub fn get(url: &str, shown: &str) -> Result<Option<Vec<u8>>> {
    match attempt(url) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ureq::Error::StatusCode(404)) => Ok(None),
        Err(ureq::Error::StatusCode(code)) => Err(Error::runtime(format!("`{shown}` answers with the status {code}"))),
        Err(_) => match attempt(url) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(cause) => Err(unreachable(shown, &cause)),
        },
    }
}

fn attempt(url: &str) -> std::result::Result<Vec<u8>, ureq::Error> {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_global(Some(Duration::from_secs(300)))
        .user_agent(concat!("kiln/", env!("CARGO_PKG_VERSION")));
    let agent = config.build().new_agent();
    agent.get(url).call()?.body_mut().with_config().limit(MAX_BYTES).read_to_vec()
}

fn unreachable(shown: &str, cause: &ureq::Error) -> Error {
    // The text of the cause names the host at most, never the address with its secrets.
    Error::runtime(format!("could not reach `{shown}`: {cause}"))
        .hint("packages need the network; `local:` ones do not, and `DBT_PACKAGE_HUB_URL` names another hub")
}
