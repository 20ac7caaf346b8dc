//! Models that are to be given up: their date, and who is told of it.

use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, TimeZone};
use serde_json::Value;

use crate::error::Place;
use crate::project::{Node as Yaml, Warning};

use super::node::{Manifest, Node, NodeKind};
use super::reference::Found;
use super::version::version_text;

/// A `deprecation_date` as the manifest has it: a time with an offset; one without is meant in the zone of this machine.
pub fn date(node: &Yaml) -> Option<String> {
    let json = node.to_json();
    let text = json.as_str()?.trim();
    parsed(text).map(|moment| moment.format("%Y-%m-%dT%H:%M:%S%:z").to_string()).or_else(|| Some(text.to_owned()))
}

fn parsed(text: &str) -> Option<DateTime<chrono::FixedOffset>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return Some(moment);
    }
    let naive = NaiveDateTime::parse_from_str(&text.replacen(' ', "T", 1), "%Y-%m-%dT%H:%M:%S%.f").ok();
    let naive = naive.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    Local.from_local_datetime(&naive).earliest().map(|moment| moment.fixed_offset())
}

/// Warnings of models past their date, and of references to models that have one.
pub fn warnings(manifest: &Manifest, now: DateTime<Local>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for node in manifest.nodes.values().filter(|node| node.kind == NodeKind::Model) {
        if let Some(date) = node.deprecation_date.as_deref().filter(|date| is_past(date, now)) {
            let message = format!(
                "Model {} has passed its deprecation date of {date}. This model should be disabled or removed.",
                node.versioned_name()
            );
            warnings.push(warning("DeprecatedModel", message, node));
        }
        let parents = node.depends_on.iter().filter_map(|id| manifest.nodes.get(id));
        warnings.extend(parents.filter_map(|parent| of_reference(node, parent, now)));
    }
    warnings
}

fn of_reference(node: &Node, parent: &Node, now: DateTime<Local>) -> Option<Warning> {
    let date = parent.deprecation_date.as_deref()?;
    let (name, wanted) = (parent.versioned_name(), &parent.name);
    let newer = parent.latest_version.as_ref().filter(|latest| Some(*latest) != parent.version.as_ref());
    let advice = newer.map(|latest| {
        let (package, latest) = (&parent.package, version_text(latest));
        let call = format!("{{{{ ref('{package}', '{wanted}', v='{latest}') }}}}");
        let advice = if is_past(date, now) { "Migrate now" } else { "Try it out" };
        format!(" A new version of '{wanted}' is available. {advice}: {call}.")
    });
    let advice = advice.unwrap_or_default();
    let who = format!("While compiling '{}': Found a reference to {name}", node.name);
    Some(match is_past(date, now) {
        true => warning("DeprecatedReference", format!("{who}, which was deprecated on '{date}'.{advice}"), node),
        false => {
            let message = format!("{who}, which is slated for deprecation on '{date}'.{advice}");
            warning("UpcomingReferenceDeprecation", message, node)
        }
    })
}

fn is_past(date: &str, now: DateTime<Local>) -> bool {
    DateTime::parse_from_rfc3339(date).is_ok_and(|date| date < now)
}

fn warning(name: &'static str, message: String, node: &Node) -> Warning {
    Warning { name, message, place: Some(Place::file(&node.file)) }
}

impl Manifest {
    /// What should be said of the references of `node` that name no version while a newer one than the latest is there.
    pub fn prerelease_notes(&self, node: &Node) -> Vec<String> {
        let unpinned = node.refs.iter().filter(|call| call.version.is_none());
        let parents = unpinned.filter_map(|call| match self.index.node(&node.package, &self.project_name, call) {
            Found::Enabled(id) => self.nodes.get(&id),
            Found::Several(_) | Found::Disabled | Found::Missing => None,
        });
        parents.filter_map(|parent| prerelease_note(self, node, parent)).collect()
    }
}

fn prerelease_note(manifest: &Manifest, from: &Node, parent: &Node) -> Option<String> {
    let (version, latest) = (parent.version.as_ref()?, parent.latest_version.as_ref()?);
    let number = |v: &Value| version_text(v).parse::<f64>().ok();
    let is_newer = |other: &&Value| match (number(other), number(latest)) {
        (Some(other), Some(latest)) => other > latest,
        (_, _) => version_text(other) > version_text(latest),
    };
    let siblings = manifest.nodes.values().filter(|node| node.name == parent.name && node.package == parent.package);
    let mut newer: Vec<&Value> = siblings.filter_map(|node| node.version.as_ref()).filter(is_newer).collect();
    newer.sort_by(|one, other| number(one).unwrap_or(0.0).total_cmp(&number(other).unwrap_or(0.0)));
    let newest = version_text(newer.last()?);
    let (name, package, version) = (&parent.name, &parent.package, version_text(version));
    Some(format!(
        "While compiling '{}':\nFound an unpinned reference to versioned model '{name}' in project '{package}'.\n\
         Resolving to latest version: {name}.v{version}\n\
         A prerelease version {newest} is available. It has not yet been marked 'latest' by its maintainer.\n\
         When that happens, this reference will resolve to {name}.v{newest} instead.\n\n\
         \x20 Try out v{newest}: {{{{ ref('{package}', '{name}', v='{newest}') }}}}\n\
         \x20 Pin to  v{version}: {{{{ ref('{package}', '{name}', v='{version}') }}}}\n",
        from.name
    ))
}
