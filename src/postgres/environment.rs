//! libpq's environment variables and files, which fill up what the settings leave open.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::settings::{Secret, Settings, SslMode};
use crate::error::{Error, Result};

/// Looks up environment variables; a function so that tests need no real ones.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// `settings` with what they leave open taken from `variables`, the service file and the password file.
///
/// # Errors
///
/// `Usage` for a variable that holds no valid value, `Io` for a file that was named and cannot be read.
pub(super) fn fill(settings: &Settings, variables: Variables<'_>) -> Result<Settings> {
    let mut filled = settings.clone();
    if let Some(service) = settings.service.clone() {
        fill_from_service(&mut filled, &service, "the profile's `service`", variables)?;
    } else if let Some(service) = given(variables, "PGSERVICE") {
        fill_from_service(&mut filled, &service, "`PGSERVICE`", variables)?;
    }
    let take = |field: &mut Option<String>, name: &str| {
        if field.is_none() {
            *field = given(variables, name);
        }
    };
    take(&mut filled.host, "PGHOST");
    take(&mut filled.host, "PGHOSTADDR");
    take(&mut filled.user, "PGUSER");
    take(&mut filled.database, "PGDATABASE");
    take(&mut filled.timezone, "PGTZ");
    take(&mut filled.datestyle, "PGDATESTYLE");
    if filled.port.is_none()
        && let Some(port) = given(variables, "PGPORT")
    {
        filled.port = Some(port.parse().map_err(|_| Error::usage(format!("`PGPORT` is `{port}`, which is no port")))?);
    }
    if filled.sslmode.is_none() {
        filled.sslmode = given(variables, "PGSSLMODE").map(|word| SslMode::from_word(&word)).transpose()?;
    }
    if filled.password.is_none() {
        filled.password = given(variables, "PGPASSWORD").map(Secret::new);
    }
    // An empty password, which dbt needs where the file is to be read, counts as none.
    if filled.password.as_ref().is_none_or(|password| password.reveal().is_empty()) {
        filled.password = from_password_file(&filled, variables).or(filled.password);
    }
    if filled.sslmode != Some(SslMode::Disable) {
        fill_certificates(&mut filled, variables)?;
    }
    Ok(filled)
}

/// Certificates from variables, else from libpq's folder: postgresql.org/docs, chapter 34.19.
///
/// # Errors
///
/// `Usage` for a client certificate without its key, which a server would take for no certificate at all.
fn fill_certificates(settings: &mut Settings, variables: Variables<'_>) -> Result<()> {
    let file =
        |name: &str| home(variables, ".postgresql").map(|folder| folder.join(name)).filter(|path| path.is_file());
    let find = |field: &Option<PathBuf>, variable: &str, name: &str| {
        let named = || given(variables, variable).map(PathBuf::from);
        field.clone().or_else(named).or_else(|| file(name))
    };
    // As libpq does: a certificate that is not there is not sent.
    settings.sslcert = find(&settings.sslcert, "PGSSLCERT", "postgresql.crt").filter(|path| path.is_file());
    settings.sslkey = find(&settings.sslkey, "PGSSLKEY", "postgresql.key");
    let checks_server = matches!(settings.sslmode, Some(SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull));
    if checks_server {
        settings.sslrootcert = find(&settings.sslrootcert, "PGSSLROOTCERT", "root.crt");
    }
    // libpq's word for the authorities that the system trusts.
    settings.sslrootcert = settings.sslrootcert.take().filter(|path| path.as_os_str() != "system");
    let missing = settings.sslrootcert.take_if(|path| !path.is_file());
    if let (Some(path), Some(SslMode::VerifyCa | SslMode::VerifyFull)) = (missing, settings.sslmode) {
        let message = format!("the file `{}` of trusted certificates does not exist", path.display());
        return Err(Error::usage(message).hint("name it with `sslrootcert` in profiles.yml"));
    }
    match (&settings.sslcert, &settings.sslkey) {
        (Some(certificate), None) => {
            let message = format!("the client certificate `{}` has no key", certificate.display());
            Err(Error::usage(message).hint("name it with `sslkey` in profiles.yml"))
        }
        (Some(_), Some(_)) | (None, _) => Ok(()),
    }
}

/// What the section `service` of libpq's service file says; nothing where there is no such file.
///
/// # Errors
///
/// `Usage` when the file has no such section, `Io` when it cannot be read.
pub fn of_service(service: &str) -> Result<Settings> {
    let mut settings = Settings::default();
    fill_from_service(&mut settings, service, "the profile or `PGSERVICE`", &|name| std::env::var(name).ok())?;
    Ok(settings)
}

fn given(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}

fn home(variables: Variables<'_>, file: &str) -> Option<PathBuf> {
    given(variables, "HOME").map(|home| Path::new(&home).join(file))
}

/// The named section of the service file: postgresql.org/docs, chapter 34.17.
fn fill_from_service(settings: &mut Settings, service: &str, who: &str, variables: Variables<'_>) -> Result<()> {
    let named = given(variables, "PGSERVICEFILE").map(PathBuf::from);
    let Some(path) = named.or_else(|| home(variables, ".pg_service.conf")) else { return Ok(()) };
    let text = std::fs::read_to_string(&path).map_err(|cause| Error::io("read", &path, cause))?;
    let entries = service_entries(&text, service).ok_or_else(|| {
        Error::usage(format!("`{}` has no service `{service}`, which {who} asks for", path.display()))
    })?;
    for (key, value) in entries {
        let value = value.to_owned();
        match key {
            "host" => _ = settings.host.get_or_insert(value),
            "user" => _ = settings.user.get_or_insert(value),
            "dbname" => _ = settings.database.get_or_insert(value),
            "password" => _ = settings.password.get_or_insert(Secret::new(value)),
            "port" => settings.port = settings.port.or(value.parse().ok()),
            "sslmode" => settings.sslmode = Some(settings.sslmode.map_or_else(|| SslMode::from_word(&value), Ok)?),
            "sslrootcert" => _ = settings.sslrootcert.get_or_insert(value.into()),
            "sslcert" => _ = settings.sslcert.get_or_insert(value.into()),
            "sslkey" => _ = settings.sslkey.get_or_insert(value.into()),
            "application_name" => _ = settings.application_name.get_or_insert(value),
            "connect_timeout" => {
                let given = value.parse().ok().map(Duration::from_secs);
                settings.connect_timeout = settings.connect_timeout.or(given);
            }
            _ => {}
        }
    }
    Ok(())
}

fn service_entries<'a>(text: &'a str, service: &str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) == Some(service))?;
    let section = lines.take_while(|line| !line.starts_with('['));
    let entries = section.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    Some(entries.map(|(key, value)| (key.trim(), value.trim())).collect())
}

fn from_password_file(settings: &Settings, variables: Variables<'_>) -> Option<Secret> {
    let named = given(variables, "PGPASSFILE").map(PathBuf::from);
    let path = named.or_else(|| home(variables, ".pgpass"))?;
    if is_open_to_others(&path) {
        tracing::warn!("password file `{}` is ignored: others may read it, set its mode to 0600", path.display());
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let user = settings.user.clone().or_else(|| given(variables, "USER"))?;
    // A Unix socket stands as `localhost` in the file: postgresql.org/docs, chapter 34.16.
    let host = settings.host.as_deref().filter(|host| !host.starts_with('/')).unwrap_or("localhost");
    let port = settings.port.unwrap_or(5432).to_string();
    let wanted = [host, &port, settings.database.as_deref().unwrap_or(&user), &user];
    text.lines().find_map(|line| matching_password(line, &wanted)).map(Secret::new)
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

fn matching_password(line: &str, wanted: &[&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = fields(line).into_iter();
    let matches = wanted.iter().all(|wanted| fields.next().is_some_and(|field| field == "*" || field == *wanted));
    if matches { fields.next() } else { None }
}

/// The fields between colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let taken = match character {
            ':' => {
                fields.push(String::new());
                continue;
            }
            '\\' => characters.next(),
            other => Some(other),
        };
        if let Some(field) = fields.last_mut() {
            field.extend(taken);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_password_lets_the_password_file_speak() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        std::fs::write(&file, "*:*:*:*:from the file\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let variables = |name: &str| (name == "PGPASSFILE").then(|| file.display().to_string());
        let password = |given: &str| {
            let (user, password) = (Some("jane".to_owned()), Some(Secret::new(given.to_owned())));
            let settings = Settings { user, password, ..Settings::default() };
            fill(&settings, &variables).unwrap().password.unwrap().reveal().to_owned()
        };
        assert_eq!((password("").as_str(), password("own").as_str()), ("from the file", "own"));
    }

    #[test]
    fn a_line_of_the_password_file_matches_by_field_or_star() {
        let wanted = ["db.example", "5432", "shop", "jane"];
        assert_eq!(matching_password(r"db.example:*:shop:jane:a\:b\\c", &wanted).as_deref(), Some(r"a:b\c"));
        assert_eq!(matching_password("*:5433:*:*:no", &wanted), None);
        assert_eq!(matching_password("#*:*:*:*:no", &wanted), None);
    }

    #[test]
    fn settings_win_over_the_environment() {
        let variables = |name: &str| match name {
            "PGHOST" => Some("elsewhere".to_owned()),
            "PGPORT" => Some("6000".to_owned()),
            _ => None,
        };
        let settings = Settings { host: Some("here".to_owned()), ..Settings::default() };
        let filled = fill(&settings, &variables).unwrap();
        assert_eq!((filled.host.as_deref(), filled.port), (Some("here"), Some(6000)));
    }

    #[test]
    fn a_service_is_one_section_of_its_file() {
        let text = "[a]\nhost=x\n# no\n[b]\nhost = y\nport=1\n[c]\nhost=z";
        assert_eq!(service_entries(text, "b"), Some(vec![("host", "y"), ("port", "1")]));
        assert_eq!(service_entries(text, "d"), None);
    }

    #[test]
    fn a_profile_may_name_its_service() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("services");
        std::fs::write(&path, "[shop]\nhost=db.example\nport=6000\nconnect_timeout=3\n").unwrap();
        let variables = |name: &str| (name == "PGSERVICEFILE").then(|| path.display().to_string());
        let settings = Settings { service: Some("shop".to_owned()), port: Some(7000), ..Settings::default() };
        let filled = fill(&settings, &variables).unwrap();
        assert_eq!((filled.host.as_deref(), filled.port), (Some("db.example"), Some(7000)));
        assert_eq!(filled.connect_timeout, Some(Duration::from_secs(3)));
        let unknown = Settings { service: Some("other".to_owned()), ..Settings::default() };
        assert!(fill(&unknown, &variables).unwrap_err().message().contains("the profile's `service`"));
    }

    #[test]
    fn certificates_come_from_the_folder_of_libpq_and_need_their_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".postgresql")).unwrap();
        let path = |name: &str| folder.path().join(".postgresql").join(name);
        std::fs::write(path("postgresql.crt"), "").unwrap();
        std::fs::write(path("root.crt"), "").unwrap();
        let variables = |name: &str| (name == "HOME").then(|| folder.path().display().to_string());
        let settings = Settings { sslmode: Some(SslMode::Require), ..Settings::default() };
        assert!(fill(&settings, &variables).unwrap_err().message().contains("has no key"));
        std::fs::write(path("postgresql.key"), "").unwrap();
        let filled = fill(&settings, &variables).unwrap();
        assert_eq!(filled.sslkey, Some(path("postgresql.key")));
        assert_eq!(filled.sslrootcert, Some(path("root.crt")));
        assert_eq!(fill(&Settings::default(), &variables).unwrap().sslrootcert, None);
        let nowhere = Some(PathBuf::from("/nowhere.crt"));
        let missing = Settings { sslcert: nowhere.clone(), sslrootcert: nowhere, ..settings };
        assert_eq!(fill(&missing, &variables).unwrap().sslcert, None);
        let verifying = Settings { sslmode: Some(SslMode::VerifyFull), ..missing };
        assert!(fill(&verifying, &variables).unwrap_err().message().contains("does not exist"));
    }
}
