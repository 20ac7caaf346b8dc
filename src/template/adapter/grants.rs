//! `standardize_grants_dict`: rows of privileges as a dict of lists.

use std::sync::Arc;

use crate::jinja::{Dict, List, State, Value, bind, items};
use crate::template::function::{Answer, text_of};
use crate::template::node::Node;

/// `standardize_grants_dict(table)`: privilege in lower case to the list of those who have it.
pub(super) fn standardize(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [table] = bind("standardize_grants_dict", arguments, ["grants_table"], 1)?;
    let mut all: Vec<(String, Vec<Value>)> = Vec::new();
    for row in items(&table.unwrap_or_default().get_attr("rows")?)? {
        let grantee = row.get_item(&Value::from("grantee"))?;
        let privilege = text_of(&row.get_item(&Value::from("privilege_type"))?).to_lowercase();
        match all.iter_mut().find(|(known, _)| *known == privilege) {
            Some((_, grantees)) => grantees.push(grantee),
            None => all.push((privilege, vec![grantee])),
        }
    }
    Ok(Dict::value(all.into_iter().map(|(privilege, grantees)| (privilege, List::value(grantees)))))
}
