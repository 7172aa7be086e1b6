//! Questions that the inventory does not answer.

use crate::OpenQuestion;
use crate::inventory::Error;

impl OpenQuestion {
    /// A question of one of the manifest's rules that the inventory did not answer.
    ///
    /// `what` is what could not be done, such as `cannot list the node classes`; `offer`
    /// is what the reader can do where no source offers the answer.
    pub fn unanswered(rule: impl Into<String>, what: &str, error: &Error, offer: &str) -> Self {
        let (why, help) = match error {
            Error::AccessDenied => ("access is denied", "check the credentials of the ComfyUI server"),
            Error::Unavailable(why) => (why.as_str(), "make sure that the ComfyUI server answers, and run it again"),
            Error::NotOffered(why) => (why.as_str(), offer),
            Error::Other(why) => (why.as_str(), "see with `comfycheck run -v` what the server said"),
        };
        Self::new(rule, format!("{what}: {why}")).help(help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: &Error, reason: &str, help: &str) {
        let open = OpenQuestion::unanswered("missing-node", "cannot list the node classes", error, "name a server");
        assert_eq!((open.reason.as_str(), open.help.as_deref()), (reason, Some(help)));
    }

    #[test]
    fn the_reason_says_what_failed_and_why_and_the_help_what_to_do() {
        check(
            &Error::AccessDenied,
            "cannot list the node classes: access is denied",
            "check the credentials of the ComfyUI server",
        );
        check(
            &Error::NotOffered("there is no source".into()),
            "cannot list the node classes: there is no source",
            "name a server",
        );
    }
}
