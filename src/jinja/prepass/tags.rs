//! Rewrites tags, one after the other.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::balance::Balance;
use super::header::{self, header};
use super::lazy::lazy_loops;
use super::rewrite::Rewriter;
use super::{CallTag, Fault, Prepared, Signature};
use crate::jinja::expression::{self, Expression, ExpressionKind, Parser};
use crate::jinja::position::line_and_column;
use crate::jinja::scan::{Piece, PieceKind};
use crate::jinja::source_map::{can_mark, mark};

/// The rewriting of one text.
pub struct Tags<'a> {
    source: &'a str,
    rewriter: Rewriter<'a>,
    balance: Balance,
    calls: Vec<CallTag>,
    has_loop_name: bool,
    /// Where the first and last tags of loops begin whose condition can move inside.
    lazy: HashMap<usize, usize>,
    /// The last tags of those whose condition did move.
    moved: HashSet<usize>,
    /// Marks lead from the rendered text back here.
    has_marks: bool,
    /// No more marks from here on.
    has_last_mark: bool,
    /// Where the last tag ended, and whether it takes the white space behind it.
    last: (usize, bool),
}

impl<'a> Tags<'a> {
    /// Begins with `prelude`.
    pub fn new(source: &'a str, prelude: &str) -> Tags<'a> {
        Tags {
            source,
            rewriter: Rewriter::new(source, 0, prelude),
            balance: Balance::default(),
            calls: Vec::new(),
            has_loop_name: false,
            lazy: HashMap::new(),
            moved: HashSet::new(),
            has_marks: false,
            has_last_mark: false,
            last: (0, false),
        }
    }

    /// Puts marks into the text from here on.
    pub fn with_marks(mut self) -> Tags<'a> {
        self.has_marks = can_mark(self.source);
        self
    }

    /// Looks through all tags that are to be written.
    pub fn expect(&mut self, pieces: &[Piece]) {
        self.lazy = lazy_loops(self.source, pieces);
    }

    /// Writes one tag.
    pub fn piece(&mut self, piece: &Piece) -> Result<(), Fault> {
        self.rewriter.owns_loop = self.has_loop_name && !self.balance.is_in_loop();
        self.mark(Some(piece), piece.span.start);
        self.last = (piece.span.end, self.source[..piece.span.end - 2].ends_with('-'));
        match piece.kind {
            PieceKind::Expression => {
                if let Some(expression) = expression::parse(self.source, piece.inner.clone()) {
                    self.rewriter.expression(&expression);
                }
                Ok(())
            }
            PieceKind::Statement => self.statement(piece),
            PieceKind::Comment | PieceKind::Raw => Ok(()),
        }
    }

    /// Copies the rest, adds `tail`, and gives back the result.
    pub fn finish(mut self, end: usize, tail: &str) -> Result<Prepared, Fault> {
        self.mark(None, end);
        self.balance.finish()?;
        let (mut text, map) = self.rewriter.buffer.finish(end);
        text.push_str(tail);
        Ok(Prepared { text, map, calls: self.calls, has_marks: self.has_marks })
    }

    /// Writes the first tag of a macro block as `{% macro _km(...) %}`.
    pub fn macro_header(&mut self, piece: &Piece) -> Result<Signature, Fault> {
        let word = piece.word(self.source);
        let after = piece.after_word(self.source);
        let word_span = after.start - word.len()..after.start;
        if word == "materialization" {
            self.rewriter.buffer.replace(word_span.start..after.end, "macro _km() ");
            return Ok(Signature::default());
        }
        let Some(header) = header(self.source, after) else {
            let message = format!("the parameters of this `{{% {word} %}}` cannot be read");
            return Err(Fault { at: piece.span.start, message, also: None });
        };
        let names: Vec<&str> = header.parameters.iter().map(|it| &self.source[it.name.clone()]).collect();
        let hides = |name: &str| self.source.contains(name) && !names.contains(&name);
        let (has_varargs, has_kwargs) = (hides("varargs"), hides("kwargs"));
        self.has_loop_name = names.contains(&"loop");
        self.rewriter.owns_loop = self.has_loop_name;
        let parameters = header.parameters.iter();
        let parameters = parameters.map(|it| (self.source[it.name.clone()].into(), it.default.is_some())).collect();

        let hidden: Vec<&str> = [("varargs", has_varargs), ("kwargs", has_kwargs)]
            .into_iter()
            .filter_map(|(name, is_hidden)| is_hidden.then_some(name))
            .collect();
        let comma = if hidden.is_empty() || names.is_empty() { "" } else { ", " };
        self.rewriter.buffer.replace(word_span, "macro");
        self.rewriter.buffer.replace(header.name, "_km");
        self.rewriter.buffer.insert(header.open + 1, &format!("{}{comma}", hidden.join(", ")));
        let moved = self.rewriter.parameters(&header.parameters);
        if !moved.is_empty() {
            // The mark of white space control belongs behind the last tag.
            let marked = self.source[..piece.span.end - 2].ends_with('-');
            self.rewriter.buffer.insert(piece.inner.end, "%}");
            let moved = moved.strip_suffix("%}").unwrap_or(&moved);
            self.rewriter.buffer.replace(piece.inner.end..piece.span.end, moved);
            self.rewriter.buffer.insert(piece.span.end, if marked { "-%}" } else { "%}" });
        }
        Ok(Signature { parameters, has_varargs, has_kwargs })
    }

    /// Writes the last tag of a macro block.
    pub fn macro_end(&mut self, piece: &Piece) {
        let after = piece.after_word(self.source);
        let word = piece.word(self.source);
        self.rewriter.buffer.replace(after.start - word.len()..after.start, "endmacro");
    }

    /// Marks the plain text up to byte `end`, and the tag that begins there if it is an expression.
    fn mark(&mut self, next: Option<&Piece>, end: usize) {
        if !self.has_marks || self.has_last_mark || !self.balance.is_plain() {
            return;
        }
        let (start, takes_space) = self.last;
        let text = &self.source[start..end];
        let blank = text.len() - text.trim_start().len();
        if blank < text.len() {
            let range = start + blank..end;
            self.rewriter.buffer.insert(range.start, &mark(&range));
        }
        let is_taken = takes_space && !text.is_empty() && blank == text.len();
        let gives_text = next.is_some_and(|piece| piece.kind == PieceKind::Expression);
        if gives_text && !is_taken && !self.source[end + 2..].starts_with('-') {
            self.rewriter.buffer.insert(end, &mark(&(end..end)));
        }
    }

    fn statement(&mut self, piece: &Piece) -> Result<(), Fault> {
        let word = piece.word(self.source);
        let after = piece.after_word(self.source);
        let at = piece.span.start;
        match word {
            "if" => {
                self.balance.open(word, at);
                self.condition(after);
            }
            "elif" => {
                self.balance.branch(word, at)?;
                self.condition(after);
            }
            "else" => {
                self.balance.branch(word, at)?;
                self.drop_colon(after);
            }
            "for" => {
                self.rewriter.owns_loop = self.has_loop_name && !self.balance.is_in_loop();
                self.for_loop(after, self.lazy.get(&at).copied());
                self.balance.open(word, at);
            }
            "set" => self.set(piece, after),
            "do" => self.do_tag(piece, after),
            "call" => {
                let (first_line, _) = line_and_column(self.source, at);
                self.calls.push(CallTag { at, first_line, last_line: first_line });
                self.balance.open(word, at);
                self.call(after);
            }
            "macro" => {
                self.balance.open(word, at);
                if let Some(header) = header(self.source, after) {
                    self.rewriter.parameters(&header.parameters);
                }
            }
            "with" => {
                self.balance.open(word, at);
                self.with(after);
            }
            "filter" | "block" | "autoescape" => self.balance.open(word, at),
            _ => {
                if self.moved.contains(&at) {
                    self.rewriter.buffer.replace(after.start - word.len()..after.start, "endif %}{% endfor");
                }
                if let Some(opened) = word.strip_prefix("end") {
                    self.end(opened, at)?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, opened: &str, at: usize) -> Result<(), Fault> {
        let start = self.balance.close(opened, at)?;
        if let Some(call) = self.calls.iter_mut().find(|call| call.at == start) {
            (call.last_line, _) = line_and_column(self.source, at);
        }
        Ok(())
    }

    fn condition(&mut self, range: Range<usize>) {
        let Some(mut parser) = Parser::new(self.source, range) else { return };
        let Some(condition) = parser.list() else { return };
        let colon = parser.take(":");
        if !parser.is_done() {
            return;
        }
        self.rewriter.expression(&condition);
        if let Some(colon) = colon {
            self.rewriter.buffer.replace(colon, "");
        }
    }

    fn drop_colon(&mut self, range: Range<usize>) {
        let rest = &self.source[range.clone()];
        if rest.trim() == ":" {
            self.rewriter.buffer.replace(range, " ");
        }
    }

    fn for_loop(&mut self, range: Range<usize>, end_of_lazy: Option<usize>) {
        let Some(mut parser) = Parser::new(self.source, range) else { return };
        let mut targets = Vec::new();
        while parser.take("in").is_none() {
            let Some(token) = parser.skip() else { return };
            targets.push(token);
        }
        let Some(sequence) = parser.plain_list() else { return };
        let condition = match parser.take("if") {
            Some(word) => match parser.expression() {
                Some(condition) => Some((word, condition)),
                None => return,
            },
            None => None,
        };
        if parser.take("recursive").is_some() {
            // A recursive loop captures its own text.
            self.has_last_mark = true;
        }
        let colon = parser.take(":");
        if !parser.is_done() {
            return;
        }
        self.sequence(&sequence);
        if let Some((word, condition)) = condition {
            if let Some(end) = end_of_lazy {
                self.moved.insert(end);
                self.rewriter.buffer.replace(word, "%}{% if");
            }
            // In the condition of a loop `loop` is the engine's.
            self.rewriter.owns_loop = false;
            self.rewriter.expression(&condition);
        }
        if let Some(colon) = colon {
            self.rewriter.buffer.replace(colon, "");
        }
    }

    /// What a loop goes over: the engine does not count the letters of a text, so they become a list.
    fn sequence(&mut self, sequence: &Expression) {
        let may_be_text = match &sequence.kind {
            ExpressionKind::List(_) | ExpressionKind::Dict(_) | ExpressionKind::Tuple { .. } => false,
            ExpressionKind::Call { operand, .. } => &self.source[operand.span.clone()] != "range",
            _ => true,
        };
        if may_be_text {
            self.rewriter.buffer.insert(sequence.span.start, "(");
        }
        self.rewriter.expression(sequence);
        if may_be_text {
            self.rewriter.buffer.insert(sequence.span.end, ")|_letters");
        }
    }

    fn set(&mut self, piece: &Piece, range: Range<usize>) {
        let Some(mut parser) = Parser::new(self.source, range) else { return };
        let mut targets = Vec::new();
        while !parser.is_done() && parser.take("=").is_none() {
            if parser.peek() == "|" {
                break;
            }
            let Some(token) = parser.skip() else { return };
            targets.push(token);
        }
        let has_value = parser_took_equals(self.source, &targets, &parser);
        if !has_value {
            self.balance.open("set", piece.span.start);
            return;
        }
        let Some(value) = parser.list().filter(|_| parser.is_done()) else { return };
        for target in targets {
            if &self.source[target.clone()] == "loop" && !self.balance.is_in_loop() {
                self.has_loop_name = true;
                self.rewriter.owns_loop = true;
            }
            self.rewriter.name(target);
        }
        self.rewriter.assigned(&value);
    }

    fn do_tag(&mut self, piece: &Piece, range: Range<usize>) {
        let Some(value) = expression::parse(self.source, range.clone()) else { return };
        let open = piece.span.start;
        let mark = if self.source[open + 2..].starts_with('-') { "{{-" } else { "{{" };
        self.rewriter.buffer.replace(open..range.start, mark);
        self.rewriter.buffer.insert(value.span.start, "(");
        self.rewriter.expression(&value);
        self.rewriter.buffer.insert(value.span.end, ")|_void");
        let mark = if self.source[..piece.span.end - 2].ends_with('-') { "-}}" } else { "}}" };
        self.rewriter.buffer.replace(piece.inner.end..piece.span.end, mark);
    }

    fn call(&mut self, range: Range<usize>) {
        let Some(mut parser) = Parser::new(self.source, range) else { return };
        let parameters = match parser.peek() {
            "(" => match header::parameters(&mut parser) {
                Some((_, parameters)) => parameters,
                None => return,
            },
            _ => Vec::new(),
        };
        let Some(called) = parser.expression().filter(|_| parser.is_done()) else { return };
        self.rewriter.parameters(&parameters);
        self.called(&called);
    }

    fn called(&mut self, called: &Expression) {
        match &called.kind {
            ExpressionKind::Call { operand, arguments } => {
                self.rewriter.expression(operand);
                self.rewriter.arguments(arguments);
            }
            _ => self.rewriter.expression(called),
        }
    }

    fn with(&mut self, range: Range<usize>) {
        let Some(mut parser) = Parser::new(self.source, range) else { return };
        let mut values = Vec::new();
        while !parser.is_done() {
            while parser.take("=").is_none() {
                if parser.skip().is_none() {
                    return;
                }
            }
            let Some(value) = parser.expression() else { return };
            values.push(value);
            if !parser.is_done() && parser.take(",").is_none() {
                return;
            }
        }
        for value in &values {
            self.rewriter.expression(value);
        }
    }
}

/// True if the tag assigns with `=`: then the cursor stands behind the sign, not behind a target or before a filter.
fn parser_took_equals(source: &str, targets: &[Range<usize>], parser: &Parser<'_>) -> bool {
    let end = targets.last().map_or(0, |target| target.end);
    source[end..parser.here().start].contains('=')
}
