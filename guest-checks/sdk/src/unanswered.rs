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
    use crate::testing::{Case, table};
    use crate::{Answer, Severity, dry_run};

    #[test]
    fn a_question_gives_its_reason_and_a_help_that_fits() {
        let why = || "no ComfyUI is configured".to_owned();
        let rows = [
            ("denied", Error::AccessDenied),
            ("unavailable", Error::Unavailable("the server responded with status 502".into())),
            ("not offered", Error::NotOffered(why())),
            ("other", Error::Other("the response is not JSON".into())),
        ];
        let rows: Vec<Case<'_>> = rows
            .iter()
            .map(|(name, error)| {
                let open =
                    OpenQuestion::unanswered("missing-node", "could not list the classes", error, "name a server");
                (*name, Answer::from(open), &["missing-node?"][..])
            })
            .collect();
        insta::assert_snapshot!(table(&rows, &[("missing-node", Severity::Error)]));
    }

    #[test]
    fn a_dry_run_adds_why_it_does_not_answer() {
        let inventory = Error::NotOffered("no ComfyUI is configured".into());
        let rows = [
            ("not offered", dry_run::Error::NotOffered("the suite allows no dry run".into())),
            ("denied", dry_run::Error::AccessDenied),
            ("unavailable", dry_run::Error::Unavailable("no worker started".into())),
            ("other", dry_run::Error::Other("the worker accepted the job".into())),
        ];
        let rows: Vec<Case<'_>> = rows
            .iter()
            .map(|(name, dry_run)| {
                let what = "could not list the classes";
                let open =
                    OpenQuestion::unanswered_by_either("missing-node", what, &inventory, dry_run, "name a server");
                (*name, Answer::from(open), &["missing-node?"][..])
            })
            .collect();
        insta::assert_snapshot!(table(&rows, &[("missing-node", Severity::Error)]));
    }
}
