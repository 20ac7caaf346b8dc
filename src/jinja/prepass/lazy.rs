//! Finds the loops whose condition must be asked as the loop goes on.
//!
//! `{% for x in all if x not in seen %}` asks each time around in Jinja2, but the engine asks for all items before the
//! first. Where the loop has no `else` and nobody looks at `loop`, the condition can become an `if` inside of it.

use std::collections::HashMap;

use crate::jinja::scan::{Piece, PieceKind};

/// A loop that is open, as far as it has been read.
struct Open {
    start: usize,
    can_move: bool,
}

/// Where the tags `for` of such loops begin, and where their `endfor`.
pub fn lazy_loops(source: &str, pieces: &[Piece]) -> HashMap<usize, usize> {
    let mut lazy = HashMap::new();
    // `None` stands for an open `if`, to which an `else` may belong.
    let mut open: Vec<Option<Open>> = Vec::new();
    for piece in pieces {
        let inner = &source[piece.inner.clone()];
        let word = if piece.kind == PieceKind::Statement { piece.word(source) } else { "" };
        if word == "for" {
            let has_condition = inner.split_whitespace().any(|part| part == "if");
            open.push(Some(Open { start: piece.span.start, can_move: has_condition && !inner.contains("recursive") }));
        }
        if piece.kind != PieceKind::Comment && inner.contains("loop") {
            open.iter_mut().flatten().for_each(|it| it.can_move = false);
        }
        match word {
            "if" => open.push(None),
            "endif" => drop(open.pop()),
            "else" => {
                if let Some(Some(it)) = open.last_mut() {
                    it.can_move = false;
                }
            }
            "endfor" => {
                if let Some(Some(it)) = open.pop()
                    && it.can_move
                {
                    lazy.insert(it.start, piece.span.start);
                }
            }
            _ => {}
        }
    }
    lazy
}
