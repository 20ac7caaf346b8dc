//! The files of a new project.

use std::fs;
use std::path::{Path, PathBuf};

use super::project_file::is_valid_name;
use crate::error::{Error, Result};

const PROJECT: &str = "\
name: {name}
version: '1.0'
profile: {name}

model-paths: [models]
seed-paths: [seeds]
test-paths: [tests]
macro-paths: [macros]
snapshot-paths: [snapshots]

models:
  {name}:
    +materialized: view
";

const PROFILES: &str = "\
{name}:
  target: dev
  outputs:
    dev:
      type: postgres
      # A PostgreSQL of its own in `.kiln/`, nothing to install. For a server, take the line away and
      # name it: host, port, user, password, dbname.
      embedded: true
      schema: dev
      threads: 4
";

const SEED: &str = "\
id,customer,ordered_on,amount
1,Ada,2024-01-03,30.00
2,Grace,2024-01-04,12.50
3,Ada,2024-02-11,8.25
";

const MODEL: &str = "\
-- What each customer has ordered so far.
select
    customer,
    count(*) as orders,
    sum(amount) as amount
from {{ ref('raw_orders') }}
group by customer
";

const PROPERTIES: &str = "\
models:
  - name: customers
    description: One row for each customer.
    columns:
      - name: customer
        data_tests:
          - unique
          - not_null
";

const IGNORED: &str = "\
target/
logs/
dbt_packages/
.kiln/
";

/// Writes a small project named `name` into the folder `dir`, which is made; gives back the paths written.
///
/// # Errors
///
/// `Usage` for a name that no project may have, or where a project is already; `Io` when a file cannot be written.
pub fn scaffold(dir: &Path, name: &str) -> Result<Vec<PathBuf>> {
    if !is_valid_name(name) {
        return Err(Error::usage(format!("`{name}` is no name for a project"))
            .hint("use letters, digits and underscores, and no word of templates such as `ref`"));
    }
    let files = [
        ("project.yml", PROJECT),
        ("profiles.yml", PROFILES),
        ("seeds/raw_orders.csv", SEED),
        ("models/customers.sql", MODEL),
        ("models/customers.yml", PROPERTIES),
        (".gitignore", IGNORED),
    ];
    let taken = files.iter().map(|(path, _)| *path).chain(["dbt_project.yml"]).find(|path| dir.join(path).exists());
    if let Some(taken) = taken {
        return Err(Error::usage(format!("`{}` is there already", dir.join(taken).display()))
            .hint("give the new project a folder of its own"));
    }
    let mut written = Vec::new();
    for (path, text) in files {
        let path = dir.join(path);
        let folder = path.parent().unwrap_or(dir);
        fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
        fs::write(&path, text.replace("{name}", name)).map_err(|error| Error::io("write", &path, error))?;
        written.push(path);
    }
    Ok(written)
}
