//! The layers of the source tree, read from the table in `src/lib.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the table says of a module.
struct Row {
    layer: u32,
    crates: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn table() -> BTreeMap<String, Row> {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! |"));
    let mut table = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (Ok(layer), [_, module, _, crates, ..]) = (cells[0].parse(), cells.as_slice()) else { continue };
        let crates = crates.split(',').map(|name| name.trim().replace('-', "_")).filter(|name| !name.is_empty());
        table.insert(module.trim_matches('`').to_owned(), Row { layer, crates: crates.collect() });
    }
    table
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The module of `lib.rs` that a file belongs to; none for `lib.rs` and `main.rs`.
fn module_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    let name = first.trim_end_matches(".rs").to_owned();
    (name != "lib" && name != "main").then_some(name)
}

/// Text of a file without comments and its tests; nothing of a file that holds only tests.
fn code_of(file: &Path) -> String {
    if is_for_tests(file) {
        return String::new();
    }
    let text = std::fs::read_to_string(file).unwrap();
    let text = regex::Regex::new(r"#\[cfg\(test\)\]\s*mod \w+;").unwrap().replace_all(&text, "").into_owned();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether the door of its folder declares the file for tests only.
fn is_for_tests(file: &Path) -> bool {
    let (folder, name) = (file.parent().unwrap(), file.file_stem().unwrap().to_string_lossy());
    let doors = [folder.join("mod.rs"), folder.with_extension("rs"), folder.join("lib.rs")];
    let declaration = format!("#[cfg(test)]\nmod {name};");
    doors.iter().any(|door| std::fs::read_to_string(door).is_ok_and(|text| text.contains(&declaration)))
}

/// Modules that a file names after `crate::`, also in a list in braces.
fn imports(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = list.split("};").next().unwrap_or_default();
            found.extend(list.split(',').map(|item| word(item.trim())));
        } else {
            found.push(word(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn a_module_imports_only_from_layers_below_its_own() {
    let table = table();
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let Some(module) = module_of(&file) else { continue };
        let Some(row) = table.get(&module) else {
            wrong.push(format!("`{module}` is not in the table of src/lib.rs"));
            continue;
        };
        for import in imports(&code_of(&file)) {
            let is_fine = import == module || table.get(&import).is_some_and(|below| below.layer < row.layer);
            if !is_fine {
                wrong.push(format!("{}: `{module}` (layer {}) imports `{import}`", file.display(), row.layer));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_with_a_door_is_named_behind_it_only() {
    let table = table();
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let Some(module) = module_of(&file) else { continue };
        let code = code_of(&file);
        for (owner, row) in table.iter().filter(|(owner, _)| **owner != module) {
            for name in &row.crates {
                let is_named = regex::Regex::new(&format!(r#"(?m)(^|[^"\w]){name}(::|;)"#)).unwrap().is_match(&code);
                if is_named {
                    wrong.push(format!("{}: names `{name}`, whose door is `{owner}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_that_needs_a_database_says_so() {
    let root = root();
    let mut files = rust_files(&root.join("tests/cli"));
    files.retain(|file| !file.ends_with("tree.rs"));
    files.extend(["src/postgres/tests.rs", "src/postgres/publish/tests.rs"].map(|file| root.join(file)));
    let mut silent = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for test in text.split("#[test]\n").skip(1) {
            let (head, body) = test.split_once("fn ").unwrap();
            let name = body.split('(').next().unwrap();
            let is_without = !file.starts_with(root.join("tests")) && !body.contains("Ground::new");
            if !head.contains("ignore = ") && !is_without {
                silent.push(format!("{}: {name}", file.display()));
            }
        }
    }
    let hint = "put `#[cfg_attr(not(kiln_server), ignore = \"no PostgreSQL server\")]` below `#[test]`: see build.rs";
    assert!(silent.is_empty(), "{}\n{hint}", silent.join("\n"));
}

#[test]
fn every_test_file_is_declared() {
    let folder = root().join("tests/cli");
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for file in rust_files(&folder) {
        let inside = file.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        let name = inside.trim_end_matches("/mod.rs").trim_end_matches(".rs");
        if name == "main" {
            continue;
        }
        let declared = match name.rsplit_once('/') {
            None => main.contains(&format!("mod {name};")),
            Some((parent, child)) => {
                let door = folder.join(parent).join("mod.rs");
                let door = if door.exists() { door } else { folder.join(format!("{parent}.rs")) };
                std::fs::read_to_string(door).unwrap_or_default().contains(&format!("mod {child};"))
            }
        };
        assert!(declared, "no `mod` line declares tests/cli/{inside}");
    }
}
