//! "Did you mean": help for an unknown name.

use comfycheck_wording::{names_with, quote};

/// The nearest of the known names; none if none resembles the unknown one.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    comfycheck_wording::nearest(name, known).first().copied()
}

/// The nearest known name as help, or else all of them; none if there are none.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<_> = known.into_iter().collect();
    if let Some(nearest) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean {}?", quote(nearest)));
    }
    match known.len() {
        0 => None,
        1..=MOST_LISTED => Some(format!("use {}", names_with(known, "or"))),
        all => {
            let listed: Vec<_> = known[..MOST_LISTED].iter().map(|name| quote(name)).collect();
            Some(format!("use {} or one of {} others", listed.join(", "), all - MOST_LISTED))
        }
    }
}

/// How many names are listed where none is near.
const MOST_LISTED: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_or_else_all_are() {
        let many = ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii", "jj", "kk", "ll", "mm", "nn"];
        let cases: [(&str, &[&str]); 5] = [
            ("sampels", &["name", "samples"]),
            ("x", &[]),
            ("x", &["samples"]),
            ("frequency", &["samples", "seed", "name"]),
            ("frequency", &many),
        ];
        let lines = cases.map(|(name, known)| format!("{:?}", did_you_mean(name, known.iter().copied())));
        let lines = lines.join("\n");
        insta::assert_snapshot!(lines);
    }
}
