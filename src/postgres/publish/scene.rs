//! What publishing has to know before it touches anything: read at once, as plain data.

use serde::Deserialize;

use super::super::catalog::regclass;
use super::super::refusal;
use super::super::session::Session;
use crate::error::{Error, Result};
use crate::name::{Relation, RelationKind, literal, quote};

/// The target, the new relation and all that stands on the target.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Scene {
    /// Role that the session acts for.
    pub(super) user: String,
    /// Oid of what stands at the target's name.
    pub(super) target: Option<String>,
    /// Oid of the new relation; none when there is none, as for a drop.
    pub(super) new: Option<String>,
    /// What the target gives to its readers.
    pub(super) old_shape: Option<Shape>,
    /// What the new relation gives to its readers.
    pub(super) new_shape: Option<Shape>,
    /// The target and the views on it, each after everything that it reads.
    pub(super) standing: Vec<Standing>,
    /// What else stands on one of them and cannot be carried over.
    pub(super) obstacles: Vec<Obstacle>,
    /// Foreign keys of other tables that point at the target.
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// What belongs to one of them without being a part of its definition.
    pub(super) followers: Vec<Follower>,
    /// Parts of the new relation that are to be named after the target, where that name is free.
    pub(super) renamed: Vec<Renamed>,
}

/// Columns, and the query of a view.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Shape {
    /// `key=value`.
    pub(super) options: Vec<String>,
    /// None for what is neither a view nor a materialized view.
    pub(super) definition: Option<String>,
    /// Name, type and collation of each.
    pub(super) columns: Vec<[String; 3]>,
    /// What else a table is and asks of its rows, each in words.
    pub(super) terms: Vec<String>,
    pub(super) indexes: Vec<Index>,
}

/// The target, or a view or materialized view that stands on it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Standing {
    pub(super) oid: String,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) owner: String,
    /// Whether the session may act for the owner.
    pub(super) is_ours: bool,
    /// Whether the owner may create in the schema, which whoever is to own a relation must.
    pub(super) owner_may_create: bool,
    pub(super) is_populated: bool,
    pub(super) has_policies: bool,
    pub(super) forces_policies: bool,
    /// `f` when the whole row identifies it to subscribers.
    pub(super) replica_identity: String,
    /// `key=value`.
    pub(super) options: Vec<String>,
    /// Query of a view.
    pub(super) definition: Option<String>,
    /// Oids of those in the scene that it reads.
    pub(super) parents: Vec<String>,
    pub(super) grants: Vec<Grant>,
    pub(super) comments: Vec<Comment>,
    pub(super) indexes: Vec<Index>,
}

/// `relkind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Kind {
    #[serde(rename = "r", alias = "p", alias = "t", alias = "c", alias = "S", alias = "i", alias = "I")]
    Table,
    #[serde(rename = "f")]
    ForeignTable,
    #[serde(rename = "v")]
    View,
    #[serde(rename = "m")]
    MaterializedView,
}

impl Kind {
    /// The words of DDL for it.
    pub(super) fn ddl(self) -> &'static str {
        match self {
            Kind::Table => "table",
            Kind::ForeignTable => "foreign table",
            Kind::View => "view",
            Kind::MaterializedView => "materialized view",
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Grant {
    pub(super) privilege: String,
    /// None for everybody.
    pub(super) grantee: Option<String>,
    pub(super) column: Option<String>,
    pub(super) is_grantable: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    /// None for the relation itself.
    pub(super) column: Option<String>,
    pub(super) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) definition: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Obstacle {
    pub(super) stands_on: String,
    /// In Postgres' words: `function f(t)`.
    pub(super) what: String,
    pub(super) owner: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ForeignKey {
    pub(super) name: String,
    pub(super) is_valid: bool,
    pub(super) schema: String,
    pub(super) table_name: String,
    pub(super) owner: String,
    pub(super) is_ours: bool,
    pub(super) definition: String,
}

impl ForeignKey {
    pub(super) fn table(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.table_name))
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Follower {
    pub(super) stands_on: String,
    /// `trigger`, `rule`, `policy`, `publication`.
    pub(super) what: String,
    pub(super) name: String,
    /// Makes it.
    pub(super) statement: String,
    /// A query that gives a row when the relation with the oid `$` has it.
    pub(super) is_there: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Renamed {
    /// `index`, `constraint`, `sequence`.
    pub(super) what: String,
    pub(super) name: String,
    pub(super) wanted: String,
}

impl Standing {
    /// Its name as SQL.
    pub(super) fn sql_name(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.name))
    }

    /// Whether `relation` names it.
    pub(super) fn is(&self, relation: &Relation) -> bool {
        let is_same = |part: &Option<String>, is_quoted: bool, own: &str| match part {
            Some(name) if is_quoted => name == own,
            Some(name) => name.to_lowercase() == own,
            None => true,
        };
        is_same(&relation.schema, relation.quote.schema, &self.schema)
            && relation.identifier.is_some()
            && is_same(&relation.identifier, relation.quote.identifier, &self.name)
    }

    /// It as a relation of the database that `other` is in.
    pub(super) fn relation(&self, other: &Relation) -> Relation {
        let kind = match self.kind {
            Kind::Table => RelationKind::Table,
            Kind::ForeignTable => RelationKind::External,
            Kind::View => RelationKind::View,
            Kind::MaterializedView => RelationKind::MaterializedView,
        };
        Relation::new(other.database.as_deref().unwrap_or_default(), &self.schema, &self.name).of_kind(kind)
    }

    /// For messages: `view "a"."v" of role x`.
    pub(super) fn words(&self) -> String {
        format!("{} {} of role {}", self.kind.ddl(), self.sql_name(), self.owner)
    }
}

impl Scene {
    /// What stands at the target's name.
    pub(super) fn old(&self) -> Option<&Standing> {
        let target = self.target.as_ref()?;
        self.standing.iter().find(|standing| standing.oid == *target)
    }

    /// Views and materialized views that stand on it, each after everything that it reads.
    pub(super) fn dependants(&self) -> impl DoubleEndedIterator<Item = &Standing> {
        self.standing.iter().filter(|standing| Some(&standing.oid) != self.target.as_ref())
    }
}

/// Times that a scene is read before what does not fit together counts as a mistake of ours.
const LOOKS: u32 = 5;

/// How much of the scene is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Without the queries of the dependants.
    Outlines,
    /// With them; what they read is locked against changes until the transaction or savepoint ends.
    Queries,
}

/// Reads the scene around `target`, and `new` where there is one.
pub(super) fn read(session: &mut Session, target: &Relation, new: Option<&Relation>, depth: Depth) -> Result<Scene> {
    // Planning it takes longer than running it, so it is planned once for each session.
    session.prepare("kiln_scene (oid, oid, text, text, bool)", include_str!("scene.sql"))?;
    let name = |relation: &Relation| literal(relation.identifier.as_deref().unwrap_or_default());
    let (new_oid, new_name) = new.map_or(("null".to_owned(), "''".to_owned()), |new| (regclass(new), name(new)));
    let query = format!(
        "execute kiln_scene({}, {new_oid}, {}, {new_name}, {})",
        regclass(target),
        name(target),
        depth == Depth::Queries
    );
    let mut looks = 1;
    loop {
        let rows = match session.rows(&query) {
            // In a transaction the node as a whole is done again; behind its commit only this may be.
            Err(error) if looks < LOOKS && refusal::passes(&error) && !session.is_in_transaction() => {
                looks += 1;
                continue;
            }
            asked => asked?,
        };
        let json = rows.into_iter().flatten().flatten().next().unwrap_or_default();
        match serde_json::from_str(&json) {
            Ok(scene) => return Ok(scene),
            // Postgres has no name or definition of what another session drops between the query's snapshot and its end.
            Err(_) if looks < LOOKS => looks += 1,
            Err(cause) => {
                let message = format!("the catalog told something unexpected: {cause}");
                return Err(Error::internal(message).because(cause));
            }
        }
    }
}
