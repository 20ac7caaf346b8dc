//! Mistakes of several kinds of files in one report, without those that only follow from others.

use std::path::Path;

use crate::error::{Error, Kind};

/// `found` while reading files, and those of `further` that do not follow from it, sorted by place.
///
/// A file that could not be read leaves the others to speak of what it defines: such an error names, in quotes, something that
/// stands in the text of the broken file. Where the project file is broken, only mistakes of syntax are sure to be real.
pub fn together(found: Vec<Error>, further: Vec<Error>, root: &Path) -> Vec<Error> {
    let files: Vec<&Path> = found.iter().filter_map(|error| Some(error.place()?.file.as_path())).collect();
    let is_settings = |file: &&Path| file.ends_with("dbt_project.yml") || file.ends_with("project.yml");
    let knows_settings = !files.iter().any(is_settings);
    let texts: Vec<String> =
        files.iter().map(|file| std::fs::read_to_string(root.join(file)).unwrap_or_default()).collect();
    let stands_alone = |error: &Error| {
        let follows = || last_quoted(error.message()).is_some_and(|name| texts.iter().any(|text| text.contains(name)));
        error.kind() == Kind::Parsing || knows_settings && !follows()
    };
    let mut all: Vec<Error> = further.into_iter().filter(stands_alone).collect();
    all.extend(found);
    all.sort_by(|a, b| (a.place(), a.message()).cmp(&(b.place(), b.message())));
    all
}

/// The last part of the last name in quotes: `orders` of `depends on a source named 'shop.orders'`.
fn last_quoted(message: &str) -> Option<&str> {
    let is_quote = |letter: char| matches!(letter, '\'' | '"' | '`');
    let end = message.rfind(is_quote)?;
    let start = message[..end].rfind(is_quote)?;
    let name = message[start + 1..end].rsplit('.').next().unwrap_or_default();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

    #[test]
    fn an_error_on_what_a_broken_file_defines_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s.yml"), "sources: [{name: raw, tables: [{name: orders}]}").unwrap();
        let broken = || vec![Error::parsing("this is no valid YAML").at(Place::at("s.yml", 1, 1))];
        let on = |name: &str| Error::compilation(format!("a depends on '{name}' which was not found"));
        let told = together(broken(), vec![on("raw.orders"), on("raw.others")], folder.path());
        let told: Vec<&str> = told.iter().map(Error::message).collect();
        assert_eq!(told, ["a depends on 'raw.others' which was not found", "this is no valid YAML"]);
    }

    #[test]
    fn beside_a_broken_project_file_only_syntax_counts() {
        let broken = vec![Error::parsing("`modls` is no key").at(Place::at("dbt_project.yml", 1, 1))];
        let further = vec![Error::compilation("`a` was not found"), Error::parsing("`{{` is never closed")];
        let told = together(broken, further, Path::new("/nowhere"));
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|error| error.kind() == Kind::Parsing));
    }
}
