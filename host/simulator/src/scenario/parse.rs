//! From the text of a scenario to a [`Scenario`], or what is wrong with it and where.

use super::{FaultKind, Scenario, When};
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::nearest::did_you_mean;
use comfycheck_core::suite::{TextFile, volume_problems};

/// The most workers of an endpoint: RunPod's largest quota is far below it.
const MOST_WORKERS: u32 = 1_000;

impl Scenario {
    /// Parses a scenario file. Refuses the first thing that is wrong: with its line and column what is wrong with its
    /// syntax, a key or a type; without them what no type says, such as a share out of range or keys that contradict each
    /// other.
    pub fn parse(file: &TextFile) -> Result<Self, Diagnostic> {
        let scenario: Self = toml::from_str(&file.text).map_err(|err| refusal(&err, file))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// What no type says.
    fn check(&self) -> Result<(), Diagnostic> {
        let wrong = |what: &str| Err(Diagnostic::new(what));
        let shares = self.jobs.iter().map(|rule| rule.share).chain(self.faults.iter().map(|fault| fault.share));
        if shares.into_iter().any(|share| !(0.0..=1.0).contains(&share)) {
            return wrong("`share` must be between 0 and 1");
        }
        if self.workers.kinds.iter().any(|kind| !(kind.slowness > 0.0 && kind.slowness <= 1_000.0)) {
            return wrong("`slowness` must be above 0, and at most 1000");
        }
        if self.date.len() != 10 || self.date.parse::<jiff::civil::Date>().is_err() {
            return wrong("`date` must be a date such as `2026-11-20`");
        }
        if self.endpoint.workers_min > self.endpoint.workers_max {
            return wrong("`workers-min` of the endpoint is above `workers-max`");
        }
        if self.endpoint.workers_max > MOST_WORKERS {
            return wrong(&format!("`workers-max` of the endpoint must be at most {MOST_WORKERS}"));
        }
        if self.workers.ready > self.endpoint.workers_max {
            return wrong("`ready` workers are more than `workers-max` of the endpoint");
        }
        let volumes = self.volumes.iter().map(|volume| (volume.id.as_str(), volume.data_center.as_str()));
        if let Some(problem) = volume_problems(volumes, &[]).first() {
            return wrong(&problem.what);
        }
        for fault in &self.faults {
            let only_of_status = fault.status.is_some() || fault.retry_after_s.is_some() || fault.body.is_some();
            if fault.kind != FaultKind::Status && only_of_status {
                return wrong("`status`, `retry-after-s` and `body` belong to faults of the kind `status`");
            }
            if fault.status.is_some_and(|status| !(200..=599).contains(&status)) {
                return wrong("`status` of a fault must be between 200 and 599");
            }
            if fault.kind.is_always_after() && fault.when == Some(When::Before) {
                return wrong("a fault of this kind is always `after`");
            }
        }
        Ok(())
    }
}

/// What the deserializer says, with its place, and what may have been meant by an unknown word.
fn refusal(err: &toml::de::Error, file: &TextFile) -> Diagnostic {
    let message = err.message();
    let end = file.text.trim_end().len();
    let place = err.span().unwrap_or(end..end);
    // In serde's words: unknown field `a`, expected one of `b`, `c`
    let mut quoted = message.split('`').skip(1).step_by(2);
    let word = quoted.next().unwrap_or_default();
    let (what, known) = if message.starts_with("unknown field ") {
        (format!("unknown key `{word}`"), quoted.collect())
    } else if message.starts_with("unknown variant ") {
        (format!("unknown value `{word}`"), quoted.collect())
    } else {
        (message.lines().collect::<Vec<_>>().join(" "), Vec::new())
    };
    let diagnostic = Diagnostic::new(what).at(file, place);
    match did_you_mean(word, known) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::diagnostic::Diagnostic;

    #[track_caller]
    fn check(text: &str, what: &str, help: Option<&str>) {
        let file = TextFile { path: "s.toml".to_owned(), text: text.to_owned() };
        let refused: Diagnostic = Scenario::parse(&file).unwrap_err();
        assert_eq!((refused.to_string().as_str(), refused.help.as_deref()), (what, help), "{text}");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_a_suggestion() {
        check("sed = 3\n", "s.toml:1:1: unknown key `sed`", Some("did you mean `seed`?"));
        let nested = "seed = 1\n[workers]\nredy = 3\n";
        check(nested, "s.toml:3:1: unknown key `redy`", Some("did you mean `ready`?"));
        let in_list = "[[faults]]\nkind = \"reset\"\n\n[[faults]]\nkind = \"reset\"\nshar = 0.5\n";
        check(in_list, "s.toml:6:1: unknown key `shar`", Some("did you mean `share`?"));
    }

    #[test]
    fn an_unknown_value_is_refused_with_its_place_and_a_suggestion() {
        let text = "[workers]\nfate = \"crash\"\n";
        check(text, "s.toml:2:8: unknown value `crash`", Some("did you mean `crashes`?"));
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place() {
        let text = "[workers]\nready = \"two\"\n";
        check(text, "s.toml:2:9: invalid type: string \"two\", expected u32", None);
        let text = "[workers]\nstart-s = \"soon\"\n";
        let what = "s.toml:2:11: invalid type: string \"soon\", expected seconds, or `{ low, usual, high }` in seconds";
        check(text, what, None);
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_place() {
        check("seed = \n", "s.toml:1:8: string values must be quoted, expected literal string", None);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        check("[[jobs]]\ndoes = \"hangs\"\nshare = 2.0\n", "`share` must be between 0 and 1", None);
        check("[endpoint]\nworkers-min = 4\n", "`workers-min` of the endpoint is above `workers-max`", None);
        check("date = \"today\"\n", "`date` must be a date such as `2026-11-20`", None);
        check("[workers]\nready = 4\n", "`ready` workers are more than `workers-max` of the endpoint", None);
        let volume = |id: &str, center: &str| format!("[[volumes]]\nid = \"{id}\"\ndata-center = \"{center}\"\n");
        check(&volume("a b/c", "EU-RO-1"), "`a b/c` is not the id of a network volume", None);
        check(&volume("vol", "EU-RO-1").repeat(2), "the network volume `vol` is named twice", None);
        check(&volume("vol", "x.y"), "`x.y` is not a data center", None);
        let text = "[[faults]]\nkind = \"reset\"\nstatus = 500\n";
        check(text, "`status`, `retry-after-s` and `body` belong to faults of the kind `status`", None);
    }
}
