//! Open questions that neither the inventory nor a dry run answered.

use crate::inventory::Error;
use crate::{OpenQuestion, dry_run};

/// Help where no source has an inventory.
pub const SAVE_INVENTORY: &str =
    "save an inventory (`comfycheck inventory save FILE --comfyui URL`) and set `object-info` in `[deployment]`";

/// Help where no source has an inventory, and a dry run would do.
pub const SAVE_INVENTORY_OR_DRY_RUN: &str = "save an inventory (`comfycheck inventory save FILE --comfyui URL`) and set \
                                             `object-info` in `[deployment]`, or set `dry-run` there";

impl OpenQuestion {
    /// A question of one of the manifest's rules that the inventory did not answer.
    ///
    /// `what` is what failed, such as `could not list the node classes`. `offer` is the help
    /// where no source offers the answer.
    pub fn unanswered(rule: impl Into<String>, what: &str, error: &Error, offer: &str) -> Self {
        let help = match error {
            Error::AccessDenied => "check the credentials of the ComfyUI server",
            Error::Unavailable(_) => "check that the ComfyUI server responds, then run again",
            Error::NotOffered(_) => offer,
            Error::Other(_) => "see the server's response with `comfycheck run -v`",
        };
        Self::new(rule, format!("{what}: {}", unanswered_reason(error, None))).help(help)
    }

    /// The same where a dry run did not answer it either.
    pub fn unanswered_by_either(
        rule: impl Into<String>,
        what: &str,
        inventory: &Error,
        dry_run: &dry_run::Error,
        offer: &str,
    ) -> Self {
        let help = match dry_run {
            dry_run::Error::NotOffered(_) => offer,
            dry_run::Error::AccessDenied => "use a key that may submit jobs",
            dry_run::Error::Unavailable(_) => "fix what the check `endpoint` reports, then run again",
            dry_run::Error::Other(_) => "check the job in the RunPod console, or remove `dry-run` from `[deployment]`",
        };
        Self::new(rule, format!("{what}: {}", unanswered_reason(inventory, Some(dry_run)))).help(help)
    }
}

/// Why neither the inventory nor a dry run gave an answer, as a clause for a message.
#[must_use]
pub fn unanswered_reason(inventory: &Error, dry_run: Option<&dry_run::Error>) -> String {
    let inventory = match inventory {
        Error::AccessDenied => "the ComfyUI server denied access",
        Error::Unavailable(why) | Error::NotOffered(why) | Error::Other(why) => why,
    };
    match dry_run {
        None => inventory.to_owned(),
        Some(dry_run::Error::AccessDenied) => format!("{inventory}, and the key may not submit a dry run"),
        Some(dry_run::Error::NotOffered(why)) => format!("{inventory}, and {why}"),
        Some(dry_run::Error::Unavailable(why)) => format!("{inventory}, and the dry run got no answer: {why}"),
        Some(dry_run::Error::Other(why)) => format!("{inventory}, and the dry run failed: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Case, table};
    use crate::{Answer, Severity};

    const RULES: [(&str, Severity); 1] = [("missing-node", Severity::Error)];

    fn row(name: &str, open: OpenQuestion) -> Case<'_> {
        (name, Answer::from(open), &["missing-node?"])
    }

    #[test]
    fn a_question_gives_its_reason_and_a_help_that_fits() {
        let open =
            |error| OpenQuestion::unanswered("missing-node", "could not list the classes", &error, "name a server");
        let answers = table(
            &[
                row("denied", open(Error::AccessDenied)),
                row("unavailable", open(Error::Unavailable("the server responded with status 502".into()))),
                row("not offered", open(Error::NotOffered("no ComfyUI is configured".into()))),
                row("other", open(Error::Other("the response is not JSON".into()))),
            ],
            &RULES,
        );
        insta::assert_snapshot!(answers);
    }

    #[test]
    fn a_dry_run_adds_why_it_does_not_answer() {
        let inventory = Error::NotOffered("no ComfyUI is configured".into());
        let open = |dry_run| {
            let what = "could not list the classes";
            OpenQuestion::unanswered_by_either("missing-node", what, &inventory, &dry_run, "name a server")
        };
        let answers = table(
            &[
                row("not offered", open(dry_run::Error::NotOffered("the suite allows no dry run".into()))),
                row("denied", open(dry_run::Error::AccessDenied)),
                row("unavailable", open(dry_run::Error::Unavailable("no worker started".into()))),
                row("other", open(dry_run::Error::Other("the worker accepted the job".into()))),
            ],
            &RULES,
        );
        insta::assert_snapshot!(answers);
    }
}
