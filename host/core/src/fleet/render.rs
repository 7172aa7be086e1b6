//! The results of a fleet, for people, for CI systems and as Markdown.

use super::{FleetResults, PairResult};
use crate::money::CostRange;
use crate::plain::one_line;
use crate::render::{junit_of_suite, markdown_cell as cell, markdown_marker as marker};
use crate::report::Verdict;
use comfycheck_wording::{count, money_range};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::fmt::Write;

/// The longest name and reason, in characters.
const TEXT: usize = 200;

/// What a table shows of a pair: verdict, name, samples, cost, reason.
struct Row {
    verdict: &'static str,
    name: String,
    samples: String,
    cost: String,
    why: String,
}

fn rows(results: &FleetResults) -> Vec<Row> {
    let row = |name: &str, result: &Option<PairResult>| match result {
        None => Row {
            verdict: "missing",
            name: one_line(name, TEXT),
            samples: String::new(),
            cost: String::new(),
            why: "no report".to_owned(),
        },
        Some(result) => Row {
            verdict: result.verdict.word(),
            name: one_line(name, TEXT),
            samples: format!("{} of {}", result.succeeded, result.samples),
            cost: result.cost.map(|CostRange { low, high }| money_range(low, high)).unwrap_or_default(),
            why: one_line(&result.why(), TEXT),
        },
    };
    results.pairs.iter().map(|(pair, result)| row(&pair.name, result)).collect()
}

fn head(results: &FleetResults) -> String {
    let cost = results.cost().map(|CostRange { low, high }| format!(" · {}", money_range(low, high)));
    format!("{}: {}{}", count(results.pairs.len(), "run"), results.counts(), cost.unwrap_or_default())
}

/// Renders the results for a person: a line for each pair, then the verdict. Equal results give equal bytes.
pub fn human_fleet(results: &FleetResults) -> String {
    let rows = rows(results);
    let width = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let widths = [width(|row| row.verdict), width(|row| &row.name), width(|row| &row.samples), width(|row| &row.cost)];
    let mut text = format!("{}\n\n", one_line(&results.name, TEXT));
    for Row { verdict, name, samples, cost, why } in &rows {
        let [first, second, third, fourth] = widths;
        let line = format!("  {verdict:first$}  {name:second$}  {samples:>third$}  {cost:>fourth$}  {why}");
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "\n{}  {}", results.verdict().word().to_uppercase(), head(results));
    text
}

/// Renders the results as Markdown. Equal results give equal bytes.
pub fn markdown_fleet(results: &FleetResults) -> String {
    let sign = |verdict: &str| match verdict {
        "passed" => "✅",
        "failed" => "❌",
        _ => "⚠️",
    };
    let verdict = results.verdict().word();
    let name = cell(&results.name, TEXT);
    let mut text = format!("<!-- comfycheck:{} -->\n", marker(&results.name));
    let _ = writeln!(text, "### {} comfycheck: {name} {verdict}\n\n{}\n", sign(verdict), cell(&head(results), TEXT));
    text.push_str("| | Run | Samples | Cost | |\n| --- | --- | --: | --- | --- |\n");
    for Row { verdict, name, samples, cost, why } in rows(results) {
        let cells = [name, samples, cost, why].map(|text| cell(&text, TEXT));
        let _ = writeln!(text, "| {} {verdict} | {} |", sign(verdict), cells.join(" | "));
    }
    text
}

/// Renders the results as JUnit XML: a case for each pair. Equal results give equal bytes.
pub fn junit_fleet(results: &FleetResults) -> String {
    let mut suite = TestSuite::new(one_line(&results.name, TEXT));
    for ((_, result), Row { name, why, .. }) in results.pairs.iter().zip(rows(results)) {
        let verdict = result.as_ref().map(|result| result.verdict);
        let mut status = match verdict {
            Some(Verdict::Passed) => TestCaseStatus::success(),
            Some(Verdict::Failed) => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Some(Verdict::Inconclusive) | None => TestCaseStatus::non_success(NonSuccessKind::Error),
        };
        if verdict != Some(Verdict::Passed) {
            status.set_type(verdict.map_or("missing", Verdict::word)).set_message(why);
        }
        let mut case = TestCase::new(name, status);
        case.set_classname(one_line(&results.name, TEXT));
        suite.add_test_case(case);
    }
    junit_of_suite(suite)
}
