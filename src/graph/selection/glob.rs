//! Wildcards: `*` and `?`, `[abc]`, `[!abc]`, by the rules of Python's `fnmatch` and, for paths, of its `Path.glob`.

/// Whether `pattern` matches the whole of `text`; `*` matches dots and slashes, too.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    if !is_wild(pattern) {
        return pattern == text;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches_letters(&pattern, &text)
}

/// Whether `pattern` has a character that does not stand for itself.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', ']'])
}

/// Whether `pattern` matches the whole of `path`; both use `/`.
///
/// A wildcard stays within one part of the path, and `**` stands for any number of folders.
pub(super) fn matches_path(pattern: &str, path: &str) -> bool {
    let is_part = |part: &&str| !part.is_empty() && *part != ".";
    let pattern: Vec<&str> = pattern.split('/').filter(is_part).collect();
    let path: Vec<&str> = path.split('/').filter(is_part).collect();
    !pattern.is_empty() && matches_parts(&pattern, &path)
}

fn matches_parts(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skipped| matches_parts(rest, &path[skipped..])),
        ([first, rest @ ..], [part, others @ ..]) => matches(first, part) && matches_parts(rest, others),
        ([], _) | (_, []) => false,
    }
}

/// The usual walk with one place to come back to: the last star.
fn matches_letters(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if at < pattern.len() && pattern[at] == '*' {
            star = Some((at + 1, read));
            at += 1;
        } else if at == pattern.len() && read == text.len() {
            return true;
        } else if let Some(next) = text.get(read).and_then(|letter| matches_one(pattern, at, *letter)) {
            at = next;
            read += 1;
        } else {
            match star {
                Some((after, from)) if from < text.len() => {
                    star = Some((after, from + 1));
                    at = after;
                    read = from + 1;
                }
                _ => return false,
            }
        }
    }
}

/// Where the pattern goes on behind what stands at `at`, when that matches `letter`.
fn matches_one(pattern: &[char], at: usize, letter: char) -> Option<usize> {
    match *pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => match class(&pattern[at..]) {
            Some((length, accepts)) => (accepts(letter)).then_some(at + length),
            None => (letter == '[').then_some(at + 1),
        },
        other => (other == letter).then_some(at + 1),
    }
}

/// Length of the class at the beginning of `pattern`, and its test; none when it is not closed.
fn class(pattern: &[char]) -> Option<(usize, impl Fn(char) -> bool + '_)> {
    let is_negated = pattern.get(1) == Some(&'!');
    let start = if is_negated { 2 } else { 1 };
    // A bracket in the first place stands for itself.
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|letter| *letter == ']')?;
    let inside = &pattern[start..end];
    let accepts = move |letter: char| {
        let mut at = 0;
        let mut is_in = false;
        while at < inside.len() {
            if at + 2 < inside.len() && inside[at + 1] == '-' {
                is_in = is_in || (inside[at]..=inside[at + 2]).contains(&letter);
                at += 3;
            } else {
                is_in = is_in || inside[at] == letter;
                at += 1;
            }
        }
        is_in != is_negated
    };
    Some((end + 1, accepts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_python() {
        for (pattern, text) in [
            ("*", ""),
            ("stg_*", "stg_orders"),
            ("*a*b", "xaxbxb"),
            ("a?c", "abc"),
            ("[sd]*", "dim"),
            ("[!sd]*", "fct"),
            ("[a-c]x", "bx"),
            ("[]]", "]"),
            ("[x", "[x"),
            ("a.*", "a.b.c"),
            ("ü?", "üö"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("stg_*", "xstg_"), ("a?c", "ac"), ("[!sd]*", "sx"), ("abc", "abcd"), ("", "a"), ("*b", "bc")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn paths_match_part_by_part() {
        for pattern in ["models/a/c.sql", "./models//a/c.sql", "models/*/c.sql", "**/c.sql", "models/**", "m*/?/*"] {
            assert!(matches_path(pattern, "models/a/c.sql"), "{pattern}");
        }
        for pattern in ["models", "models/", "a", "models/a/d.sql", "*.sql", "models/c.sql", "", "models/a/c.sql/d"] {
            assert!(!matches_path(pattern, "models/a/c.sql"), "{pattern}");
        }
    }
}
