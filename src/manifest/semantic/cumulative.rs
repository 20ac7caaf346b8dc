//! Metrics that sum up over a window or since the beginning of a period, and their older form.

use crate::error::Error;
use crate::flag::Flags;
use crate::project::Warning;

use super::super::node::Manifest;
use super::Semantic;

/// Grains that need no time spine of the project's own.
const GRAINS: [&str; 11] =
    ["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// What is added where a grain is one of a time spine.
const OF_SPINES: &str = "Custom granularities are not supported for this field yet.";

/// Metrics with a window and a period at once, or with a grain that cannot be used.
pub(super) fn errors(manifest: &Manifest) -> Vec<Error> {
    let custom = custom_grains(manifest);
    let metrics = manifest.metrics.values().filter(|metric| metric.facts["type"] == "cumulative");
    metrics.flat_map(|metric| wrong(metric, &custom)).collect()
}

fn wrong(metric: &Semantic, custom: &[String]) -> Vec<Error> {
    let params = &metric.facts["type_params"];
    let nested = &params["cumulative_type_params"];
    let either = |key: &str| Some(&nested[key]).filter(|value| !value.is_null()).unwrap_or(&params[key]);
    let (window, period) = (either("window"), either("grain_to_date"));
    let is_custom = |grain: &str| custom.iter().any(|known| known == grain);
    let mut messages = Vec::new();
    if !window.is_null() && !period.is_null() {
        let text = "Both window and grain_to_date set for cumulative metric. Please set one or the other.";
        messages.push(text.to_owned());
    }
    if let Some(grain) = period.as_str().filter(|grain| !GRAINS.contains(grain)) {
        let more = if is_custom(grain) { format!(" {OF_SPINES}") } else { String::new() };
        messages.push(format!("Invalid time granularity found in `grain_to_date`: '{grain}'.{more}"));
    }
    if let Some(grain) = window["granularity"].as_str() {
        let one = grain.strip_suffix('s').unwrap_or(grain);
        if !GRAINS.contains(&grain) && !GRAINS.contains(&one) {
            let (shown, more) = if is_custom(one) { (one, format!(" {OF_SPINES}")) } else { (grain, String::new()) };
            let count = window["count"].as_i64().unwrap_or_default();
            let written = if grain == one { format!("{count} {grain}s") } else { format!("{count} {grain}") };
            messages.push(format!("Invalid time granularity '{shown}' in window: '{written}'{more}"));
        }
    }
    messages.into_iter().map(|text| Error::parsing(text).at(metric.place.clone())).collect()
}

/// The grains that time spines of the project add.
fn custom_grains(manifest: &Manifest) -> Vec<String> {
    let spines = manifest.nodes.values().filter_map(|node| node.time_spine.as_ref());
    let grains = spines.flat_map(|spine| spine["custom_granularities"].as_array().into_iter().flatten());
    grains.filter_map(|grain| grain["name"].as_str()).map(str::to_owned).collect()
}

/// The flag that makes the older form a mistake.
const NESTED: &str = "require_nested_cumulative_type_params";

/// The mistake of metrics in the older form, where a flag makes it one.
pub fn older_form(manifest: &Manifest, flags: &Flags) -> Option<Error> {
    let old = if flags.switch(NESTED) { in_older_form(manifest) } else { Vec::new() };
    let names = old.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>().join(", ");
    let message = format!("{} Invalid metrics: {names}.", should_be_nested());
    old.first().map(|metric| Error::parsing(message).at(metric.place.clone()))
}

/// A warning of metrics in the older form.
pub(super) fn warning(manifest: &Manifest, flags: &Flags) -> Option<Warning> {
    let old = if flags.switch(NESTED) { Vec::new() } else { in_older_form(manifest) };
    let first = old.first()?;
    let (name, place) = ("MFCumulativeTypeParamsDeprecation", Some(first.place.clone()));
    Some(Warning { name, message: should_be_nested(), place })
}

fn should_be_nested() -> String {
    "`window` and `grain_to_date` of cumulative metrics should stand in `type_params.cumulative_type_params`."
        .to_owned()
}

fn in_older_form(manifest: &Manifest) -> Vec<&Semantic> {
    let is_old = |metric: &&Semantic| {
        let params = &metric.facts["type_params"];
        metric.facts["type"] == "cumulative" && ["window", "grain_to_date"].iter().any(|key| !params[*key].is_null())
    };
    manifest.metrics.values().filter(is_old).collect()
}
