//! Where in the user's own file an error of Postgres stems from.

use std::path::PathBuf;

use crate::error::{Error, Place};
use crate::jinja::Template;
use crate::postgres::Refusal;
use crate::template::node::{Node, lock};

/// `error` with the line of the node's file where the refused text came from, as far as that can be told.
///
/// Each render tells how its text leads back to the file. Where the refused text is none that was rendered, lines are
/// matched by what they say: a compiled line that stands in the source as it is, the same number of times before it, is
/// that line.
pub(super) fn placed(node: &Node, error: Error) -> Error {
    match find(node, &error) {
        Some(place) => error.moved_to(place),
        None => error,
    }
}

fn find(node: &Node, error: &Error) -> Option<Place> {
    let refusal = Refusal::of(error)?;
    in_compiled(node, refusal).or_else(|| as_written(node, refusal))
}

/// The place of a hook or query of the node's text that was sent as it is written there.
fn as_written(node: &Node, refusal: &Refusal) -> Option<Place> {
    let offset = refusal.offset?;
    let start = match refusal.sql.trim_start().starts_with("/*") {
        true => refusal.sql.find("*/")? + 2,
        false => 0,
    };
    let sent = refusal.sql.get(start..)?;
    let start = start + (sent.len() - sent.trim_start().len());
    let sent = sent.trim().trim_end_matches(';').trim_end();
    let source = &node.subject.text;
    if sent.is_empty() || source.matches(sent).count() != 1 {
        return None;
    }
    let at = source.floor_char_boundary(source.find(sent)? + offset.checked_sub(start).filter(|at| *at < sent.len())?);
    let before = &source[..at];
    let line = u32::try_from(before.matches('\n').count()).ok()?;
    let column = u32::try_from(before.rsplit('\n').next()?.chars().count()).ok()?;
    Some(Place::at(PathBuf::from(&*node.subject.file), node.subject.first_line + line, column + 1))
}

fn in_compiled(node: &Node, refusal: &Refusal) -> Option<Place> {
    let compiled = node.sql.as_deref()?.trim();
    let start = refusal.sql.find(compiled)?;
    let offset = refusal.offset?.checked_sub(start).filter(|offset| *offset < compiled.len())?;
    if let Some(place) = mapped(node, compiled, offset) {
        return Some(place);
    }
    let (line, column) = source_position(&node.subject.text, compiled, offset)?;
    Some(Place::at(PathBuf::from(&*node.subject.file), node.subject.first_line + line, column + 1))
}

/// The place of what stands at `offset` in `compiled`, which holds the rendered text of the node, cut in two where the
/// queries of ephemeral parents were put in, and those of the parents.
fn mapped(node: &Node, compiled: &str, offset: usize) -> Option<Place> {
    let trace = lock(&node.runtime.as_ref()?.trace);
    trace.rendered.iter().rev().find_map(|rendered| {
        let own = rendered_offset(rendered.text.trim_end(), compiled, offset)?;
        let subject = &rendered.subject;
        let template =
            Template { what: "", file: &subject.file, line: subject.first_line, column: 1, text: &subject.text };
        Some(template.place(rendered.map.source_of(own)))
    })
}

/// The offset in `text` of what stands at `offset` in `compiled`, if `text` stands there, whole or its end at the end.
fn rendered_offset(text: &str, compiled: &str, offset: usize) -> Option<usize> {
    let trimmed = text.trim_start();
    let blank = text.len() - trimmed.len();
    if let Some(start) = compiled.find(trimmed)
        && (start..start + trimmed.len()).contains(&offset)
    {
        return Some(blank + offset - start);
    }
    let behind = compiled.get(offset..)?;
    text.ends_with(behind).then(|| text.len() - behind.len())
}

/// Line and column, counted from 0, in `source` of what stands at `offset` in `compiled`.
fn source_position(source: &str, compiled: &str, offset: usize) -> Option<(u32, u32)> {
    let offset = compiled.floor_char_boundary(offset);
    let line_start = compiled[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = compiled[line_start..].lines().next()?;
    let wanted = line.trim();
    if wanted.is_empty() {
        return None;
    }
    let before = compiled[..line_start].lines().filter(|line| line.trim() == wanted).count();
    let same: Vec<(usize, &str)> = source.lines().enumerate().filter(|(_, line)| line.trim() == wanted).collect();
    let (at, found) = same.get(before).or_else(|| same.last()).copied().or_else(|| similar(source, wanted))?;
    let is_same = found.trim() == wanted;
    let indent = |line: &str| line.chars().count() - line.trim_start().chars().count();
    let column = compiled[line_start..offset].chars().count();
    let column = if is_same { (column + indent(found)).saturating_sub(indent(line)) } else { indent(found) };
    Some((u32::try_from(at).ok()?, u32::try_from(column).ok()?))
}

/// The one source line with Jinja whose plain parts stand in `wanted` in their order.
fn similar<'a>(source: &'a str, wanted: &str) -> Option<(usize, &'a str)> {
    let mut found = source.lines().enumerate().filter(|(_, line)| line.contains("{{") && fits(line.trim(), wanted));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn fits(line: &str, wanted: &str) -> bool {
    let mut rest = wanted;
    let mut pieces = line;
    let mut is_first = true;
    loop {
        let (plain, behind) = match pieces.find("{{") {
            Some(open) => (&pieces[..open], pieces[open..].find("}}").map(|close| &pieces[open + close + 2..])),
            None => (pieces, None),
        };
        match rest.find(plain) {
            Some(at) if at == 0 || !is_first => rest = &rest[at + plain.len()..],
            Some(_) | None => return false,
        }
        is_first = false;
        match behind {
            Some(behind) => pieces = behind,
            None => return plain.is_empty() || rest.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_not_rendered_is_found_by_its_text() {
        let source = "{{ config(materialized='table') }}\n\nselect\n    a,\n  nope\nfrom {{ ref('x') }}";
        let compiled = "select\n    a,\n  nope\nfrom \"d\".\"s\".\"x\"";
        let offset = compiled.find("nope").unwrap();
        assert_eq!(source_position(source, compiled, offset), Some((4, 2)));
    }

    #[test]
    fn a_rendered_text_is_found_whole_or_behind_what_was_put_in() {
        let text = "\nwith a as (select 1)\nselect b";
        let injected = "with __dbt__cte__x as (\nselect c\n), a as (select 1)\nselect b";
        assert_eq!(rendered_offset(text, "with a as (select 1)\nselect b", 5), Some(6));
        assert_eq!(rendered_offset(text, injected, injected.find("b").unwrap()), None);
        assert_eq!(rendered_offset(text, injected, injected.rfind("b").unwrap()), Some(29));
        assert_eq!(rendered_offset("select c", injected, injected.find("c\n").unwrap()), Some(7));
    }

    #[test]
    fn a_rendered_line_is_found_by_what_stands_around_its_jinja() {
        let source = "select 1\nfrom {{ ref('x') }} as y";
        let compiled = "select 1\nfrom \"d\".\"s\".\"x\" as y";
        assert_eq!(source_position(source, compiled, 14), Some((1, 0)));
    }
}
