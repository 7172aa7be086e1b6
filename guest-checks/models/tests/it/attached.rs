//! Which volumes count, by what the endpoint's configuration says.

use comfycheck_check_models::rules::attached::attached;
use comfycheck_sdk::endpoint::Error;
use comfycheck_sdk::{Answer, Finding};

/// The suite names the volumes `a` and `b`. Returns those that are searched, and the answer.
fn answer(configured: Result<&[&str], Error>) -> (Vec<String>, Answer) {
    let configured = configured.map(|ids| ids.iter().map(|&id| id.to_owned()).collect());
    attached(vec!["a".to_owned(), "b".to_owned()], &configured)
}

/// A name, the endpoint's configuration, the volumes that are searched, and the facts.
type ConfigurationCase<'a> = (&'a str, Result<&'a [&'a str], Error>, &'a [&'a str], &'a [&'a str]);

#[test]
fn a_volume_that_is_not_attached_is_an_error_and_not_searched() {
    let cases: [ConfigurationCase<'_>; 6] = [
        ("both attached", Ok(&["b", "a"]), &["a", "b"], &[]),
        ("one attached", Ok(&["b", "c"]), &["b"], &["detached-volume"]),
        ("none attached", Ok(&[]), &[], &["detached-volume", "detached-volume"]),
        ("configuration not offered", Err(Error::NotOffered("no key".into())), &["a", "b"], &[]),
        ("configuration denied", Err(Error::AccessDenied), &["a", "b"], &[]),
        ("configuration unavailable", Err(Error::Unavailable("status 502".into())), &["a", "b"], &["detached-volume?"]),
    ];
    let rows = cases.map(|(name, configured, searched, facts)| {
        let (ids, answer) = answer(configured);
        assert_eq!(ids, searched, "{name}");
        (name, answer, facts)
    });
    assert_answers!(rows);
}

/// A finding of the rule, for the README.
pub(crate) fn example() -> Vec<Finding> {
    attached(vec!["agv6w2qcg7".to_owned()], &Ok(vec!["x3k9p1m5tz".to_owned()])).1.findings
}
