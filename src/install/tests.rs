use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::error::Place;
use crate::project::PackageRequest;

fn request(entry: Value) -> PackageRequest {
    PackageRequest { rendered: entry.clone(), written: entry, place: Place::file("packages.yml") }
}

fn project(dir: &Path, name: &str, packages: &str) {
    std::fs::create_dir_all(dir.join("models")).unwrap();
    std::fs::write(dir.join("dbt_project.yml"), format!("name: {name}\nprofile: p\n")).unwrap();
    std::fs::write(dir.join("models").join(format!("{name}.sql")), "select 1").unwrap();
    if !packages.is_empty() {
        std::fs::write(dir.join("packages.yml"), packages).unwrap();
    }
}

fn run(dir: &Path, program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn commit(dir: &Path) -> String {
    if !dir.join(".git").exists() {
        run(dir, "git", &["init", "--quiet"]);
    }
    run(dir, "git", &["add", "-A"]);
    run(dir, "git", &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x"]);
    String::from_utf8(run(dir, "git", &["rev-parse", "HEAD"])).unwrap().trim().to_owned()
}

/// A web server of this process that knows these paths; gives its address.
fn serve(pages: impl Fn(&str) -> HashMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let pages = Arc::new(pages(&base));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let path = first.split(' ').nth(1).unwrap();
            let (status, body) = match pages.get(path) {
                Some(body) => ("200 OK", body.clone()),
                None => ("404 Not Found", Vec::new()),
            };
            let mut stream = stream;
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).unwrap();
            stream.write_all(&body).unwrap();
        }
    });
    base
}

fn archive(folder: &Path, name: &str) -> Vec<u8> {
    project(&folder.join(format!("{name}-1.0")), name, "");
    run(folder, "tar", &["-czf", "-", &format!("{name}-1.0")])
}

fn installer(root: &Path, hub: &str) -> Installer {
    let settings = Settings {
        root: root.to_path_buf(),
        root_name: "shop".to_owned(),
        vars: None,
        hub: hub.to_owned(),
        dbt: Some("1.11.16".to_owned()),
    };
    Installer::new(settings).unwrap()
}

/// A hub with two packages, of which `a/one` needs `a/two`.
fn hub(folder: &Path) -> String {
    let (one, two) = (archive(folder, "one"), archive(folder, "two"));
    serve(move |base| {
        let release = |name: &str, needs: Value, dbt: &str| {
            json!({
                "name": name, "downloads": {"tarball": format!("{base}/{name}.tgz")}, "packages": needs,
                "require_dbt_version": [dbt],
            })
        };
        let needs = json!([{"package": "a/two", "version": [">=1.0.0", "<2.0.0"]}]);
        let facts_of_one = json!({"versions": {
            "0.9.0": release("one", json!([]), ">=1.0.0"), "1.2.0": release("one", needs.clone(), ">=1.0.0"),
            "1.10.0": release("one", needs.clone(), ">=1.0.0"), "2.0.0-rc1": release("one", needs.clone(), ">=1.0.0"),
            "3.0.0": release("one", needs, ">=2.0.0"),
        }});
        let facts_of_two = json!({"versions": {
            "1.0.0": release("two", json!([]), ">=1.0.0"), "1.5.0": release("two", json!([]), ">=1.0.0"),
            "2.0.0": release("two", json!([]), ">=1.0.0"),
        }});
        HashMap::from([
            ("/api/v1/a/one.json".to_owned(), facts_of_one.to_string().into_bytes()),
            ("/api/v1/a/two.json".to_owned(), facts_of_two.to_string().into_bytes()),
            ("/one.tgz".to_owned(), one.clone()),
            ("/two.tgz".to_owned(), two.clone()),
        ])
    })
}

#[test]
fn the_newest_versions_that_all_accept_are_taken_and_installed() {
    let folder = tempfile::tempdir().unwrap();
    let mut installer = installer(folder.path(), &hub(folder.path()));
    let requests = [
        request(json!({"package": "a/one", "version": [">=1.0.0"]})),
        request(json!({"package": "a/two", "version": "!=1.5.0"})),
    ];
    let locked = installer.resolve(&requests).unwrap();
    assert_eq!(
        json!(locked),
        json!([
            {"name": "one", "package": "a/one", "version": "1.10.0"},
            {"name": "two", "package": "a/two", "version": "1.0.0"},
        ])
    );
    let install = folder.path().join("dbt_packages");
    std::fs::create_dir(&install).unwrap();
    let told = installer.install(&request(locked[0].clone()), &install).unwrap();
    assert_eq!((told.from.as_str(), told.notes), ("version 1.10.0", vec!["Up to date!".to_owned()]));
    let told = installer.install(&request(locked[1].clone()), &install).unwrap();
    assert_eq!(told.notes, ["Updated version available: 2.0.0"]);
    assert!(install.join("one/models/one.sql").is_file() && install.join("two/dbt_project.yml").is_file());
}

#[test]
fn prereleases_are_taken_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let base = hub(folder.path());
    let version = |entry: Value| {
        let locked = installer(folder.path(), &base).resolve(&[request(entry)]).map_err(|error| error.to_string());
        locked.map(|locked| locked[0]["version"].as_str().unwrap().to_owned())
    };
    assert_eq!(version(json!({"package": "a/one", "version": ">=1.0.0"})).unwrap(), "1.10.0");
    let entry = json!({"package": "a/one", "version": ">=1.0.0", "install-prerelease": true});
    assert_eq!(version(entry).unwrap(), "2.0.0-rc1");
    assert_eq!(version(json!({"package": "a/one", "version": "2.0.0-rc1"})).unwrap(), "2.0.0-rc1");
    insta::assert_snapshot!(version(json!({"package": "a/two", "version": [">=3.0.0", "<4.0.0"]})).unwrap_err(), @"could not find a matching compatible version for package `a/two`: asked for >=3.0.0, <4.0.0, there are 1.0.0, 1.5.0, 2.0.0");
    insta::assert_snapshot!(version(json!({"package": "a/none", "version": "1.0.0"})).unwrap_err(), @"package `a/none` was not found in the package index");
}

#[test]
fn repositories_are_pinned_to_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("far");
    project(&repository, "far", "");
    project(&repository.join("below"), "below", "");
    let first = commit(&repository);
    run(&repository, "git", &["tag", "v1"]);
    std::fs::write(repository.join("models/late.sql"), "select 2").unwrap();
    let second = commit(&repository);
    let url = repository.to_string_lossy().into_owned();
    let mut installer = installer(folder.path(), "http://127.0.0.1:1/");
    let requests = [
        request(json!({"git": url, "revision": "v1"})),
        request(json!({"git": format!("file://{url}"), "subdirectory": "below"})),
    ];
    let locked = installer.resolve(&requests).unwrap();
    assert_eq!(locked[0], json!({"git": url, "name": "far", "revision": first}));
    assert_eq!(locked[1]["revision"], json!(second));
    assert_eq!(installer.warnings.len(), 1);
    let install = folder.path().join("dbt_packages");
    let mut other = super::tests::installer(folder.path(), "");
    for entry in locked {
        other.install(&request(entry), &install).unwrap();
    }
    assert!(install.join("below/models/below.sql").is_file());
    assert!(!install.join("far/models/late.sql").exists() && !install.join("far/.git").exists());
}

#[test]
fn what_cannot_be_had_is_told() {
    let folder = tempfile::tempdir().unwrap();
    project(&folder.path().join("twin"), "shop", "");
    project(&folder.path().join("asking"), "asking", "packages:\n  - local: none\n");
    let refused = |entries: &[Value]| {
        let requests: Vec<PackageRequest> = entries.iter().cloned().map(request).collect();
        installer(folder.path(), "http://127.0.0.1:1").resolve(&requests).unwrap_err().to_string()
    };
    insta::assert_snapshot!(refused(&[json!({"local": "twin"})]), @"found duplicate project `shop`");
    insta::assert_snapshot!(refused(&[json!({"local": "asking"})]), @"the package `none` holds no dbt_project.yml");
    insta::assert_snapshot!(refused(&[json!({"git": "/nowhere", "revision": "a"}), json!({"git": "/nowhere", "revision": "b"})]).lines().next().unwrap(), @"git could not fetch `/nowhere`: fatal: '/nowhere' does not appear to be a git repository; fatal: Could not read from remote repository.; Please make sure you have the correct access rights; and the repository exists.");
    let told = refused(&[json!({"package": "a/b", "version": "1.0.0"})]);
    assert!(told.starts_with("could not reach `http://127.0.0.1:1/api/v1/a/b.json`: "), "{told}");
    insta::assert_snapshot!(refused(&[json!({"name": "x"})]), @"this package has neither `package`, `git`, `tarball`, `private` nor `local`");
}

#[test]
fn an_archive_is_installed_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = archive(folder.path(), "packed");
    let base = serve(move |_| HashMap::from([("/p.tgz".to_owned(), bytes.clone())]));
    let mut installer = installer(folder.path(), "");
    let entry = json!({"tarball": format!("{base}/p.tgz"), "name": "packed"});
    let locked = installer.resolve(&[request(entry.clone())]).unwrap();
    assert_eq!(json!(locked), json!([entry]));
    let install: PathBuf = folder.path().join("dbt_packages");
    installer.install(&request(locked[0].clone()), &install).unwrap();
    assert!(install.join("packed/models/packed.sql").is_file());
}
