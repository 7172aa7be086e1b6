//! Which volumes count, by what the endpoint's configuration says.

use crate::told;
use comfycheck_check_models::rules::attached::attached;
use comfycheck_sdk::Finding;
use comfycheck_sdk::endpoint::Error;

/// The suite names the volumes `a` and `b`.
#[track_caller]
fn check(configured: Result<&[&str], Error>, asked: &[&str], expected: &str) {
    let configured = configured.map(|ids| ids.iter().map(|&id| id.to_owned()).collect());
    let (ids, answer) = attached(vec!["a".to_owned(), "b".to_owned()], &configured);
    assert_eq!(ids, asked);
    assert_eq!(told(&answer), expected);
}

const HELP: &str = "help: attach it to the endpoint, or take it out of the suite's `[[deployment.volumes]]`\n";

#[test]
fn a_volume_that_the_endpoint_does_not_have_is_told_and_not_asked() {
    check(Ok(&["b", "a"]), &["a", "b"], "");
    check(
        Ok(&["b", "c"]),
        &["b"],
        &format!(
            "detached-volume: volume `a` is not attached to the endpoint, which has volume `b` and `c`: no worker sees what \
             is on it []\n{HELP}"
        ),
    );
    let none = |id: &str| {
        format!(
            "detached-volume: volume `{id}` is not attached to the endpoint, which has no volume: no worker sees what is on \
             it []\n{HELP}"
        )
    };
    check(Ok(&[]), &[], &[none("a"), none("b")].concat());
}

#[test]
fn a_configuration_that_cannot_be_asked_takes_no_volume_away() {
    check(Err(Error::NotOffered("no key".into())), &["a", "b"], "");
    check(Err(Error::AccessDenied), &["a", "b"], "");
    check(
        Err(Error::Unavailable("RunPod answers with status 502".into())),
        &["a", "b"],
        "open detached-volume: cannot tell whether the endpoint has volume `a` and `b`: RunPod answers with status 502\n\
         help: see with `comfycheck doctor` what RunPod's management API says, and run it again\n",
    );
}

/// A finding of the rule, for the README.
pub(crate) fn example() -> Vec<Finding> {
    attached(vec!["agv6w2qcg7".to_owned()], &Ok(vec!["x3k9p1m5tz".to_owned()])).1.findings
}
