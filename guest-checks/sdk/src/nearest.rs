//! Names that resemble a name, for `did you mean`.

/// At most three of `offered` that resemble `wanted`, the nearest first, equally near
/// ones in their own order. Case is ignored.
///
/// Names longer than 256 bytes resemble nothing: comparing them costs more than a
/// suggestion is worth.
pub fn nearest<'a>(wanted: &str, offered: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let near = |name: &'a str| {
        let likeness = strsim::normalized_damerau_levenshtein(&wanted, &name.to_lowercase());
        (likeness >= LIKENESS).then_some((likeness, name))
    };
    let short = |name: &str| name.len() <= LONGEST;
    let mut near: Vec<_> = offered.into_iter().filter(|name| short(name) && short(&wanted)).filter_map(near).collect();
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// From 0 to 1. `KSampler` and `KSamplerSelect` (0.57) are different names,
/// `ClownsharKSampler_Alpha` and `ClownsharKSampler_Beta` (0.78) are close.
const LIKENESS: f64 = 0.65;

/// In bytes.
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &str, offered: &[&str], expected: &[&str]) {
        assert_eq!(nearest(wanted, offered.iter().copied()), expected);
    }

    #[test]
    fn near_names_are_suggested_in_order() {
        let classes = ["KSampler", "KSamplerSelect", "VAEDecode", "VAEEncode", "ClownsharKSampler_Beta"];
        check("ClownsharKSampler_Alpha", &classes, &["ClownsharKSampler_Beta"]);
        check("VaeDecoder", &classes, &["VAEDecode", "VAEEncode"]);
        check("KSampler", &["KSampler2", "ksampler"], &["ksampler", "KSampler2"]);
    }

    #[test]
    fn at_most_three_are_suggested() {
        check("node", &["node1", "node2", "node3", "node4"], &["node1", "node2", "node3"]);
    }

    #[test]
    fn what_resembles_nothing_gets_no_suggestion() {
        check("Sigmas Rescale", &["KSampler", "BetaSamplingScheduler"], &[]);
        let long = "x".repeat(257);
        check(&long, &[&long], &[]);
        check("", &["KSampler"], &[]);
    }
}
