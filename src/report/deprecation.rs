//! Deprecated forms: each is told once, and counted for the end.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;

use super::event::Warning;

/// The group by which `--warn-error-options` names all of them.
pub(super) const GROUP: &str = "Deprecations";

/// dbt's names of them, each with its code.
pub(super) const NAMES: [(&str, &str); 37] = [
    ("PackageRedirectDeprecation", "D001"),
    ("PackageInstallPathDeprecation", "D002"),
    ("ConfigSourcePathDeprecation", "D003"),
    ("ConfigDataPathDeprecation", "D004"),
    ("AdapterDeprecationWarning", "D005"),
    ("MetricAttributesRenamed", "D006"),
    ("ExposureNameDeprecation", "D007"),
    ("EnvironmentVariableRenamed", "D009"),
    ("ConfigLogPathDeprecation", "D010"),
    ("ConfigTargetPathDeprecation", "D011"),
    ("CollectFreshnessReturnSignature", "D012"),
    ("TestsConfigDeprecation", "D012"),
    ("ProjectFlagsMovedDeprecation", "D013"),
    ("ResourceNamesWithSpacesDeprecation", "D015"),
    ("PackageMaterializationOverrideDeprecation", "D016"),
    ("SourceFreshnessProjectHooksNotRun", "D017"),
    ("MFTimespineWithoutYamlConfigurationDeprecation", "D018"),
    ("MFCumulativeTypeParamsDeprecation", "D019"),
    ("MicrobatchMacroOutsideOfBatchesDeprecation", "D020"),
    ("GenericJSONSchemaValidationDeprecation", "D022"),
    ("UnexpectedJinjaBlockDeprecation", "D023"),
    ("DuplicateYAMLKeysDeprecation", "D024"),
    ("CustomTopLevelKeyDeprecation", "D025"),
    ("CustomKeyInConfigDeprecation", "D026"),
    ("CustomKeyInObjectDeprecation", "D027"),
    ("CustomOutputPathInSourceFreshnessDeprecation", "D029"),
    ("PropertyMovedToConfigDeprecation", "D030"),
    ("WEOIncludeExcludeDeprecation", "D031"),
    ("ModelParamUsageDeprecation", "D032"),
    ("ModulesItertoolsUsageDeprecation", "D034"),
    ("SourceOverrideDeprecation", "D035"),
    ("EnvironmentVariableNamespaceDeprecation", "D036"),
    ("MissingPlusPrefixDeprecation", "D037"),
    ("ArgumentsPropertyInGenericTestDeprecation", "D038"),
    ("MissingArgumentsPropertyInGenericTestDeprecation", "D039"),
    ("DuplicateNameDistinctNodeTypesDeprecation", "D040"),
    (SUMMARY, "D028"),
];

/// The warning that sums them up, which is none of them.
pub(super) const SUMMARY: &str = "DeprecationsSummary";

/// True for the name of a warning on a deprecated form.
pub(super) fn is_deprecation(name: &str) -> bool {
    name != SUMMARY && NAMES.iter().any(|(known, _)| *known == name)
}

/// Whether the line of a deprecated form has its name: some of those since dbt 1.10 always, the others where `all` are to have it.
pub(super) fn is_named(name: &str, all: bool) -> bool {
    let has_name = |code: &str| ("D022".."D032").contains(&code) || ("D037".."D040").contains(&code);
    NAMES.iter().any(|(known, code)| *known == name && (all || has_name(code)))
}

/// What is told of one deprecated form, under the words by which people look for them.
pub(super) fn headed(text: &str) -> String {
    format!("Deprecated functionality\n{text}")
}

/// How often each deprecated form was met in this invocation.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<IndexMap<&'static str, usize>>);

impl Counts {
    /// Counts one more; true for the first of its name.
    pub fn add(&self, name: &'static str) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(name).or_default();
        *count += 1;
        *count == 1
    }

    /// The warning that sums them up; none when there were none. `shows_all` says that each one was told.
    pub fn summary(&self, shows_all: bool) -> Option<Warning> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.is_empty() {
            return None;
        }
        let mut text = "Deprecated functionality\nSummary of encountered deprecations:".to_owned();
        for (name, count) in counts.iter() {
            let noun = if *count == 1 { "occurrence" } else { "occurrences" };
            text.push_str(&format!("\n- {name}: {count} {noun}"));
        }
        if !shows_all && counts.values().any(|count| *count > 1) {
            text.push_str("\n\n`--show-all-deprecations` tells each of them, not only the first of its kind.");
        }
        Some(Warning::new(SUMMARY, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_by_name_and_says_how_to_see_the_rest() {
        let counts = Counts::default();
        assert_eq!(counts.summary(false), None);
        assert!(counts.add("ConfigDataPathDeprecation"));
        assert!(!counts.summary(false).unwrap().text.contains("--show-all"));
        assert!(counts.add("SourceOverrideDeprecation"));
        assert!(!counts.add("SourceOverrideDeprecation"));
        let text = counts.summary(false).unwrap().text;
        assert!(
            text.contains("\n- ConfigDataPathDeprecation: 1 occurrence\n- SourceOverrideDeprecation: 2 occurrences\n")
        );
        assert!(text.contains("--show-all-deprecations"));
    }
}
