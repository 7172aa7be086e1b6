//! Known names that resemble an unknown one, for "did you mean".

/// At most three of `known` that resemble `name`, the nearest first; equally near ones in
/// their own order.
///
/// Case does not count, and `_` equals `-`. A name resembles another that is at most one edit
/// away for every three of its characters, or that begins with it. Names longer than 256 bytes
/// resemble nothing: comparing them costs more than a suggestion is worth.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let is_short = |name: &str| name.len() <= LONGEST;
    if !is_short(name) {
        return Vec::new();
    }
    let name = plain(name);
    let most = (name.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|known| is_short(known))
        .map(|known| (distance(&name, &plain(known)), known))
        .filter(|(distance, known)| *distance <= most && *distance < known.chars().count())
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().take(MOST).map(|(_, known)| known).collect()
}

/// How many names are suggested.
const MOST: usize = 3;

/// In bytes.
const LONGEST: usize = 256;

fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// In edits. A beginning of three characters or more is one edit away from the whole.
fn distance(name: &str, known: &str) -> usize {
    if name.len() >= 3 && name != known && known.starts_with(name) {
        return 1;
    }
    strsim::damerau_levenshtein(name, known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, known: &[&str], expected: &[&str]) {
        assert_eq!(nearest(name, known.iter().copied()), expected);
    }

    #[test]
    fn near_names_come_in_order() {
        let classes = ["KSampler", "KSamplerSelect", "VAEDecode", "VAEEncode", "ClownsharKSampler_Beta"];
        check("ClownsharKSampler_Alpha", &classes, &["ClownsharKSampler_Beta"]);
        check("VaeDecoder", &classes, &["VAEDecode", "VAEEncode"]);
        check("KSampler", &["KSampler2", "ksampler"], &["ksampler", "KSampler2"]);
        check("KSamplerSelected", &classes, &["KSamplerSelect"]);
    }

    #[test]
    fn keywords_are_found_by_typos_beginnings_and_other_separators() {
        check("sampels", &["name", "samples"], &["samples"]);
        check("Samples", &["name", "samples"], &["samples"]);
        check("max_jobs", &["max-jobs", "max-cost"], &["max-jobs"]);
        check("warn", &["note", "warning"], &["warning"]);
        check("seeds", &["seed", "need"], &["seed"]);
    }

    #[test]
    fn at_most_three_are_suggested() {
        check("node", &["node1", "node2", "node3", "node4"], &["node1", "node2", "node3"]);
    }

    #[test]
    fn a_name_that_resembles_nothing_has_no_suggestion() {
        check("Sigmas Rescale", &["KSampler", "BetaSamplingScheduler"], &[]);
        let long = "x".repeat(257);
        check(&long, &[&long], &[]);
        check("x", &[&long, "y"], &[]);
        check("", &["KSampler"], &[]);
    }
}
