//! Macros, exposures and groups.

use super::read::{Item, Reader, into_list};
use super::{ArgumentProperties, ExposureProperties, GroupProperties, MacroProperties};
use crate::error::{Error, Result};
use crate::project::yaml::{Map, Node};

const MACRO_KEYS: [&str; 6] = ["name", "description", "docs", "meta", "config", "arguments"];
const EXPOSURE_KEYS: [&str; 11] =
    ["name", "type", "owner", "label", "url", "maturity", "description", "depends_on", "meta", "tags", "config"];
const EXPOSURE_TYPES: [&str; 5] = ["dashboard", "notebook", "analysis", "ml", "application"];
const MATURITIES: [&str; 3] = ["low", "medium", "high"];
const GROUP_KEYS: [&str; 4] = ["name", "owner", "description", "config"];

/// One entry of `macros`.
pub fn macros(reader: &mut Reader<'_>, mut item: Item) -> Result<MacroProperties> {
    let config = item.take("config");
    let arguments = item.list("arguments")?.into_iter().map(|node| argument(reader, node)).collect::<Result<_>>()?;
    let properties = MacroProperties {
        file: reader.file.clone(),
        description: item.text("description")?,
        docs: item.rendered("docs", reader),
        meta: item.rendered("meta", reader),
        config: reader.config(config)?,
        arguments,
        name: item.name,
        origin: item.origin,
    };
    reader.warn_of_unknown(&item.map, &item.what, &MACRO_KEYS);
    Ok(properties)
}

fn argument(reader: &mut Reader<'_>, node: Node) -> Result<ArgumentProperties> {
    let mut item = Item::of(node, "arguments")?;
    Ok(ArgumentProperties {
        kind: item.rendered_text("type", reader)?,
        description: item.text("description")?,
        name: item.name,
    })
}

/// One entry of `exposures`.
pub fn exposure(reader: &mut Reader<'_>, mut item: Item) -> Result<ExposureProperties> {
    let config = item.take("config");
    let kind = word(reader, &mut item, "type", &EXPOSURE_TYPES)?.ok_or_else(|| {
        let hint = "write `type: dashboard`, `notebook`, `analysis`, `ml` or `application`";
        Error::parsing(format!("{} has no `type`", item.what)).at(item.origin.place()).hint(hint)
    })?;
    let maturity = word(reader, &mut item, "maturity", &MATURITIES)?;
    let owner = owner(reader, &mut item)?;
    let depends_on = item.take("depends_on").map(|node| into_list(node, "depends_on")).transpose()?;
    let mut properties = ExposureProperties {
        file: reader.file.clone(),
        kind,
        owner,
        label: item.rendered_text("label", reader)?,
        url: item.rendered_text("url", reader)?,
        maturity,
        description: item.text("description")?,
        depends_on: depends_on.unwrap_or_default(),
        meta: item.rendered("meta", reader),
        tags: item.rendered("tags", reader),
        config: reader.config(config)?,
        extra: Map::default(),
        name: item.name,
        origin: item.origin,
    };
    reader.warn_of_unknown(&item.map, &item.what, &EXPOSURE_KEYS);
    properties.extra = item.map;
    Ok(properties)
}

/// The text of `key`, which must be one of `words`.
fn word(reader: &mut Reader<'_>, item: &mut Item, key: &str, words: &[&str]) -> Result<Option<String>> {
    let place = item.map.get(key).map(|node| node.origin.place());
    let Some(text) = item.rendered_text(key, reader)? else { return Ok(None) };
    if words.contains(&text.as_str()) {
        return Ok(Some(text));
    }
    let message = format!("`{key}` of {} must be one of `{}`, not `{text}`", item.what, words.join("`, `"));
    let error = Error::parsing(message).at(place.unwrap_or_else(|| item.origin.place()));
    Err(error.meant(&text, words.iter().copied()))
}

/// One entry of `groups`.
pub fn group(reader: &mut Reader<'_>, mut item: Item) -> Result<GroupProperties> {
    let config = item.take("config");
    let properties = GroupProperties {
        file: reader.file.clone(),
        owner: owner(reader, &mut item)?,
        description: item.text("description")?,
        config: reader.config(config)?,
        name: item.name,
        origin: item.origin,
    };
    reader.warn_of_unknown(&item.map, &item.what, &GROUP_KEYS);
    Ok(properties)
}

fn owner(reader: &mut Reader<'_>, item: &mut Item) -> Result<Map> {
    let missing = || {
        let error = Error::parsing(format!("{} has no `owner`", item.what)).at(item.origin.place());
        error.hint("write `owner: {name: .., email: ..}`")
    };
    let missing = missing();
    let owner = item.rendered("owner", reader).ok_or(missing)?;
    owner.map("owner").cloned()
}
