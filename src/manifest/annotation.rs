//! What properties say of the arguments of macros, against what the macros themselves say: `validate_macro_args`.

use crate::jinja;
use crate::project::{MacroProperties, Project, Warning};

use super::node::Manifest;

/// Types that stand alone, and those that hold others.
const TYPES: [&str; 10] = ["string", "str", "boolean", "bool", "integer", "int", "float", "any", "relation", "column"];
const HOLDERS: [(&str, usize); 3] = [("list", 1), ("optional", 1), ("dict", 2)];

/// A warning for each argument that is described otherwise than the macro has it, or with a type that is none.
pub fn warnings(project: &Project, manifest: &Manifest) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for package in project.all_packages() {
        for entry in package.properties.macros.iter().filter(|entry| !entry.arguments.is_empty()) {
            let id = format!("macro.{}.{}", package.name, entry.name);
            let Some(text) = manifest.macros.get(id.as_str()).and_then(|it| it.json["macro_sql"].as_str()) else {
                continue;
            };
            let names = jinja::blocks(text).ok().and_then(|blocks| blocks.first().map(|block| names(block.arguments)));
            let told = wrong(entry, &names.unwrap_or_default());
            warnings.extend(told.into_iter().map(|it| Warning::at("InvalidMacroAnnotation", it, &entry.origin)));
        }
    }
    warnings
}

fn wrong(entry: &MacroProperties, names: &[String]) -> Vec<String> {
    let (name, described) = (&entry.name, &entry.arguments);
    let mut told = Vec::new();
    for (argument, own) in described.iter().zip(names) {
        if argument.name != *own {
            told.push(format!(
                "Argument {} in yaml for macro {name} does not match the jinja definition.",
                argument.name
            ));
        }
    }
    if described.len() != names.len() {
        told.push(format!("The number of arguments in the yaml for macro {name} does not match the jinja definition."));
    }
    for argument in described {
        if argument.kind.as_ref().is_some_and(|kind| !is_type(kind)) {
            told.push(format!("Argument {} in the yaml for macro {name} has an invalid type.", argument.name));
        }
    }
    told
}

/// The names of arguments written as `(a, b: str, c=[1, 2])`.
fn names(arguments: &str) -> Vec<String> {
    let inside = arguments.trim().trim_start_matches('(');
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let name = |part: &str| part.split([':', '=']).next().unwrap_or_default().trim().to_owned();
    parts(inside).into_iter().map(name).filter(|name| !name.is_empty()).collect()
}

/// A list cut at the commas that stand in no bracket and no quotes.
fn parts(list: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, letter) in list.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                found.push(&list[start..at]);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    found.push(&list[start..]);
    found
}

/// Whether `kind` is a type such as `string`, `list[int]` or `dict[str, optional[float]]`.
fn is_type(kind: &str) -> bool {
    let kind = kind.trim();
    if TYPES.contains(&kind) {
        return true;
    }
    let Some((holder, inside)) = kind.strip_suffix(']').and_then(|kind| kind.split_once('[')) else { return false };
    let held = parts(inside);
    HOLDERS.iter().any(|(name, count)| *name == holder.trim() && held.len() == *count) && held.into_iter().all(is_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_named_before_their_types_and_defaults() {
        assert_eq!(names("(a, b: dict[str, int], c=[1, (2, 3)], d=', e')"), ["a", "b", "c", "d"]);
        assert!(names("()").is_empty());
    }

    #[test]
    fn types_may_hold_others() {
        for kind in ["string", "list[int]", "dict[str, optional[float]]", "relation"] {
            assert!(is_type(kind), "{kind}");
        }
        for kind in ["nonsense", "list", "list[nonsense]", "dict[str]", "optional[str, str]"] {
            assert!(!is_type(kind), "{kind}");
        }
    }
}
