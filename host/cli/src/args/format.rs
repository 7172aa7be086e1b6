//! Formats of reports, and where reports go.

use clap::ValueEnum;
use std::path::PathBuf;
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
    /// For dashboards of tests.
    Ctrf,
    /// For code scanning: findings that have a place in a file.
    Sarif,
    /// Annotations for GitHub Actions.
    Github,
    /// For a comment on a pull request.
    Markdown,
    /// Events, as lines of JSON while the run goes on; their schema is schemas/event.schema.json.
    Ndjson,
}

/// A format and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) format: Format,
    /// None: stdout.
    pub(crate) path: Option<PathBuf>,
}

/// The formats that endings of files stand for; longer ones first.
const ENDINGS: [(&str, Format); 7] = [
    (".ctrf.json", Format::Ctrf),
    (".sarif.json", Format::Sarif),
    (".sarif", Format::Sarif),
    (".json", Format::Json),
    (".xml", Format::Junit),
    (".md", Format::Markdown),
    (".ndjson", Format::Ndjson),
];

impl FromStr for Destination {
    type Err = String;

    /// `FORMAT`, `FORMAT:PATH` (of which `-` is stdout), or a path whose ending tells the format.
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = match text.split_once(':') {
            Some((_, "")) => return Err("a path is missing after the colon".to_owned()),
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
        let known: Vec<_> = Format::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        Err(format!("there is no format `{format}`; there are {}", known.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(Format, Option<&str>), &str>) {
        let actual = text.parse::<Destination>();
        let actual = actual.as_ref().map(|d| (d.format, d.path.as_ref().map(|path| path.to_str().unwrap())));
        assert_eq!(actual.map_err(String::as_str), expected);
    }

    #[test]
    fn a_format_may_name_its_file() {
        check("human", Ok((Format::Human, None)));
        check("json:out/report.json", Ok((Format::Json, Some("out/report.json"))));
        check("junit:C:\\r.xml", Ok((Format::Junit, Some("C:\\r.xml"))));
        check("json:-", Ok((Format::Json, None)));
        check("json:./-", Ok((Format::Json, Some("./-"))));
        check("human:report.md", Ok((Format::Human, Some("report.md"))));
        check("json:", Err("a path is missing after the colon"));
    }

    #[test]
    fn a_file_may_tell_its_format() {
        check("out/report.json", Ok((Format::Json, Some("out/report.json"))));
        check("r.ctrf.json", Ok((Format::Ctrf, Some("r.ctrf.json"))));
        check("r.sarif", Ok((Format::Sarif, Some("r.sarif"))));
        check("R.XML", Ok((Format::Junit, Some("R.XML"))));
        check("comment.md", Ok((Format::Markdown, Some("comment.md"))));
    }

    #[test]
    fn what_is_no_format_is_refused() {
        let known = "there are human, json, junit, ctrf, sarif, github, markdown, ndjson";
        check("yaml", Err(&format!("there is no format `yaml`; {known}")));
        check("yaml:report.json", Err(&format!("there is no format `yaml`; {known}")));
        check("report.txt", Err(&format!("there is no format `report.txt`; {known}")));
    }
}
