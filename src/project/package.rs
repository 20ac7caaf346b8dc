//! One package: its files found, read on all cores, and sorted into their lists.

use std::path::Path;

use rayon::prelude::*;

use super::blocks::{self, DocsBlock};
use super::files::{MacroFile, SeedFile, TextFile};
use super::project_file::ProjectFile;
use super::properties::{self, Findings, Properties};
use super::render::Scope;
use super::walk::{FileKind, Folder, Found, walk};
use super::warning::Warning;
use super::{Package, blocks::Block};
use crate::error::{Error, Result};

/// A package, and what went wrong.
#[derive(Debug)]
pub struct Read {
    /// The package.
    pub package: Package,
    /// Mistakes, in the order of the files.
    pub errors: Vec<Error>,
    /// What should be told.
    pub warnings: Vec<Warning>,
}

/// What a file came to.
enum Piece {
    Text(FileKind, TextFile),
    Seed(SeedFile),
    Macros(FileKind, MacroFile, Vec<Warning>),
    Docs(Vec<DocsBlock>),
    Properties(Box<Properties>, Findings),
}

/// Reads all files of the package in `folder`.
pub fn read(folder: Folder, settings: ProjectFile, scope: &Scope) -> Read {
    let mut errors = Vec::new();
    let found = walk(&folder, &settings, scope.reads_jinja_names, &mut errors);
    let pieces: Vec<Result<Piece>> = found.into_par_iter().map(|found| piece(found, scope)).collect();
    let mut package = empty(folder, settings);
    let mut warnings = Vec::new();
    for piece in pieces {
        match piece {
            Ok(piece) => sort(piece, &mut package, &mut errors, &mut warnings),
            Err(error) => errors.push(error),
        }
    }
    Read { package, errors, warnings }
}

fn piece(found: Found, scope: &Scope) -> Result<Piece> {
    let Found { kind, file, absolute } = found;
    let text = |file| TextFile::read(file, Path::new(&absolute));
    Ok(match kind {
        FileKind::Model | FileKind::Test | FileKind::Fixture | FileKind::Analysis | FileKind::Function => {
            Piece::Text(kind, text(file)?)
        }
        FileKind::Seed => Piece::Seed(SeedFile::read(file, absolute)?),
        FileKind::Snapshot | FileKind::GenericTest | FileKind::Macro => {
            let text = text(file)?;
            let blocks: Vec<Block> = blocks::cut(&text)?;
            let strays = if kind == FileKind::Snapshot { Vec::new() } else { blocks::strays(&text) };
            Piece::Macros(kind, MacroFile { text, blocks }, strays)
        }
        FileKind::Docs => Piece::Docs(blocks::docs(&text(file)?)?),
        FileKind::Properties => {
            let (properties, findings) = properties::read(&text(file)?, scope);
            Piece::Properties(Box::new(properties), findings)
        }
    })
}

fn sort(piece: Piece, package: &mut Package, errors: &mut Vec<Error>, warnings: &mut Vec<Warning>) {
    match piece {
        Piece::Text(kind, file) => match kind {
            FileKind::Model => package.models.push(file),
            FileKind::Test => package.tests.push(file),
            FileKind::Analysis => package.analyses.push(file),
            FileKind::Function => package.functions.push(file),
            FileKind::Fixture
            | FileKind::Seed
            | FileKind::Snapshot
            | FileKind::GenericTest
            | FileKind::Macro
            | FileKind::Docs
            | FileKind::Properties => package.fixtures.push(file),
        },
        Piece::Seed(file) => package.seeds.push(file),
        Piece::Macros(FileKind::Snapshot, file, _) => package.snapshots.push(file),
        Piece::Macros(_, file, mut strays) => {
            package.macros.push(file);
            warnings.append(&mut strays);
        }
        Piece::Docs(blocks) => package.docs.extend(blocks),
        Piece::Properties(properties, mut findings) => {
            package.properties.append(*properties);
            errors.append(&mut findings.errors);
            warnings.append(&mut findings.warnings);
        }
    }
}

fn empty(folder: Folder, settings: ProjectFile) -> Package {
    Package {
        name: settings.name.clone(),
        dir: folder.dir,
        shown_dir: folder.shown,
        settings,
        models: Vec::new(),
        seeds: Vec::new(),
        snapshots: Vec::new(),
        tests: Vec::new(),
        analyses: Vec::new(),
        functions: Vec::new(),
        macros: Vec::new(),
        fixtures: Vec::new(),
        docs: Vec::new(),
        properties: Properties::default(),
    }
}
