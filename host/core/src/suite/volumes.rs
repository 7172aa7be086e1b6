//! How network volumes are named, whoever names them: a suite, a cassette or a scenario. Ids become parts of URLs.

use crate::diagnostic::Kind;
use crate::secret::{Secret, redact};

/// How to name a volume, as a sentence.
pub(super) const HELP: &str = "give it as RunPod's console shows it, such as `agv6w2qcg7` in `EU-RO-1`.";

/// What is wrong with the name of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeProblem {
    /// Of which volume, from 0.
    pub index: usize,
    /// `id` or `data-center`.
    pub key: &'static str,
    /// What is wrong, without the secrets.
    pub what: String,
    /// [`Kind::InvalidValue`], or [`Kind::Duplicate`].
    pub(super) kind: Kind,
}

/// All that is wrong with the ids and data centers of volumes, in their order. `secrets` stand in no message, and are no
/// names.
pub fn volume_problems<'v>(
    volumes: impl IntoIterator<Item = (&'v str, &'v str)>,
    secrets: &[Secret],
) -> Vec<VolumeProblem> {
    let mut problems = Vec::new();
    let mut ids = Vec::new();
    for (index, (id, data_center)) in volumes.into_iter().enumerate() {
        for (key, kind, value) in
            [("id", "the id of a network volume", id), ("data-center", "a data center", data_center)]
        {
            let shown = redact(value, secrets);
            if !is_word(value) || shown != value {
                problems.push(VolumeProblem {
                    index,
                    key,
                    what: format!("`{shown}` is not {kind}"),
                    kind: Kind::InvalidValue,
                });
            }
        }
        if ids.contains(&id) {
            let what = format!("the network volume `{}` is named twice", redact(id, secrets));
            problems.push(VolumeProblem { index, key: "id", what, kind: Kind::Duplicate });
        }
        ids.push(id);
    }
    problems
}

fn is_word(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(volumes: &[(&str, &str)], expected: &[(usize, &str, &str)]) {
        let problems = volume_problems(volumes.iter().copied(), &[Secret::new("rps_mine")]);
        let told: Vec<_> = problems.iter().map(|told| (told.index, told.key, told.what.as_str())).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn an_id_is_one_word_that_is_named_once() {
        check(&[("agv6w2qcg7", "EU-RO-1"), ("vol_2-b", "US-KS-2")], &[]);
        let no_id = |shown: &'static str| [(0, "id", shown)];
        check(&[("a b/c", "EU-RO-1")], &no_id("`a b/c` is not the id of a network volume"));
        check(&[("../x", "EU-RO-1")], &no_id("`../x` is not the id of a network volume"));
        check(&[("", "EU-RO-1")], &no_id("`` is not the id of a network volume"));
        check(&[("rps_mine", "EU-RO-1")], &no_id("`[redacted]` is not the id of a network volume"));
        check(
            &[("vol", "EU-RO-1"), ("vol", "EU\x1b[31m")],
            &[
                (1, "data-center", "`EU\x1b[31m` is not a data center"),
                (1, "id", "the network volume `vol` is named twice"),
            ],
        );
    }
}
