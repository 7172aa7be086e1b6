//! The tests of the RunPod Hub: `.runpod/tests.json`, with `.runpod/hub.json` beside it.
//!
//! The Hub submits the input of each test as one job. Here each test is a run of its own with one sample, and all of them
//! are a [`Fleet`].
//!
//! Format: <https://docs.runpod.io/hub/publishing-guide>, read on 2026-11-29.

use crate::diagnostic::{Diagnostic, Kind, Refusal};
use crate::fleet::{Fleet, FleetPair, unique_slug};
use crate::text::TextFile;
use crate::wording::count;
use crate::workflow::{Member, RequestFile, find, items, members, not_json};
use serde_json::Value;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

/// The tests of a file. At least one.
#[derive(Clone, Debug)]
pub struct HubTests {
    /// The `title` in `hub.json`, else `tests`.
    pub name: String,
    /// The path of the file.
    pub path: String,
    /// In the order of the file. Each has a name of its own.
    pub tests: Vec<HubTest>,
}

/// A test of the Hub.
#[derive(Clone, Debug)]
pub struct HubTest {
    pub name: String,
    /// Its input. Nodes have their places of the file.
    pub request: RequestFile,
    /// How long its job can run. None if the file does not say.
    pub timeout: Option<Duration>,
    /// The GPU type of the test, else of the file, else the first pool of `hub.json`.
    pub gpu: Option<String>,
    /// GPUs per worker, likewise.
    pub gpu_count: Option<NonZeroU32>,
}

/// The most tests of a file. Each is a job, and each is billed.
const MOST_TESTS: usize = 100;

/// What a file without usable tests needs.
const SHAPE: &str = "write `{\"tests\": [{\"name\": \"…\", \"input\": {\"workflow\": {…}}, \"timeout\": 600000}]}`";

impl HubTests {
    /// Whether a text has the form of the file: a JSON object with a list `tests`.
    pub fn is_in(text: &str) -> bool {
        find(&members(text, 0), "tests").is_some_and(|tests| text[tests.value.clone()].starts_with('['))
    }

    /// Reads the tests, and the GPUs that `hub.json` names.
    ///
    /// Refuses tests without a name or a workflow, two tests of one name, and timeouts that are not milliseconds.
    pub fn parse(file: &TextFile, hub: Option<&TextFile>) -> Result<Self, Refusal> {
        let text = &file.text;
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
            return Err(not_json(file, &error).into());
        }
        let around = members(text, 0);
        let hub_gpus = hub.map(gpus_of_hub).unwrap_or_default();
        let of_file = gpus(text, find(&around, "config")).or(hub_gpus);
        let spans = find(&around, "tests").map(|tests| items(text, tests.value.start)).unwrap_or_default();
        if spans.is_empty() || spans.len() > MOST_TESTS {
            let what = format!("`{}` has {}; it needs 1 to {MOST_TESTS}", file.path, count(spans.len(), "test"));
            return Err(Diagnostic::of(Kind::OutOfRange, what).help(SHAPE).into());
        }
        let (mut tests, mut problems): (Vec<HubTest>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
        for span in spans {
            match test(file, &span, &of_file) {
                Ok(new) if tests.iter().any(|other| other.name == new.name) => {
                    let what = format!("two tests have the name `{}`", new.name);
                    problems.push(Diagnostic::of(Kind::Duplicate, what).at(file, start(&span)).hide_secret());
                }
                Ok(new) => tests.push(new),
                Err(problem) => problems.push(*problem),
            }
        }
        if !problems.is_empty() {
            return Err(Refusal { diagnostics: problems });
        }
        let title = hub.and_then(|hub| member_text(&hub.text, &members(&hub.text, 0), "title"));
        Ok(Self { name: title.unwrap_or_else(|| "tests".to_owned()), path: file.path.clone(), tests })
    }

    /// The tests as a fleet: a pair for each test, in order.
    pub fn fleet(&self) -> Fleet {
        let mut slugs = BTreeSet::new();
        let pairs = self.tests.iter().map(|test| FleetPair {
            name: format!("{} / {}", self.name, test.name),
            slug: unique_slug(&test.name, &mut slugs),
            suite: self.path.clone(),
            endpoint: None,
            endpoint_id: None,
            workflow: None,
        });
        Fleet { name: self.name.clone(), pairs: pairs.collect() }
    }
}

/// A GPU type or pool, and how many of it a worker has.
#[derive(Clone, Debug, Default)]
struct Gpus {
    name: Option<String>,
    count: Option<NonZeroU32>,
}

impl Gpus {
    fn or(self, other: Self) -> Self {
        Self { name: self.name.or(other.name), count: self.count.or(other.count) }
    }
}

fn test(file: &TextFile, span: &Range<usize>, of_file: &Gpus) -> Result<HubTest, Box<Diagnostic>> {
    let text = &file.text;
    let inner = members(text, span.start);
    let problem = |kind, what: String, at: Range<usize>| {
        Box::new(Diagnostic::of(kind, what).at(file, at).hide_secret().help(SHAPE))
    };
    let name = member_text(text, &inner, "name").map(|name| name.trim().to_owned()).filter(|name| is_name(name));
    let Some(name) = name else {
        return Err(problem(Kind::MissingKey, "the test needs a `name`, on one line".to_owned(), start(span)));
    };
    let Some(mut request) = RequestFile::of_request(file, span.start) else {
        let at = find(&inner, "input").map_or_else(|| start(span), |input| input.key.clone());
        return Err(problem(Kind::NotAWorkflow, format!("the input of test `{name}` has no workflow"), at));
    };
    request.uneditable = Some("it holds several workflows");
    request.test = Some(name.clone());
    let timeout = match find(&inner, "timeout") {
        None => None,
        Some(member) => {
            let millis = serde_json::from_str::<u64>(&text[member.value.clone()]).ok().filter(|millis| *millis > 0);
            let what = || format!("the timeout of test `{name}` is not a number of milliseconds");
            Some(Duration::from_millis(
                millis.ok_or_else(|| problem(Kind::InvalidValue, what(), member.value.clone()))?,
            ))
        }
    };
    let own = gpus_in(text, &inner).or(gpus(text, find(&inner, "config")));
    let Gpus { name: gpu, count: gpu_count } = own.or(of_file.clone());
    Ok(HubTest { name, request, timeout, gpu, gpu_count })
}

/// The first pool of `hub.json`. A name after `-` is one that the Hub leaves out.
fn gpus_of_hub(hub: &TextFile) -> Gpus {
    let around = members(&hub.text, 0);
    gpus(&hub.text, find(&around, "config")).or(gpus_in(&hub.text, &around))
}

fn gpus(text: &str, config: Option<&Member>) -> Gpus {
    config.map(|config| gpus_in(text, &members(text, config.value.start))).unwrap_or_default()
}

fn gpus_in(text: &str, members: &[Member]) -> Gpus {
    let list = ["gpuTypeId", "gpuIds"].iter().find_map(|key| member_text(text, members, key)).unwrap_or_default();
    let mut names = list.split(',').map(str::trim).filter(|name| !name.is_empty() && !name.starts_with('-'));
    let count = find(members, "gpuCount").and_then(|count| serde_json::from_str(&text[count.value.clone()]).ok());
    Gpus { name: names.next().map(str::to_owned), count }
}

fn member_text(text: &str, members: &[Member], name: &str) -> Option<String> {
    let value = find(members, name)?;
    match serde_json::from_str(&text[value.value.clone()]) {
        Ok(Value::String(text)) => Some(text),
        Ok(_) | Err(_) => None,
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 200 && !name.contains(char::is_control)
}

/// The first character of a value, to mark.
fn start(span: &Range<usize>) -> Range<usize> {
    span.start..span.start + 1
}
