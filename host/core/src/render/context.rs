//! What stands around a report: the run that it is compared with, the CI run that made it, its JSON report, its images.

use crate::report::Report;
use crate::thumbnail::Thumbnails;
use std::collections::BTreeMap;
use std::fmt::Write;
use url::Url;

/// What a format can point to beside the report itself. By default, nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportContext<'a> {
    /// The report of another run, to compare with.
    pub baseline: Option<&'a Report>,
    /// The CI run that made the report.
    pub ci_run: Option<&'a CiRun>,
    /// The name of the file that holds the JSON report.
    pub json: Option<&'a str>,
    /// Small copies of the images.
    pub thumbnails: Option<&'a Thumbnails>,
    /// The files of the samples, if they were saved.
    pub saved: Option<&'a SavedFiles>,
}

/// The files of samples that a run saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedFiles {
    /// The folder, as the command line names it.
    pub folder: String,
    /// How many files it has.
    pub count: usize,
    /// Where each file is, by its SHA-256: a path relative to the report, escaped for a link. Empty where a link would lead
    /// nowhere.
    pub links: BTreeMap<String, String>,
}

impl ReportContext<'_> {
    /// Where a reader finds what a format leaves out.
    pub(in crate::render) fn whole(&self) -> String {
        whole(self.json)
    }
}

/// Where a reader finds what a format leaves out. `json` is the name of the file that holds the JSON report.
pub(in crate::render) fn whole(json: Option<&str>) -> String {
    json.map_or_else(|| "the JSON report (`--format json`)".to_owned(), |file| format!("`{}`", file.replace('`', "'")))
}

/// A run of a CI system, as a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiRun {
    system: &'static str,
    url: Url,
}

/// The longest address of a CI run.
const LONGEST: usize = 1_000;

impl CiRun {
    /// None if the address is not one of a web page, is too long, or holds credentials.
    pub fn new(system: &'static str, address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let is_page = matches!(url.scheme(), "http" | "https") && url.has_host() && url.as_str().len() <= LONGEST;
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        (is_page && !has_credentials).then_some(Self { system, url })
    }

    /// The CI system's name, such as `GitHub Actions`.
    pub fn system(&self) -> &'static str {
        self.system
    }

    /// The address, without characters that would end a link in Markdown or in Slack's markup.
    pub fn address(&self) -> String {
        let mut address = String::new();
        for character in self.url.as_str().chars() {
            match character {
                '(' | ')' | '<' | '>' | '|' | '\\' | '"' | '\'' | '[' | ']' | '`' => {
                    // Writing to a text does not fail.
                    let _ = write!(address, "%{:02X}", u32::from(character));
                }
                other => address.push(other),
            }
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::CiRun;

    #[test]
    fn only_the_address_of_a_page_is_a_link() {
        for (address, expected) in [
            ("https://github.com/a/b/actions/runs/1", Some("https://github.com/a/b/actions/runs/1")),
            ("http://ci.internal/job/a b/7/", Some("http://ci.internal/job/a%20b/7/")),
            ("https://ci/job/x)[y](z|<w>/", Some("https://ci/job/x%29%5By%5D%28z%7C%3Cw%3E/")),
            ("https://user:word@ci/1", None),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("", None),
        ] {
            let run = CiRun::new("Jenkins", address);
            assert_eq!(run.map(|run| run.address()).as_deref(), expected, "{address}");
        }
    }
}
