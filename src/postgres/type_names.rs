//! Names of types by their oids: the common ones from a table, others from the catalog once for each session.

/// The oid's name as `format_type` writes it, for types whose oid is the same on every server: `pg_type.dat` of Postgres.
pub(super) fn built_in(oid: u32) -> Option<&'static str> {
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

/// The query for the names of `oids`: rows of oid and name.
pub(super) fn query(oids: &[u32]) -> String {
    let list: Vec<String> = oids.iter().map(u32::to_string).collect();
    format!(
        "select oid, pg_catalog.format_type(oid, null)\nfrom pg_catalog.pg_type\nwhere oid in ({})",
        list.join(", ")
    )
}
