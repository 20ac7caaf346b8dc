//! The templates of the semantic layer: filters of metrics, and what saved queries group and order by.
//!
//! They are not rendered here but by engines of metrics; a template that such an engine cannot read is refused.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use crate::error::Error;
use crate::jinja::{CallError, Engine, Mode, Object, ObjectRepr, State, Template, Value, bind, fail};

use super::Semantic;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Vec::new(), Vec::new()));

/// Parts of a date that a dimension can be asked for.
const DATE_PARTS: [&str; 6] = ["year", "quarter", "month", "day", "dow", "doy"];

/// The name of the time of all metrics, which belongs to no entity.
const METRIC_TIME: &str = "metric_time";

/// What cannot be read in the filters of a metric.
pub(super) fn of_metric(metric: &Semantic) -> Vec<Error> {
    let name = &metric.name;
    let params = &metric.facts["type_params"];
    let mut places = vec![(format!("filter of metric `{name}`"), &metric.facts["filter"])];
    let of_measure = |measure: &Json| {
        format!("filter of measure input `{}` on metric `{name}`", measure["name"].as_str().unwrap_or_default())
    };
    let conversion = &params["conversion_type_params"];
    for measure in [&params["measure"], &conversion["base_measure"], &conversion["conversion_measure"]] {
        places.push((of_measure(measure), &measure["filter"]));
    }
    for key in ["numerator", "denominator"] {
        places.push((format!("{key} filter on metric `{name}`"), &params[key]["filter"]));
    }
    for input in params["metrics"].as_array().into_iter().flatten() {
        let wanted = input["name"].as_str().unwrap_or_default();
        places.push((format!("filter for input metric `{wanted}` on metric `{name}`"), &input["filter"]));
    }
    places.iter().flat_map(|(what, filter)| wrong(what, filter, metric)).collect()
}

/// What cannot be read in the templates of a saved query.
pub(super) fn of_saved_query(query: &Semantic) -> Vec<Error> {
    let (name, params) = (&query.name, &query.facts["query_params"]);
    let mut errors = wrong(&format!("filter in saved query `{name}`"), &params["where"], query);
    for (key, what) in [("group_by", "group-by"), ("order_by", "order-by")] {
        for item in params[key].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let what = format!("{what} in saved query `{name}`");
            errors.extend(wrong_text(&what, &format!("{{{{ {item} }}}}"), query));
        }
    }
    errors
}

fn wrong(what: &str, filter: &Json, entry: &Semantic) -> Vec<Error> {
    let filters = filter["where_filters"].as_array().into_iter().flatten();
    let texts = filters.filter_map(|filter| filter["where_sql_template"].as_str());
    texts.filter_map(|text| wrong_text(what, text, entry)).collect()
}

/// The error of a template that cannot be read.
fn wrong_text(what: &str, text: &str, entry: &Semantic) -> Option<Error> {
    let template = Template { what, file: Path::new(&entry.original_path), line: 1, column: 1, text };
    let cause = ENGINE.render(Mode::Run, &template, &Value::from_object(Builders)).err()?;
    let message = format!("the {what} cannot be read: `{}`: {}", text.trim(), cause.message());
    Some(Error::parsing(message).at(entry.place.clone()))
}

/// The names that a template may use.
#[derive(Debug)]
struct Builders;

impl Object for Builders {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let builder = match key.as_str()? {
            "Dimension" => Builder::Dimension,
            "TimeDimension" => Builder::TimeDimension,
            "Entity" => Builder::Entity,
            "Metric" => Builder::Metric,
            _ => return None,
        };
        Some(Value::from_object(builder))
    }
}

/// A function that names a part of a semantic model, or a metric.
#[derive(Debug, Clone, Copy)]
enum Builder {
    Dimension,
    TimeDimension,
    Entity,
    Metric,
}

impl Object for Builder {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, CallError> {
        match **self {
            Builder::Dimension => {
                let [name, ..] = bind("Dimension", arguments, ["name", "entity_path"], 1)?;
                of_an_entity(name.as_ref())?;
            }
            Builder::TimeDimension => {
                let names =
                    ["time_dimension_name", "time_granularity_name", "entity_path", "descending", "date_part_name"];
                let [name, _, _, _, part] = bind("TimeDimension", arguments, names, 1)?;
                of_an_entity(name.as_ref())?;
                part.as_ref().map(date_part).transpose()?;
            }
            Builder::Entity => {
                let [name, ..] = bind("Entity", arguments, ["entity_name", "entity_path"], 1)?;
                text(name.as_ref())?;
            }
            Builder::Metric => {
                let [name, group] = bind("Metric", arguments, ["metric_name", "group_by"], 1)?;
                text(name.as_ref())?;
                if group.is_none_or(|group| !group.is_true()) {
                    return Err(fail("`group_by` parameter is required for Metric in where filter"));
                }
            }
        }
        Ok(Value::from_object(Built))
    }
}

fn text(value: Option<&Value>) -> Result<&str, CallError> {
    let given = value.and_then(Value::as_str);
    given.ok_or_else(|| fail("a name must be a text in quotes"))
}

/// Refuses a dimension's name without the entity that it belongs to.
fn of_an_entity(name: Option<&Value>) -> Result<(), CallError> {
    let name = text(name)?;
    if name.split("__").count() == 2 || name.eq_ignore_ascii_case(METRIC_TIME) {
        return Ok(());
    }
    Err(fail(format!(
        "Name is in an incorrect format: '{name}'. It should be of the form: <primary entity name>__<dimension_name>"
    )))
}

fn date_part(value: &Value) -> Result<(), CallError> {
    let part = text(Some(value))?.to_lowercase();
    match DATE_PARTS.contains(&part.as_str()) {
        true => Ok(()),
        false => Err(fail(format!("'{part}' is no part of a date; those are: {}", DATE_PARTS.join(", ")))),
    }
}

/// What a function gives: it can be asked for a grain, a part of its date, or an order.
#[derive(Debug)]
struct Built;

impl Object for Built {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, CallError> {
        let [value] = bind(method, arguments, ["value"], 1)?;
        match method {
            "grain" => text(value.as_ref()).map(|_| ())?,
            "date_part" => value.as_ref().map_or(Ok(()), date_part)?,
            "descending" => {}
            other => return Err(fail(format!("a dimension has no method `{other}`"))),
        }
        Ok(Value::from_object(Built))
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("part")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(), String> {
        let template = Template { what: "filter", file: Path::new("s.yml"), line: 1, column: 1, text };
        let rendered = ENGINE.render(Mode::Run, &template, &Value::from_object(Builders));
        rendered.map(|_| ()).map_err(|error| error.message().to_owned())
    }

    // What dbt 1.11 takes and refuses.
    #[test]
    fn templates_name_parts_of_semantic_models() {
        for text in [
            "status = 1",
            "{{ Dimension('order__status') }} = 'x' and {{ Entity('customer') }} is not null",
            "{{ Dimension('order__at').grain('month') }} > {{ Dimension('order__at').date_part('year') }}",
            "{{ TimeDimension('order__at', 'fiscal_year') }} > 1 or {{ TimeDimension('metric_time', 'day') }} > 1",
            "{{ TimeDimension('order__at', date_part_name='year') }} = 1",
            "{{ Metric('total', group_by=['order']) }} > 3 and {{ Metric('nope', ['order']) }}",
            "{{ Dimension('order__status', ['customer']) | upper }}{% if true %} = 1{% endif %}",
        ] {
            assert_eq!(read(text), Ok(()), "{text}");
        }
        for (text, reason) in [
            ("{{ Dimension('status') }}", "incorrect format: 'status'"),
            ("{{ TimeDimension('a__b__c', 'day') }}", "incorrect format: 'a__b__c'"),
            ("{{ Dimension(3) }}", "must be a text"),
            ("{{ Dimension(order__status) }}", "must be a text"),
            ("{{ Metric('total') }}", "`group_by` parameter is required"),
            ("{{ Dimension('order__at').date_part('yeer') }}", "no part of a date"),
            ("{{ var('x', 1) }} = 1", "undefined"),
            ("{{ Dimension('order__status' }}", ""),
        ] {
            let refusal = read(text).expect_err(text);
            assert!(refusal.contains(reason), "{text}: {refusal}");
        }
    }
}
