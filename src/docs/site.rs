//! The page that shows manifest and catalog, and the files that go with it.

use std::path::Path;

use crate::error::{Error, Result};

/// The page; it reads `manifest.json` and `catalog.json` beside it, unless they are written into it.
const PAGE: &str = include_str!("page.html");

/// Where the page takes the two files, when they are written into it.
const SLOT: &str = "<!-- the files, in the static page -->";

/// Writes `index.html` into the target folder.
///
/// # Errors
///
/// `Io` when the folder does not accept it.
pub fn write_page(target: &Path) -> Result<()> {
    write(&target.join("index.html"), PAGE)
}

/// Writes `static_index.html`: the page with both files in it, which needs no server.
///
/// # Errors
///
/// `Io` when a file cannot be read or written.
pub fn write_static_page(target: &Path) -> Result<()> {
    let read = |name: &str| {
        let path = target.join(name);
        std::fs::read_to_string(&path).map_err(|cause| Error::io("read", &path, cause))
    };
    write(&target.join("static_index.html"), &with_files(&read("manifest.json")?, &read("catalog.json")?))
}

fn with_files(manifest: &str, catalog: &str) -> String {
    let script = |id: &str, json: &str| {
        // No text inside may end the element or open a comment; JSON can say these characters by their numbers.
        let json = json.replace('<', "\\u003c");
        format!("<script type=\"application/json\" id=\"{id}\">{json}</script>\n")
    };
    PAGE.replacen(SLOT, &format!("{}{}", script("manifest", manifest), script("catalog", catalog)), 1)
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|cause| Error::io("write", path, cause))
}

/// Copies the project's `asset-paths` (images that descriptions show) into the target folder, in the place of older copies.
///
/// # Errors
///
/// `Io` when a file cannot be read or written.
pub fn copy_assets(root: &Path, assets: &[String], target: &Path) -> Result<()> {
    for asset in assets {
        let (from, to) = (root.join(asset), target.join(asset));
        if to.is_dir() {
            std::fs::remove_dir_all(&to).map_err(|cause| Error::io("remove", &to, cause))?;
        }
        if from.is_dir() {
            copy(&from, &to)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).map_err(|cause| Error::io("create", to, cause))?;
    let entries = std::fs::read_dir(from).map_err(|cause| Error::io("read", from, cause))?;
    for entry in entries {
        let entry = entry.map_err(|cause| Error::io("read", from, cause))?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied)?;
        } else {
            std::fs::copy(&path, &copied).map_err(|cause| Error::io("copy", &path, cause))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_cannot_end_the_element_that_holds_it() {
        let page = with_files(r#"{"a":"</script><b>"}"#, "{}");
        assert!(page.contains(r#"{"a":"\u003c/script>\u003cb>"}"#));
        assert!(!page.contains(SLOT));
    }

    #[test]
    fn assets_are_copied_with_their_folders() {
        let (root, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir_all(root.path().join("assets/deep")).unwrap();
        std::fs::write(root.path().join("assets/deep/a.png"), "x").unwrap();
        copy_assets(root.path(), &["assets".to_owned(), "missing".to_owned()], target.path()).unwrap();
        assert_eq!(std::fs::read_to_string(target.path().join("assets/deep/a.png")).unwrap(), "x");
    }
}
