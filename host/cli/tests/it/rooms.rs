//! The rooms of the house: no circle of more than two files, and no arrow up between the rooms of a crate.
//!
//! An arrow is a path in the code: `crate::…` or `super::…`. A name that a module re-exports counts as an arrow to the file
//! that defines it. A room is a module directly below the crate, with all files in its folder. Test modules do not count.

use crate::tidy::{files, root};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A file of a crate: its path below `src`, its module, and its code without comments and strings.
struct Source {
    file: String,
    module: Vec<String>,
    code: String,
}

/// The files that a file takes something from.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// With `--nocapture` it prints every circle.
#[test]
#[expect(clippy::print_stdout, reason = "a list for people")]
fn there_are_no_circles() {
    let mut all = Vec::new();
    for folder in crates() {
        let mut found = circles(&arrows(&sources(&folder)), 3, &folder);
        found.extend(circles(&between_rooms(&folder), 2, &folder));
        all.append(&mut found);
    }
    println!("{}", all.join("\n"));
    assert_eq!(all, [""; 0]);
}

/// The folders of all crates, such as `host/core`.
fn crates() -> impl Iterator<Item = String> {
    let manifests =
        files("").into_iter().filter(|path| path.ends_with("Cargo.toml") && path.with_file_name("src").exists());
    manifests.map(|path| {
        let folder = path.parent().unwrap().strip_prefix(root()).unwrap();
        folder.to_string_lossy().into_owned()
    })
}

fn sources(folder: &str) -> Vec<Source> {
    let src = root().join(folder).join("src");
    let paths =
        files(&format!("{folder}/src")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let sources = paths.filter_map(|path| {
        let below = path.strip_prefix(&src).unwrap();
        let module = module(below);
        let is_test = module.iter().any(|part| part.starts_with("test"));
        let code = code(&std::fs::read_to_string(&path).unwrap());
        (!is_test).then(|| Source { file: below.to_string_lossy().into_owned(), module, code })
    });
    sources.collect()
}

/// The module of a file below `src`.
fn module(below: &Path) -> Vec<String> {
    let path = below.with_extension("");
    let mut parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts == ["lib"] || parts == ["main"] || parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The text of a file up to its inline tests, without comments and the contents of strings.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n").split('"').step_by(2).collect()
}

fn arrows(sources: &[Source]) -> Arrows {
    let mut arrows = Arrows::new();
    for source in sources {
        let targets = arrows.entry(source.file.clone()).or_default();
        for path in paths(&source.code) {
            let Some(path) = absolute(&path, &source.module) else { continue };
            if let Some(target) = definition(&path, sources, 0).filter(|target| **target != source.file) {
                targets.insert(target.clone());
            }
        }
    }
    arrows
}

/// The arrows of a crate between its rooms. What stands in `lib.rs` or `main.rs` is in no room.
fn between_rooms(folder: &str) -> Arrows {
    let room = |file: &str| file.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
    let mut rooms = Arrows::new();
    for (from, targets) in arrows(&sources(folder)) {
        let targets = targets.iter().map(|to| room(to)).filter(|to| *to != room(&from) && to != "lib" && to != "main");
        rooms.entry(room(&from)).or_default().extend(targets);
    }
    rooms.retain(|room, _| room != "lib" && room != "main");
    rooms
}

/// Every path in the code that begins with `crate` or `super`, with `{…}` taken apart.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            let inside =
                start == "super::" && before == ':' || before.is_alphanumeric() || before == '_' || before == '$';
            if !inside {
                branch(&mut code[at..].chars().peekable(), Vec::new(), &mut found);
            }
        }
    }
    found
}

/// Reads one branch of a tree of paths.
fn branch(code: &mut std::iter::Peekable<std::str::Chars>, mut path: Vec<String>, found: &mut Vec<Vec<String>>) {
    loop {
        while code.next_if(|it| it.is_whitespace()).is_some() {}
        if code.next_if_eq(&'{').is_some() {
            loop {
                branch(code, path.clone(), found);
                while code.next_if(|it| it.is_whitespace()).is_some() {}
                if code.next_if_eq(&',').is_none() {
                    break;
                }
            }
            code.next_if_eq(&'}');
            return;
        }
        let mut name = String::new();
        while let Some(letter) = code.next_if(|it| it.is_alphanumeric() || *it == '_' || *it == '*') {
            name.push(letter);
        }
        if !name.is_empty() && name != "self" {
            path.push(name);
        }
        let mut ahead = code.clone();
        if (ahead.next(), ahead.next()) != (Some(':'), Some(':')) {
            break;
        }
        code.nth(1);
    }
    // `as another_name`
    let mut ahead = code.clone();
    let word: String =
        ahead.by_ref().skip_while(|it| it.is_whitespace()).take_while(|it| it.is_alphanumeric()).collect();
    if word == "as" {
        while code.next_if(|it| !",};".contains(*it)).is_some() {}
    }
    if !path.is_empty() {
        found.push(path);
    }
}

/// A path from the root of the crate; none for a path that leaves it.
fn absolute(path: &[String], module: &[String]) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let kept = if path[0] == "crate" { 0 } else { module.len().checked_sub(ups)? };
    let rest = path.iter().skip_while(|part| *part == "super" || *part == "crate");
    Some(module[..kept].iter().chain(rest).cloned().collect())
}

/// The file that defines what a path names. Follows re-exports.
fn definition<'a>(path: &[String], sources: &'a [Source], depth: usize) -> Option<&'a String> {
    let holder =
        sources.iter().filter(|source| path.starts_with(&source.module)).max_by_key(|source| source.module.len())?;
    let Some(name) = path.get(holder.module.len()).filter(|_| depth < 8) else { return Some(&holder.file) };
    let exported = exports(holder).into_iter().find(|export| export.last() == Some(name) && export != path);
    match exported {
        Some(mut export) => {
            export.extend_from_slice(&path[holder.module.len() + 1..]);
            definition(&export, sources, depth + 1)
        }
        None => Some(&holder.file),
    }
}

/// The paths that a module re-exports, from the root of the crate.
fn exports(source: &Source) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for part in source.code.split(';') {
        let Some((before, tree)) = part.split_once(" use ").or_else(|| part.split_once("\nuse ")) else { continue };
        if !before.lines().last().is_some_and(|line| line.trim_start().starts_with("pub")) {
            continue;
        }
        let mut paths = Vec::new();
        branch(&mut tree.chars().peekable(), Vec::new(), &mut paths);
        found.extend(paths.into_iter().filter_map(|path| match path[0].as_str() {
            "crate" | "super" => absolute(&path, &source.module),
            _ => Some(source.module.iter().chain(&path).cloned().collect()),
        }));
    }
    found
}

/// The circles of at least so many members, one line of arrows for each.
fn circles(arrows: &Arrows, at_least: usize, folder: &str) -> Vec<String> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = arrows.keys().map(|from| (from, reached(from, arrows))).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for from in arrows.keys() {
        let circle: BTreeSet<_> =
            reach[from].iter().filter(|to| reach.get(**to).is_some_and(|back| back.contains(from))).collect();
        if circle.len() < at_least || !seen.insert(circle.clone()) {
            continue;
        }
        let inside = |from: &&&String| {
            let targets: Vec<_> = arrows[**from].iter().filter(|to| circle.contains(to)).cloned().collect();
            format!("  {} -> {}", from, targets.join(", "))
        };
        found.push(format!(
            "{folder}: {} in a circle\n{}",
            circle.len(),
            circle.iter().map(inside).collect::<Vec<_>>().join("\n")
        ));
    }
    found
}

fn reached<'a>(from: &'a String, arrows: &'a Arrows) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        for to in arrows.get(next).into_iter().flatten() {
            if found.insert(to) {
                open.push(to);
            }
        }
    }
    found
}
