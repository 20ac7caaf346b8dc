//! Names of types by their oids: the common ones from a table, others from the catalog once for each session.

use std::collections::{BTreeMap, BTreeSet};

use super::exchange::RawColumn;
use super::statement::Column;

/// The oid's name as `format_type` writes it, for types whose oid is the same on every server: `pg_type.dat` of Postgres.
fn built_in(oid: u32) -> Option<&'static str> {
    Some(match oid {
        16 => "boolean",
        17 => "bytea",
        18 => "\"char\"",
        19 => "name",
        20 => "bigint",
        21 => "smallint",
        23 => "integer",
        25 => "text",
        26 => "oid",
        114 => "json",
        142 => "xml",
        600 => "point",
        650 => "cidr",
        700 => "real",
        701 => "double precision",
        790 => "money",
        829 => "macaddr",
        869 => "inet",
        1000 => "boolean[]",
        1005 => "smallint[]",
        1007 => "integer[]",
        1009 => "text[]",
        1015 => "character varying[]",
        1016 => "bigint[]",
        1021 => "real[]",
        1022 => "double precision[]",
        1042 => "character",
        1043 => "character varying",
        1082 => "date",
        1083 => "time without time zone",
        1114 => "timestamp without time zone",
        1184 => "timestamp with time zone",
        1186 => "interval",
        1231 => "numeric[]",
        1266 => "time with time zone",
        1560 => "bit",
        1562 => "bit varying",
        1700 => "numeric",
        2205 => "regclass",
        2206 => "regtype",
        2278 => "void",
        2950 => "uuid",
        3802 => "jsonb",
        _ => return None,
    })
}

/// The names that a session has asked for.
#[derive(Default)]
pub(super) struct TypeNames(BTreeMap<u32, String>);

impl TypeNames {
    /// A query for the names that `columns` need and that are not known yet, if there are any: rows of oid and name.
    pub(super) fn query_for(&self, columns: &[RawColumn]) -> Option<String> {
        let is_unknown = |oid: &u32| built_in(*oid).is_none() && !self.0.contains_key(oid);
        let unknown: BTreeSet<u32> = columns.iter().map(|column| column.oid).filter(is_unknown).collect();
        let list: Vec<String> = unknown.iter().map(u32::to_string).collect();
        let sql = "select oid, pg_catalog.format_type(oid, null)\nfrom pg_catalog.pg_type\nwhere oid in";
        if list.is_empty() { None } else { Some(format!("{sql} ({})", list.join(", "))) }
    }

    /// Takes in what the query gave.
    pub(super) fn learn(&mut self, rows: Vec<Vec<Option<String>>>) {
        for row in rows {
            if let [Some(oid), Some(name)] = row.as_slice() {
                self.0.insert(oid.parse().unwrap_or_default(), name.clone());
            }
        }
    }

    /// The columns with the names of their types; `unknown` where the server knew none.
    pub(super) fn give(&self, columns: Vec<RawColumn>) -> Vec<Column> {
        let name_of = |oid: u32| match built_in(oid) {
            Some(name) => name.to_owned(),
            None => self.0.get(&oid).cloned().unwrap_or_else(|| "unknown".to_owned()),
        };
        let named = |column: RawColumn| Column { type_name: name_of(column.oid), name: column.name, oid: column.oid };
        columns.into_iter().map(named).collect()
    }
}
