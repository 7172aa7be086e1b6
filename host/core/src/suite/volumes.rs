//! Names of network volumes in suites, cassettes and scenarios. Ids become parts of URLs.

use crate::diagnostic::Kind;
use crate::secret::Secrets;

/// How to name a volume.
pub(super) const HELP: &str = "write it as RunPod's console shows it, such as `agv6w2qcg7` in `EU-RO-1`";

/// What is wrong with the name of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeProblem {
    /// The volume, from 0.
    pub index: usize,
    /// `id` or `data-center`.
    pub key: &'static str,
    /// The message, without the secrets.
    pub what: String,
    /// [`Kind::InvalidValue`], or [`Kind::Duplicate`].
    pub(super) kind: Kind,
}

/// All problems of ids and data centers, in the order of the volumes. A secret is not a name, and no message shows it.
pub fn volume_problems<'v>(
    volumes: impl IntoIterator<Item = (&'v str, &'v str)>,
    secrets: &Secrets,
) -> Vec<VolumeProblem> {
    let mut problems = Vec::new();
    let mut ids = Vec::new();
    for (index, (id, data_center)) in volumes.into_iter().enumerate() {
        for (key, kind, value) in
            [("id", "the id of a network volume", id), ("data-center", "a data center", data_center)]
        {
            let shown = secrets.redact(value);
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
            let what = format!("the network volume `{}` is named twice", secrets.redact(id));
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
    use crate::secret::Secret;

    #[track_caller]
    fn check(volumes: &[(&str, &str)], expected: &[(usize, &str, Kind)]) -> String {
        let problems = volume_problems(volumes.iter().copied(), &Secrets::new([Secret::new("rps_mine")]));
        let found: Vec<_> = problems.iter().map(|problem| (problem.index, problem.key, problem.kind)).collect();
        assert_eq!(found, expected, "{volumes:?}");
        problems.iter().flat_map(|problem| [problem.what.as_str(), "\n"]).collect()
    }

    #[test]
    fn an_id_is_one_word_that_is_named_once() {
        check(&[("agv6w2qcg7", "EU-RO-1"), ("vol_2-b", "US-KS-2")], &[]);
        let no_id = [(0, "id", Kind::InvalidValue)];
        let twice = [(1, "data-center", Kind::InvalidValue), (1, "id", Kind::Duplicate)];
        let text = [
            check(&[("a b/c", "EU-RO-1")], &no_id),
            check(&[("../x", "EU-RO-1")], &no_id),
            check(&[("", "EU-RO-1")], &no_id),
            check(&[("rps_mine", "EU-RO-1")], &no_id),
            check(&[("vol", "EU-RO-1"), ("vol", "EU/RO")], &twice),
        ]
        .concat();
        insta::assert_snapshot!(text);
    }
}
