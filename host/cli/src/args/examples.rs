//! Two or three command lines for every command, at the end of its help.

use clap::Command;
use clap::builder::{StyledStr, Styles};
use std::fmt::Write;

/// The command lines of each command, each with what it does.
const EXAMPLES: &[(&str, &[[&str; 2]])] = &[
    (
        "comfycheck",
        &[
            ["comfycheck demo", "see a run of 12 samples, from a recording"],
            ["comfycheck init", "write a suite for the workflow in this folder"],
            ["comfycheck run --simulate healthy", "run the suite on a simulated endpoint"],
            ["comfycheck run", "run it on the RunPod endpoint"],
        ],
    ),
    (
        "demo",
        &[
            ["comfycheck demo", "an endpoint that works"],
            ["comfycheck demo no-worker", "an endpoint where no worker starts"],
            ["comfycheck demo missing --format markdown", "the report for a pull request"],
        ],
    ),
    (
        "init",
        &[
            ["comfycheck init", "use the only workflow in this folder"],
            ["comfycheck init --endpoint 4m7x2k9q --workflow flux.json", "name both in the suite"],
        ],
    ),
    (
        "doctor",
        &[
            ["comfycheck doctor", "check the environment and the endpoint"],
            ["comfycheck doctor --json", "for scripts"],
            ["comfycheck doctor --simulate healthy", "check the suite without an account"],
        ],
    ),
    (
        "list",
        &[
            ["comfycheck list", "the plan of comfycheck.toml"],
            ["comfycheck list --samples 12 --json", "the plan for 12 samples, for scripts"],
        ],
    ),
    (
        "run",
        &[
            ["comfycheck run", "run comfycheck.toml"],
            ["comfycheck run --simulate no-workers", "on a simulated endpoint"],
            ["comfycheck run --record rec --format report.xml", "record the run, write a JUnit report"],
            ["comfycheck run --format report.html --save-images images", "write a page, keep the images"],
        ],
    ),
    (
        "bench",
        &[
            ["comfycheck bench --concurrency 1,2,4 --save old.json", "three levels of 30 jobs"],
            ["comfycheck bench --concurrency 1,2,4 --baseline old.json", "compare a new image"],
            ["comfycheck bench --search \"end-to-end.p95 < 30 s\" --max-cost 2", "find the highest load"],
        ],
    ),
    (
        "explain",
        &[
            ["comfycheck explain missing-model", "one rule"],
            ["comfycheck explain models", "the rules of one check"],
            ["comfycheck explain --json", "all rules, for scripts"],
        ],
    ),
    (
        "validate",
        &[
            ["comfycheck validate flux.json --object-info inventory.json", "one file, offline"],
            ["comfycheck validate a.json b.png --object-info http://127.0.0.1:8188", "against a running ComfyUI"],
            ["comfycheck validate flux.json --fix", "apply safe fixes"],
        ],
    ),
    (
        "upgrade",
        &[
            ["comfycheck upgrade flux.json --from 0.17 --to 0.33", "between two versions of ComfyUI"],
            ["comfycheck upgrade flux.json --from old.json --to new.json", "between two saved inventories"],
        ],
    ),
    (
        "convert",
        &[
            ["comfycheck convert ui.json --object-info inventory.json -o api.json", "write a file"],
            ["comfycheck convert image.png --object-info inventory.json", "the workflow of an image"],
        ],
    ),
    (
        "inventory save",
        &[
            ["comfycheck inventory save inventory.json --comfyui http://127.0.0.1:8188", "of a running ComfyUI"],
            ["comfycheck inventory save inventory.json --comfyui $COMFYUI_URL", "as a script names it"],
        ],
    ),
    (
        "inventory diff",
        &[
            ["comfycheck inventory diff old.json new.json", "compare two files"],
            ["comfycheck inventory diff old.json http://127.0.0.1:8188", "compare a file with a ComfyUI"],
        ],
    ),
    (
        "report render",
        &[
            ["comfycheck report render report.json", "show it again"],
            ["comfycheck report render report.json --format markdown:report.md", "write another format"],
            ["comfycheck report render report.json --format r.html --images images", "with saved images"],
        ],
    ),
    (
        "report merge",
        &[
            ["comfycheck report merge a.json b.json --format json:all.json", "reports of parts of a run"],
            ["comfycheck report merge comfycheck.toml shards/1 shards/2 --seed 7", "the shards of a live run"],
        ],
    ),
    (
        "forecast",
        &[
            ["comfycheck forecast --from bench.json --load 30/h", "a day with 30 jobs per hour"],
            ["comfycheck forecast --from bench.json --load 30/h --gpu L4=1.8", "a GPU that is slower"],
        ],
    ),
    (
        "golden accept",
        &[
            ["comfycheck golden accept --from report.json --images images", "accept the images of a run"],
            ["comfycheck golden accept --simulate healthy", "try it without an account"],
        ],
    ),
    (
        "golden diff",
        &[
            ["comfycheck golden diff --from report.json --images images", "write golden-diff.html"],
            ["comfycheck golden diff --simulate style-drift --html drift.html", "try it without an account"],
        ],
    ),
    (
        "history list",
        &[
            ["comfycheck history list", "the last 20 live runs"],
            ["comfycheck history list --suite denrisi --limit 100 --html trend.html", "charts of 100 runs"],
        ],
    ),
    (
        "history show",
        &[
            ["comfycheck history show last", "the last live run"],
            ["comfycheck history show 12 --format report.html", "run 12 as a page"],
        ],
    ),
    (
        "history compare",
        &[
            ["comfycheck history compare 11 12", "what changed from run 11 to run 12"],
            ["comfycheck history compare 11 last --html changes.html", "as a page with charts"],
        ],
    ),
    (
        "history prune",
        &[
            ["comfycheck history prune --keep 50", "keep the newest 50 runs"],
            ["comfycheck history prune --older-than 90", "remove runs of more than 90 days ago"],
        ],
    ),
    (
        "cassette verify",
        &[
            ["comfycheck cassette verify rec", "one cassette"],
            ["comfycheck cassette verify cassettes/*", "all of a folder"],
        ],
    ),
    (
        "cassette to-har",
        &[
            ["comfycheck cassette to-har rec", "print it"],
            ["comfycheck cassette to-har rec -o rec.har", "write a file"],
        ],
    ),
    (
        "cassette from-har",
        &[
            ["comfycheck cassette from-har rec.har rec", "from a file that to-har wrote"],
            ["comfycheck cassette from-har browser.har rec --endpoint 4m7x2k9q", "from a browser"],
        ],
    ),
    (
        "wait-rollout",
        &[
            ["comfycheck wait-rollout", "wait for the latest release"],
            ["comfycheck wait-rollout --image org/worker:1.2.0 --timeout 30m", "wait for an image"],
            ["comfycheck wait-rollout --simulate rolling-release", "try it without an account"],
        ],
    ),
    (
        "purge",
        &[
            ["comfycheck purge --yes", "empty the queue of the suite's endpoint"],
            ["comfycheck purge --endpoint 4m7x2k9q --yes", "empty the queue of another endpoint"],
        ],
    ),
    (
        "mock",
        &[
            ["comfycheck mock", "list the scenarios"],
            ["comfycheck mock healthy", "serve one"],
            ["comfycheck mock no-workers --listen 127.0.0.1:0 --speed 60", "on a free port, an hour a minute"],
        ],
    ),
    (
        "check new",
        &[
            ["comfycheck check new prompt-rules", "a check in Rust"],
            ["comfycheck check new prompt-rules --lang python", "a check in Python"],
        ],
    ),
    (
        "check build",
        &[
            ["comfycheck check build", "the project in this folder"],
            ["comfycheck check build prompt-rules", "the project in another folder"],
        ],
    ),
    (
        "check test",
        &[
            ["comfycheck check test", "build the project, and test it"],
            ["comfycheck check test --bless", "accept the answers of its cases"],
        ],
    ),
    (
        "check inspect",
        &[
            ["comfycheck check inspect models", "a built-in check"],
            ["comfycheck check inspect new.wasm --since old.wasm", "what changes for its users"],
        ],
    ),
    (
        "check add",
        &[
            ["comfycheck check add oci://ghcr.io/acme/prompt-rules:1.2", "from a registry, and ask"],
            ["comfycheck check add https://example.org/rules.wasm --yes", "from a web server, on CI"],
            ["comfycheck check add oci://ghcr.io/acme/rules:1.2 --key cosign.pub", "if this key signed it"],
        ],
    ),
    (
        "check update",
        &[
            ["comfycheck check update", "all third-party checks in comfycheck.toml"],
            ["comfycheck check update prompt-rules", "one check"],
        ],
    ),
    (
        "check publish",
        &[
            ["comfycheck check publish check.wasm oci://ghcr.io/acme/rules:1.2", "with your login of docker"],
            ["comfycheck check publish check.wasm oci://127.0.0.1:5000/rules:1", "a registry on this machine"],
        ],
    ),
    (
        "check bench",
        &[
            ["comfycheck check bench", "build/check.wasm"],
            ["comfycheck check bench mine.wasm --runs 100", "another component"],
        ],
    ),
    (
        "completions",
        &[
            ["source <(comfycheck completions bash)", "in ~/.bashrc"],
            ["source <(comfycheck completions zsh)", "in ~/.zshrc"],
            ["comfycheck completions fish | source", "in ~/.config/fish/config.fish"],
        ],
    ),
];

const EXIT_CODES: [[&str; 2]; 7] = [
    ["0", "passed"],
    ["1", "the deployment is wrong"],
    ["2", "invalid command line, suite, workflow, component or cassette; no job ran"],
    ["3", "inconclusive: something is unknown; the report says what"],
    ["4", "a check crashed or broke its contract; a retry does not help"],
    ["70", "a bug in comfycheck"],
    ["130, 143", "interrupted: queued jobs were cancelled, and reports were written"],
];

/// Adds the examples to the help of every command, and the exit codes to that of the whole.
pub(super) fn add(whole: Command) -> Command {
    let text = block("Examples", of("comfycheck"), "  # ") + "\n" + &block("Exit codes", &EXIT_CODES, "  ");
    let whole = whole.after_help(StyledStr::from(text));
    whole.mut_subcommands(|command| add_below(command, ""))
}

fn add_below(command: Command, above: &str) -> Command {
    let name = format!("{above}{}", command.get_name());
    if command.has_subcommands() {
        return command.mut_subcommands(|command| add_below(command, &format!("{name} ")));
    }
    match of(&name) {
        [] => command,
        examples => command.after_help(StyledStr::from(block("Examples", examples, "  # "))),
    }
}

fn of(name: &str) -> &'static [[&'static str; 2]] {
    EXAMPLES.iter().find(|(known, _)| *known == name).map(|(_, examples)| *examples).unwrap_or_default()
}

/// A heading as the parser prints its own, and two columns.
fn block(title: &str, rows: &[[&str; 2]], between: &str) -> String {
    let styles = Styles::styled();
    let header = styles.get_header();
    let mut text = format!("{header}{title}:{header:#}\n");
    let width = rows.iter().map(|[left, _]| left.len()).max().unwrap_or_default();
    for [left, right] in rows {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {left:width$}{between}{right}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Arguments;
    use clap::CommandFactory;

    fn leaves(command: &Command, above: &str, names: &mut Vec<String>) {
        for command in command.get_subcommands() {
            let name = format!("{above}{}", command.get_name());
            if command.has_subcommands() {
                leaves(command, &format!("{name} "), names);
            } else {
                names.push(name);
            }
        }
    }

    #[test]
    fn every_command_has_examples_that_it_accepts() {
        let mut names = Vec::new();
        leaves(&Arguments::command(), "", &mut names);
        names.retain(|name| name != "man" && name != "inspect");
        names.push("comfycheck".to_owned());
        names.sort();
        let mut shown: Vec<_> = EXAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect();
        shown.sort();
        assert_eq!(shown, names);
        for (name, examples) in EXAMPLES {
            assert!((2..=4).contains(&examples.len()), "{name}");
            for [line, about] in *examples {
                // Of a shell's line, the part that is ours.
                let words = line.split(['(', ')', '|']).find(|part| part.trim().starts_with("comfycheck"));
                let quoted = words.unwrap_or_else(|| panic!("{line}")).split('"').enumerate();
                let words = quoted.flat_map(|(at, part)| match at % 2 {
                    0 => part.split_whitespace().collect(),
                    _ => vec![part],
                });
                Arguments::from_words(words.map(Into::into)).unwrap_or_else(|error| panic!("{line}: {error}"));
                let width = examples.iter().map(|[line, _]| line.len()).max().unwrap_or_default();
                assert!(2 + width + 4 + about.len() <= 100, "{line} is wrapped at 100 columns");
            }
        }
    }
}
