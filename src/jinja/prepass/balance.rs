//! Checks that every block tag is closed, by the tag that belongs to it.

use super::Fault;

/// The block tags that are open.
#[derive(Default)]
pub struct Balance {
    open: Vec<(String, usize)>,
}

impl Balance {
    /// A block tag with this word opens at byte `at`.
    pub fn open(&mut self, word: &str, at: usize) {
        self.open.push((word.to_string(), at));
    }

    /// The tag `end<word>` stands at byte `at`; gives back where its block was opened.
    pub fn close(&mut self, word: &str, at: usize) -> Result<usize, Fault> {
        match self.open.pop() {
            Some((open, start)) if open == word => Ok(start),
            Some((open, start)) => Err(Fault {
                at,
                message: format!("`{{% end{word} %}}` stands where `{{% end{open} %}}` is needed"),
                also: Some((start, format!("`{{% {open} %}}` is opened"))),
            }),
            None => Err(Fault {
                at,
                message: format!("`{{% end{word} %}}` closes nothing: no `{{% {word} %}}` is open"),
                also: None,
            }),
        }
    }

    /// The tag `else` or `elif` stands at byte `at`.
    pub fn branch(&self, word: &str, at: usize) -> Result<(), Fault> {
        let is_fitting = match self.open.last() {
            Some((open, _)) => open == "if" || (open == "for" && word == "else"),
            None => false,
        };
        if is_fitting {
            return Ok(());
        }
        let also = self.open.last().map(|(open, start)| (*start, format!("`{{% {open} %}}` is opened")));
        Err(Fault { at, message: format!("`{{% {word} %}}` belongs to no `{{% if %}}`"), also })
    }

    /// True inside of a loop.
    pub fn is_in_loop(&self) -> bool {
        self.open.iter().any(|(word, _)| word == "for")
    }

    /// True if what is written here goes straight into the rendered text.
    pub fn is_plain(&self) -> bool {
        self.open.iter().all(|(word, _)| matches!(word.as_str(), "if" | "for" | "with"))
    }

    /// The text ends.
    pub fn finish(mut self) -> Result<(), Fault> {
        match self.open.pop() {
            Some((word, at)) => Err(Fault {
                at,
                message: format!("`{{% {word} %}}` is never closed by `{{% end{word} %}}`"),
                also: None,
            }),
            None => Ok(()),
        }
    }
}
