//! Formats of reports, and where reports go.

use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// How a report is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs; its schema is schemas/run.schema.json.
    Json,
    /// For CI systems.
    Junit,
    /// For GitLab: `JUnit` with the files and lines of failures.
    JunitGitlab,
    /// For test dashboards.
    Ctrf,
    /// For code scanning: findings with a place in a file.
    Sarif,
    /// Annotations for GitHub Actions.
    Github,
    /// For a comment on a pull request.
    Markdown,
    /// For a browser: one page with charts and images, without a network.
    Html,
    /// For Prometheus and GitLab: numbers with units.
    Openmetrics,
    /// For OpenTelemetry: the same numbers as one request in JSON.
    Otlp,
    /// Events as JSON lines, during the run; their schema is schemas/event.schema.json.
    Ndjson,
}

/// A format and its destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) format: Format,
    /// None: stdout.
    pub(crate) path: Option<PathBuf>,
}

/// The formats of file name endings; longer ones first.
const ENDINGS: [(&str, Format); 11] = [
    (".ctrf.json", Format::Ctrf),
    (".otlp.json", Format::Otlp),
    (".sarif.json", Format::Sarif),
    (".sarif", Format::Sarif),
    (".json", Format::Json),
    (".xml", Format::Junit),
    (".md", Format::Markdown),
    (".html", Format::Html),
    (".htm", Format::Html),
    (".ndjson", Format::Ndjson),
    (".prom", Format::Openmetrics),
];

/// Words that are no format, and what does their work.
const TIPS: [(&str, &str); 5] = [
    ("slack", "to notify Slack, set `COMFYCHECK_SLACK_WEBHOOK`"),
    ("teams", "to notify Teams, set `COMFYCHECK_TEAMS_WEBHOOK`"),
    ("discord", "to notify Discord, set `COMFYCHECK_DISCORD_WEBHOOK`"),
    ("gitlab", "for GitLab, choose `junit-gitlab`"),
    ("jenkins", "for Jenkins, choose `junit`"),
];

impl FromStr for Destination {
    type Err = String;

    /// `FORMAT`, `FORMAT:PATH` (`-` for stdout), or a path whose ending implies the format.
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = match text.split_once(':') {
            Some((_, "")) => return Err("the path after the colon is missing".to_owned()),
            // As everywhere, `-` is stdout.
            Some((format, "-")) => (format, None),
            Some((format, path)) => (format, Some(PathBuf::from(path))),
            None => (text, None),
        };
        if let Ok(format) = Format::from_str(format, false) {
            return Ok(Self { format, path });
        }
        if path.is_none()
            && let Some((_, format)) = ENDINGS.iter().find(|(ending, _)| text.to_ascii_lowercase().ends_with(ending))
        {
            return Ok(Self { format: *format, path: Some(PathBuf::from(text)) });
        }
        if let Some(ending) = Path::new(text).extension().filter(|_| path.is_none()) {
            let known: Vec<_> = ENDINGS.iter().map(|(ending, _)| *ending).collect();
            let ending = ending.display();
            return Err(format!("no format has the ending `.{ending}`; use one of {}", known.join(", ")));
        }
        let known: Vec<_> = Format::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        let tip = TIPS.iter().find(|(name, _)| *name == format).map(|(_, tip)| format!("; {tip}")).unwrap_or_default();
        Err(format!("unknown format `{format}`; choose one of {}{tip}", known.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(Format, Option<&str>)>) {
        let actual = text.parse::<Destination>().ok();
        let actual = actual.as_ref().map(|d| (d.format, d.path.as_ref().map(|path| path.to_str().unwrap())));
        assert_eq!(actual, expected, "{text}");
    }

    #[test]
    fn a_format_may_name_its_file() {
        check("human", Some((Format::Human, None)));
        check("json:out/report.json", Some((Format::Json, Some("out/report.json"))));
        check("junit:C:\\r.xml", Some((Format::Junit, Some("C:\\r.xml"))));
        check("json:-", Some((Format::Json, None)));
        check("json:./-", Some((Format::Json, Some("./-"))));
        check("human:report.md", Some((Format::Human, Some("report.md"))));
        check("json:", None);
    }

    #[test]
    fn an_ending_implies_the_format() {
        check("out/report.json", Some((Format::Json, Some("out/report.json"))));
        check("r.ctrf.json", Some((Format::Ctrf, Some("r.ctrf.json"))));
        check("r.sarif", Some((Format::Sarif, Some("r.sarif"))));
        check("R.XML", Some((Format::Junit, Some("R.XML"))));
        check("run.otlp.json", Some((Format::Otlp, Some("run.otlp.json"))));
        check("run.prom", Some((Format::Openmetrics, Some("run.prom"))));
        check("comment.md", Some((Format::Markdown, Some("comment.md"))));
        check("report/index.html", Some((Format::Html, Some("report/index.html"))));
    }

    #[test]
    fn a_word_for_another_tool_comes_with_a_tip() {
        for (word, has_tip) in [("slack", true), ("gitlab", true), ("gitlab:report.txt", true), ("yaml", false)] {
            let error = word.parse::<Destination>().unwrap_err();
            assert_eq!(TIPS.iter().any(|(_, tip)| error.contains(tip)), has_tip, "{error}");
        }
    }

    #[test]
    fn an_unknown_format_is_refused() {
        for text in ["yaml", "yaml:report.json", "report.txt"] {
            check(text, None);
        }
    }
}
