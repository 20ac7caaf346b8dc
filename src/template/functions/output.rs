//! `log`, `print`, `write`, `render`: text that leaves a template, or comes back into it.

use std::sync::Arc;

use crate::jinja::{Engine, State, Value, bind, fail};
use crate::report::Event;
use crate::template::function::{Answer, text_of};
use crate::template::node::{Node, lock};

/// `log(message, info=False)`.
pub(super) fn log(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [message, info] = bind("log", arguments, ["msg", "info"], 1)?;
    let text = message.as_ref().map(text_of).unwrap_or_default();
    let info = info.is_some_and(|info| info.is_true());
    node.shared.globals.reporter.tell(Event::JinjaLog { text, info, node: node.who() });
    Ok(Value::from(""))
}

/// `print(message)`.
pub(super) fn print(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [message] = bind("print", arguments, ["msg"], 1)?;
    if node.shared.globals.flags.print {
        let text = message.as_ref().map(text_of).unwrap_or_default();
        node.shared.globals.reporter.tell(Event::JinjaPrint { text });
    }
    Ok(Value::from(""))
}

/// `write(text)`: what is kept in the folder `run`.
pub(super) fn write(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [payload] = bind("write", arguments, ["payload"], 1)?;
    *lock(&node.written) = payload.as_ref().map(text_of);
    Ok(Value::from(""))
}

/// `render(text)`: the text rendered with the names of this node.
pub(super) fn render(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [text] = bind("render", arguments, ["string"], 1)?;
    match text {
        Some(text) => Engine::render_inside(state, &node.what(), &text_of(&text)),
        None => Err(fail("render() takes a text")),
    }
}
