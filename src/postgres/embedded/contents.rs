//! The role and the database that a profile names, made when a server of our own has none of that name.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::super::connect;
use super::super::settings::Settings;
use crate::error::{Error, Kind, Result};
use crate::name::{literal, quote};

/// Role and database that every new server has.
pub(super) const BOOTSTRAP: &str = "postgres";

/// Makes the role and the database of `settings`, whose socket leads to a server of our own, where they are missing.
pub(super) fn complete(settings: &Settings) -> Result<()> {
    let user = settings.user.as_deref().unwrap_or(BOOTSTRAP);
    let database = settings.database.as_deref().unwrap_or(BOOTSTRAP);
    connect::runtime()?.block_on(async {
        match options(settings, user, database).connect().await {
            Ok(connection) => connection.close().await.map_err(failed),
            Err(sqlx::Error::Database(refused)) if matches!(refused.code().as_deref(), Some("28000" | "3D000")) => {
                let mut connection = options(settings, BOOTSTRAP, BOOTSTRAP).connect().await.map_err(failed)?;
                make(&mut connection, user, database).await.map_err(failed)?;
                connection.close().await.map_err(failed)
            }
            Err(cause) => Err(failed(cause)),
        }
    })
}

/// Makes what is missing; `is_there` failing in between means that another kiln process was faster.
async fn make(connection: &mut PgConnection, user: &str, database: &str) -> sqlx::Result<()> {
    let role = format!("create role {} superuser login", quote(user));
    let base = format!("create database {} owner {}", quote(database), quote(user));
    let wanted = [
        (format!("select 1 from pg_catalog.pg_roles where rolname = {}", literal(user)), role),
        (format!("select 1 from pg_catalog.pg_database where datname = {}", literal(database)), base),
    ];
    for (question, statement) in wanted {
        if is_there(connection, &question).await? {
            continue;
        }
        if let Err(cause) = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await
            && !is_there(connection, &question).await?
        {
            return Err(cause);
        }
    }
    Ok(())
}

async fn is_there(connection: &mut PgConnection, question: &str) -> sqlx::Result<bool> {
    use sqlx::Executor as _;
    let row = connection.fetch_optional(sqlx::raw_sql(sqlx::AssertSqlSafe(question.to_owned()))).await?;
    Ok(row.is_some())
}

fn options(settings: &Settings, user: &str, database: &str) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass().ssl_mode(sqlx::postgres::PgSslMode::Disable);
    let options = options.host(settings.host.as_deref().unwrap_or_default()).port(settings.port.unwrap_or_default());
    options.username(user).database(database).disable_statement_logging()
}

fn failed(cause: sqlx::Error) -> Error {
    Error::new(Kind::Connection, format!("could not enter the project's own PostgreSQL: {cause}")).because(cause)
}
