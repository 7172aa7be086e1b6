//! "Did you mean": the known name that an unknown one is probably meant to be.

/// The nearest of the candidates; none if all are too different to be what was meant.
/// Of equally near ones, the first.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let wanted = plain(name);
    // One edit for a short name, one in three characters for a longer one.
    let most = (wanted.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// In edits; a beginning of three characters or more is one edit away.
fn distance(wanted: &str, candidate: &str) -> usize {
    if wanted.len() >= 3 && wanted != candidate && candidate.starts_with(wanted) {
        return 1;
    }
    strsim::damerau_levenshtein(wanted, candidate)
}

/// Help for an unknown name, as a sentence: the nearest known one, else all of them; none if there is
/// nothing to choose from.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<_> = known.into_iter().collect();
    if let Some(nearest) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    match known.as_slice() {
        [] => None,
        [only] => Some(format!("the only one is `{only}`.")),
        _ if known.len() <= MOST_LISTED => Some(format!("there are {}.", in_words(&known, "and"))),
        _ => Some(format!("there are {} and {} more.", quoted(&known[..MOST_LISTED]), known.len() - MOST_LISTED)),
    }
}

/// How many names are listed where none is near.
const MOST_LISTED: usize = 12;

/// Names as a reader expects them: `` `a`, `b` and `c` ``.
pub fn in_words(names: &[&str], conjunction: &str) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => format!("{} {conjunction} `{last}`", quoted(first)),
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, known: &[&str], expected: &str) {
        assert_eq!(did_you_mean(name, known.iter().copied()).as_deref().unwrap_or(""), expected);
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        check("sampels", &["name", "samples"], "did you mean `samples`?");
        check("Samples", &["name", "samples"], "did you mean `samples`?");
        check("max_jobs", &["max-jobs", "max-cost"], "did you mean `max-jobs`?");
        check("warn", &["note", "warning"], "did you mean `warning`?");
        check("seeds", &["seed", "need"], "did you mean `seed`?");
    }

    #[test]
    fn where_none_is_near_all_are_named() {
        check("x", &[], "");
        check("x", &["samples"], "the only one is `samples`.");
        check("frequency", &["samples", "seed", "name"], "there are `samples`, `seed` and `name`.");
        let many = ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii", "jj", "kk", "ll", "mm", "nn"];
        check(
            "frequency",
            &many,
            "there are `aa`, `bb`, `cc`, `dd`, `ee`, `ff`, `gg`, `hh`, `ii`, `jj`, `kk`, `ll` and 2 more.",
        );
    }
}
