//! The book in `docs/`: its generated pages are what their sources say, and what it shows and names is there.
//!
//! With BLESS=1 the generated pages are written instead of compared.

mod suite_reference;

use crate::binary::comfycheck;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The checks, in the order of the book.
const CHECKS: [&str; 8] = ["endpoint", "nodes", "models", "workflow", "image", "media", "performance", "denrisi"];

/// Where links to files outside of the book lead.
const REPOSITORY: &str = "https://github.com/comfycheck/comfycheck/blob/main/";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What comfycheck prints on stdout, in the folder of fixtures.
fn printed(arguments: &[&str]) -> String {
    let output = comfycheck(&root().join("fixtures")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// All pages but those of the rules, which are the checks' own, by their paths in the book.
fn pages() -> Vec<(String, String)> {
    let of = |folder: &str| {
        let names = fs::read_dir(root().join("docs/src").join(folder)).unwrap();
        let names = names.map(|entry| format!("{folder}{}", entry.unwrap().file_name().to_string_lossy()));
        names.filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "md")).collect::<Vec<_>>()
    };
    let mut pages: Vec<_> =
        ["", "ci/"].into_iter().flat_map(of).map(|name| (name.clone(), read(&format!("docs/src/{name}")))).collect();
    pages.sort();
    assert!(pages.len() > 8);
    pages
}

/// A page that is made of something else, and how it is made.
#[track_caller]
fn check_generated(page: &str, source: &str, text: &str) {
    let path = root().join("docs/src").join(page);
    let expected = format!("<!-- Made of {source} by a test: BLESS=1 writes it. -->\n\n{}\n", text.trim_end());
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &expected).unwrap();
    }
    let actual = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "run the tests with BLESS=1 to rewrite {}", path.display());
}

/// The rules as `check/rule`, each with its severity and its summary.
fn rules() -> Vec<(String, String, String)> {
    let printed: Value = serde_json::from_str(&printed(&["explain", "--json"])).unwrap();
    let text = |rule: &Value, member: &str| rule[member].as_str().unwrap().to_owned();
    let rule = |rule: &Value| {
        let path = format!("{}/{}", text(rule, "check"), text(rule, "rule"));
        (path, text(rule, "severity"), text(rule, "summary"))
    };
    printed["rules"].as_array().unwrap().iter().map(rule).collect()
}

#[test]
fn the_suite_reference_is_the_schema() {
    let schema: Value = serde_json::from_str(&read("schemas/suite.schema.json")).unwrap();
    check_generated("suite.md", "schemas/suite.schema.json", &suite_reference::page(&schema));
}

#[test]
fn the_rules_are_the_readmes_of_the_checks() {
    for check in CHECKS {
        let readme = format!("guest-checks/{check}/README.md");
        check_generated(&format!("rules/{check}.md"), &readme, &read(&readme));
    }
    let mut page = "# All rules\n\nEvery rule of the built-in checks, with its default severity. \
                    `comfycheck explain RULE` prints one.\n"
        .to_owned();
    for check in CHECKS {
        let _ = write!(page, "\n## {check}\n\n| Rule | Severity | Finds |\n| --- | --- | --- |\n");
        // `validate` itself has this rule, on no page of a check.
        for (path, severity, summary) in rules().into_iter().filter(|(path, ..)| path != "workflow/request") {
            if let Some(rule) = path.strip_prefix(&format!("{check}/")) {
                let summary = summary.replace('|', "\\|");
                let _ = writeln!(page, "| [`{path}`](rules/{check}.md#{rule}) | {severity} | {summary} |");
            }
        }
    }
    check_generated("rules.md", "`comfycheck explain`", &page);
}

#[test]
fn the_commands_are_those_of_the_parser() {
    let help = printed(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let mut page = format!("# Commands\n\n```text\n{}\n```\n", help.trim_end());
    for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        let help = printed(&[name, "--help"]);
        let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end());
        for sub in help.split("Commands:\n").nth(1).into_iter().flat_map(str::lines).take_while(|line| !line.is_empty())
        {
            let Some(sub) = sub.strip_prefix("  ").filter(|line| !line.starts_with(' ')) else { continue };
            let Some(sub) = sub.split_whitespace().next().filter(|sub| *sub != "help") else { continue };
            let help = printed(&[name, sub, "--help"]);
            let _ = write!(page, "\n### `{name} {sub}`\n\n```text\n{}\n```\n", help.trim_end());
        }
    }
    // Lines of clap may end in spaces, which editors take away.
    let page: Vec<_> = page.lines().map(str::trim_end).collect();
    check_generated("commands.md", "`comfycheck --help`", &page.join("\n"));
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let source = root().join("docs/src");
    let mut linked = BTreeSet::new();
    let below = pages_of_rules();
    for (page, text) in pages().into_iter().chain(below) {
        let folder = Path::new(&page).parent().unwrap().to_owned();
        for target in links(&text) {
            if let Some(path) = target.strip_prefix(REPOSITORY) {
                let path = path.split('#').next().unwrap();
                assert!(root().join(path).exists(), "{page} links {path}, which is not there");
            }
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if file.is_empty() { PathBuf::from(&page) } else { folder.join(file) };
            let text = fs::read_to_string(source.join(&file));
            let text = text.unwrap_or_else(|_| panic!("{page} links {target}, which is not there"));
            assert!(
                anchor.is_empty() || anchors(&text).contains(anchor),
                "{page} links {target}, which has no such heading"
            );
            if page == "SUMMARY.md" {
                linked.insert(file);
            }
        }
    }
    let pages = pages().into_iter().map(|(page, _)| PathBuf::from(page)).filter(|page| page != Path::new("SUMMARY.md"));
    let below = pages_of_rules().into_iter().map(|(page, _)| PathBuf::from(page));
    assert_eq!(linked, pages.chain(below).collect());
}

/// The pages of the rules.
fn pages_of_rules() -> Vec<(String, String)> {
    let pages = CHECKS.iter().map(|check| format!("rules/{check}.md"));
    pages.map(|page| (page.clone(), read(&format!("docs/src/{page}")))).collect()
}

/// The targets of a page's links.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains(char::is_whitespace)).map(str::to_owned).collect()
}

/// What mdBook calls the headings of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let name = |heading: &str| {
        let kept = heading.trim().to_lowercase().replace(' ', "-");
        kept.chars().filter(|char| char.is_alphanumeric() || "-_".contains(*char)).collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(|line| name(line.trim_start_matches('#'))).collect()
}

#[test]
fn every_rule_that_is_named_exists_and_its_scenario_shows_it() {
    let rules: BTreeSet<_> = rules().into_iter().map(|(path, ..)| path).collect();
    let mut named = 0;
    for (page, text) in pages() {
        for line in text.lines() {
            let words: Vec<_> = line.split('`').skip(1).step_by(2).collect();
            let of_check = |word: &&&str| word.split_once('/').is_some_and(|(check, _)| CHECKS.contains(&check));
            let rules_of_line: Vec<_> = words.iter().filter(of_check).filter(|word| !word.contains('.')).collect();
            for rule in &rules_of_line {
                assert!(rules.contains(**rule), "{page} names `{rule}`, which is no rule");
                named += 1;
            }
            for scenario in words.iter().filter(|_| page == "troubleshooting.md" && line.starts_with('|')) {
                let shown = fs::read_to_string(root().join(format!("fixtures/product/simulate-{scenario}/stdout")));
                let Ok(shown) = shown else { continue };
                // A page may leave out what stands beside a cause; the JSON report has it all.
                let report = read(&format!("fixtures/product/simulate-{scenario}/report.json"));
                let is_shown = rules_of_line.iter().any(|rule| {
                    let id = rule.rsplit('/').next().unwrap();
                    shown.contains(&format!("[{rule}]")) || report.contains(&format!("\"rule\": \"{id}\""))
                });
                assert!(is_shown, "`{scenario}` shows none of {rules_of_line:?}");
            }
        }
    }
    assert!(named > 30, "{named}");
}

#[test]
fn what_a_command_prints_in_the_book_is_what_it_prints() {
    let mut ran = 0;
    for (page, text) in pages() {
        for (command, shown) in shown_commands(&text) {
            let arguments: Vec<_> = command.split_whitespace().skip(1).collect();
            let printed = printed(&arguments);
            let mut rest = printed.as_str();
            for part in shown.split('…').map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty()) {
                let at = rest.find(part);
                let at = at.unwrap_or_else(|| panic!("{page}: `{command}` does not print {part:?}, but:\n{printed}"));
                rest = &rest[at + part.len()..];
            }
            ran += 1;
        }
    }
    assert!(ran >= 4, "{ran}");
}

/// Commands that are shown with their output: a block of `sh` with one line, and a block of `text` right behind it, in
/// which `…` alone on a line stands for what is left out.
fn shown_commands(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("\n```\n\n```text\n"));
    blocks
        .filter(|(command, _)| command.starts_with("comfycheck ") && !command.contains('\n'))
        .map(|(command, rest)| (command.to_owned(), rest.split("\n```").next().unwrap_or_default().to_owned()))
        .collect()
}

#[test]
fn the_tutorial_shows_what_a_new_project_has() {
    let trimmed = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let tutorial = read("docs/src/authoring.md");
    for (language, file) in [("rust", "rust/src/lib.rs"), ("python", "python/check.py")] {
        let source = trimmed(&read(&format!("host/cli/templates/{file}")).replace("{{name}}", "prompt-rules"));
        let start = format!("```{language}\n");
        let blocks: Vec<_> = tutorial.split(&start).skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
        // Later ones show what a new project does not have.
        let block = blocks.first().unwrap_or_else(|| panic!("no block of {language}"));
        assert!(source.contains(&trimmed(block)), "{file} has no such lines:\n{block}");
    }
}
