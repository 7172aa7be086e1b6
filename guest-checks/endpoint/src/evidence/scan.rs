//! Finds the lines that explain something: one pass over the text, whatever its size.

use super::exception;
use super::exit;
use super::families::{self, UNPULLABLE};
use super::family::{Family, Weight};
use super::pattern::{find, needle};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::ops::Range;
use std::sync::OnceLock;

/// Where a text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The error of a job: all of it was raised.
    Error,
    /// The output of a worker's processes.
    Container,
    /// What RunPod does with the container.
    System,
}

/// A line that explains something.
#[derive(Clone, Debug)]
pub(crate) struct Hit<'a> {
    pub(crate) line: &'a str,
    /// Where the explanation stands in the line.
    pub(crate) place: Range<usize>,
    /// None for an exception that belongs to no family.
    pub(crate) family: Option<&'static Family>,
    pub(crate) weight: Weight,
}

impl Hit<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.family.is_some_and(|family| family.name == name)
    }
}

/// What a line shows; none for most lines.
pub(crate) fn line(line: &str, origin: Origin) -> Option<Hit<'_>> {
    let automaton = Automaton::get();
    let mut known: Option<(usize, Range<usize>)> = None;
    let (mut raises, mut exits) = (false, false);
    for found in automaton.needles.find_overlapping_iter(line) {
        match automaton.meanings[found.pattern().as_usize()] {
            Meaning::Raises => raises = true,
            Meaning::Exits => exits = true,
            Meaning::Mark(family, mark) => {
                // The first family of the list counts.
                let outranked = known.as_ref().is_some_and(|(known, _)| *known <= family);
                if !outranked && let Some(place) = find(mark, line) {
                    known = Some((family, place)).filter(|_| applies(automaton.families[family], origin)).or(known);
                }
            }
        }
    }
    if exits && let Some((signal, place)) = exit::signal(line) {
        let family = automaton.families.iter().position(|family| family.exits.contains(&signal));
        known = match (known, family) {
            (Some((known, place)), Some(family)) if known <= family => Some((known, place)),
            (known, None) => known,
            (_, Some(family)) => Some((family, place)),
        };
    }
    let exception = raises.then(|| exception::find(line)).flatten();
    match known {
        Some((family, place)) => {
            let family = automaton.families[family];
            let is_raised = origin != Origin::Container || exception.is_some();
            let weight = match family.weight {
                Weight::Raised if is_raised => Weight::Cause,
                Weight::Raised => Weight::Caught,
                weight => weight,
            };
            Some(Hit { line, place, family: Some(family), weight })
        }
        None => exception.map(|place| Hit { line, place, family: None, weight: Weight::Exception }),
    }
}

/// Only RunPod's log reports pulls, and it reports nothing of what programs raise.
fn applies(family: &Family, origin: Origin) -> bool {
    match origin {
        Origin::System => family.weight != Weight::Raised,
        Origin::Error | Origin::Container => family.rule != UNPULLABLE,
    }
}

/// All texts that are searched for, as one automaton.
struct Automaton {
    needles: AhoCorasick,
    /// What each needle means.
    meanings: Vec<Meaning>,
    families: Vec<&'static Family>,
}

#[derive(Clone, Copy)]
enum Meaning {
    /// An exception may stand in the line.
    Raises,
    /// The end of a process may stand in the line.
    Exits,
    /// The family by its index, and its mark.
    Mark(usize, &'static str),
}

impl Automaton {
    fn get() -> &'static Self {
        static AUTOMATON: OnceLock<Automaton> = OnceLock::new();
        AUTOMATON.get_or_init(Self::build)
    }

    fn build() -> Self {
        let families: Vec<_> = families::all().collect();
        let marks = families.iter().enumerate().flat_map(|(index, family)| {
            family.marks.iter().map(move |mark| (needle(mark), Meaning::Mark(index, mark)))
        });
        let raises = exception::NEEDLES.iter().map(|needle| (*needle, Meaning::Raises));
        let exits = exit::NEEDLES.iter().map(|needle| (*needle, Meaning::Exits));
        let (needles, meanings): (Vec<_>, Vec<_>) = marks.chain(raises).chain(exits).unzip();
        let needles = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .prefilter(false)
            .build(needles)
            .unwrap_or_else(|error| panic!("the families are too many for one automaton: {error}"));
        Self { needles, meanings, families }
    }
}
