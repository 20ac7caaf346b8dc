//! Time zone, order of dates and the rest of what a session starts with, in one round trip.
//!
//! sqlx asks for `TimeZone=UTC` and `DateStyle=ISO, MDY` as it connects, and `reset` leads back to just that. What psql would have
//! got is found in the catalog and in the server's file, or told by `log_timezone`, which `initdb` sets to the same zone.

use super::settings::Settings;
use crate::name::literal;

/// The statement to begin a session with, which gives one row: process id, version number, and what it set.
///
/// As with psycopg2 dates are always written in ISO form, and `DateStyle` decides only on the order in which they are read.
///
/// `reads_file` is false for a server that was built without XML, through which alone its file can be asked on a condition.
pub(super) fn opening(settings: &Settings, reads_file: bool) -> String {
    let in_file = if reads_file { IN_FILE } else { "select null::text as xml" };
    let set: Vec<String> =
        settings_to_set(settings).iter().map(|(name, value)| format!("set_config('{name}', {value}, false)")).collect();
    format!(
        "with for_role as (
  select lower(split_part(entry, '=', 1)) as name, substr(entry, strpos(entry, '=') + 1) as setting,
    (setrole <> 0)::int * 2 + (setdatabase <> 0)::int as rank
  from pg_catalog.pg_db_role_setting, unnest(setconfig) as entry
  where setrole in (0, (select oid from pg_catalog.pg_roles where rolname = session_user))
    and setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
), in_file as materialized (
  {in_file}
)
select pg_backend_pid(), current_setting('server_version_num'),
  {},
  {CLIENT_CHECK}",
        set.join(",\n  ")
    )
}

/// Has the server look every now and then, while it works, whether kiln is still there: what a killed one was doing goes on to
/// its end otherwise, with its locks. Only Linux can look in every version that knows the setting.
const CLIENT_CHECK: &str = "set_config(
    case when current_setting('client_connection_check_interval', true) = '0' and version() like '%linux%'
      then 'client_connection_check_interval' else 'kiln.client_check' end, '2s', false)";

/// What the server's file says, as XML; null where it may not be read.
const IN_FILE: &str = "select case
    when has_table_privilege('pg_catalog.pg_file_settings', 'select')
      and has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'execute')
    then query_to_xml(
      'select lower(name) as name, setting from pg_catalog.pg_file_settings
       where applied and lower(name) in (''timezone'', ''datestyle'')', false, false, '')::text
  end as xml";

/// Names of the settings whose values stand in the row behind the process id and the version number.
pub(super) fn names(settings: &Settings) -> Vec<&'static str> {
    settings_to_set(settings).into_iter().map(|(name, _)| name).collect()
}

/// Statements that give a session the settings `given` that it had at its start, whatever was set since.
pub(super) fn again(given: &[(&'static str, String)]) -> String {
    let set = given.iter().map(|(name, value)| format!("set_config('{name}', {}, false)", literal(value)));
    // `reset all` leaves roles as they are.
    format!("reset session authorization;\nreset all;\nselect {}, {CLIENT_CHECK}", set.collect::<Vec<_>>().join(", "))
}

/// Names and expressions for their values.
fn settings_to_set(settings: &Settings) -> Vec<(&'static str, String)> {
    let zone = wanted("timezone", settings.timezone.as_deref(), "current_setting('log_timezone')");
    let style = wanted("datestyle", settings.datestyle.as_deref(), "'ISO, MDY'");
    let idle =
        settings.keepalives_idle.map(|idle| idle.as_secs()).filter(|idle| *idle > 0).map(|idle| idle.to_string());
    let mut set = vec![("TimeZone", zone), ("DateStyle", style), ("DateStyle", "'ISO'".to_owned())];
    // The role comes last: the ones before may need what the login role may read.
    let given = [
        ("search_path", settings.search_path.as_deref()),
        ("tcp_keepalives_idle", idle.as_deref()),
        ("role", settings.role.as_deref()),
    ];
    set.extend(given.into_iter().filter_map(|(name, value)| value.map(|value| (name, literal(value)))));
    set
}

fn wanted(name: &str, given: Option<&str>, otherwise: &str) -> String {
    match given {
        Some(given) => literal(given),
        None => format!(
            "coalesce(
    (select setting from for_role where name = '{name}' order by rank desc limit 1),
    (select substring(xml from '<name>{name}</name>\\s*<setting>([^<]*)') from in_file),
    {otherwise})"
        ),
    }
}

/// What a variable like `PGOPTIONS` sets besides: `-c TimeZone=Europe/Berlin`.
pub(super) fn from_options(options: &str, name: &str) -> Option<String> {
    let mut words = options.split_whitespace().map(|word| word.strip_prefix("-c").unwrap_or(word));
    words.find_map(|word| {
        let (key, value) = word.trim_start_matches('-').split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_in_pgoptions_is_found() {
        let options = "-c statement_timeout=0 -c timezone=Europe/Berlin --datestyle=ISO,DMY";
        assert_eq!(from_options(options, "TimeZone").as_deref(), Some("Europe/Berlin"));
        assert_eq!(from_options(options, "DateStyle").as_deref(), Some("ISO,DMY"));
        assert_eq!(from_options(options, "role"), None);
    }
}
