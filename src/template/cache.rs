//! The relations that the database holds, as far as they were looked up, kept current by the DDL that macros send.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::name::Relation;
use crate::postgres::catalog::Found;

/// All relations of the schemas that were looked up; shared by all nodes.
#[derive(Debug, Default)]
pub struct RelationCache {
    schemas: Mutex<HashMap<String, HashMap<String, Relation>>>,
}

impl RelationCache {
    /// Notes what `schemas` hold; those without any relation are known to be empty.
    pub fn fill(&self, database: &str, schemas: &[String], found: &[Found]) {
        let mut known = self.lock();
        for schema in schemas {
            known.insert(schema.clone(), HashMap::new());
        }
        for found in found {
            let relation = Relation::new(database, &found.schema, &found.name).of_kind(found.kind);
            known.entry(found.schema.clone()).or_default().insert(found.name.clone(), relation);
        }
    }

    /// Whether `schema` was looked up.
    pub fn knows(&self, schema: &str) -> bool {
        self.lock().contains_key(schema)
    }

    /// What `schema` holds, by name; none when it was not looked up.
    pub fn relations(&self, schema: &str) -> Option<Vec<Relation>> {
        let mut all: Vec<Relation> = self.lock().get(schema)?.values().cloned().collect();
        all.sort_by(|left, right| left.identifier.cmp(&right.identifier));
        Some(all)
    }

    /// The relation of exactly this name.
    pub fn get(&self, schema: &str, name: &str) -> Option<Relation> {
        self.lock().get(schema)?.get(name).cloned()
    }

    /// Notes a relation that is there now, in the stead of one of the same name.
    pub fn add(&self, relation: &Relation) {
        let (Some(schema), Some(name)) = (&relation.schema, &relation.identifier) else { return };
        if let Some(known) = self.lock().get_mut(schema) {
            known.insert(name.clone(), plain(relation));
        }
    }

    /// Forgets a relation.
    pub fn remove(&self, relation: &Relation) {
        let (Some(schema), Some(name)) = (&relation.schema, &relation.identifier) else { return };
        if let Some(known) = self.lock().get_mut(schema) {
            known.remove(name);
        }
    }

    /// Notes that `from` bears the name of `to` now.
    pub fn rename(&self, from: &Relation, to: &Relation) {
        let kind = self.kind_of(from).or(from.kind).or(to.kind);
        self.remove(from);
        self.add(&Relation { kind, ..to.clone() });
    }

    fn kind_of(&self, relation: &Relation) -> Option<crate::name::RelationKind> {
        self.get(relation.schema.as_deref()?, relation.identifier.as_deref()?)?.kind
    }

    /// Notes a schema that was just made, and is empty, unless it is known.
    pub fn add_schema(&self, schema: &str) {
        self.lock().entry(schema.to_owned()).or_default();
    }

    /// Forgets a schema and all in it.
    pub fn remove_schema(&self, schema: &str) {
        self.lock().remove(schema);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, HashMap<String, Relation>>> {
        self.schemas.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A relation as a look-up gives it: all parts written and quoted.
fn plain(relation: &Relation) -> Relation {
    Relation { quote: crate::name::Parts::ALL, include: crate::name::Parts::ALL, ..relation.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::RelationKind;

    #[test]
    fn a_renamed_relation_keeps_its_kind() {
        let cache = RelationCache::default();
        cache.fill("d", &["s".to_owned()], &[]);
        let old = Relation::new("d", "s", "old").of_kind(RelationKind::View);
        cache.add(&old);
        cache.rename(&Relation { identifier: Some("old".to_owned()), ..old.clone() }, &Relation::new("d", "s", "new"));
        assert_eq!(cache.get("s", "new").unwrap().kind, Some(RelationKind::View));
        assert!(cache.get("s", "old").is_none());
    }
}
