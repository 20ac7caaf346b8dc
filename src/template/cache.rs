//! The relations that the database holds, as far as they were looked up, kept current by the DDL that macros send.

use std::sync::Mutex;

use crate::name::Relation;

/// All relations of the schemas that were looked up; shared by all nodes.
#[derive(Debug, Default)]
pub struct RelationCache {
    relations: Mutex<Vec<Relation>>,
}
