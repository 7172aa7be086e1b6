//! Finds the lines that explain something: one pass over the text, whatever its size.

use super::exception;
use super::exit;
use super::families::{self, CRASHED, Speaker, UNPULLABLE};
use super::family::{Family, Weight};
use super::needles::Needles;
use super::pattern;
use std::ops::Range;
use std::sync::OnceLock;

/// Where a text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The error of a job: all of it was raised.
    Error,
    /// The exception of a node.
    Node,
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
    let known_texts = KnownTexts::get();
    let mut known: Option<(usize, Range<usize>)> = None;
    let mut raises = false;
    let mut exit: Option<(u8, Range<usize>)> = None;
    let mut absent: Vec<usize> = Vec::new();
    known_texts.needles.each(line, |number, place| {
        let (family, place) = match known_texts.meanings[number] {
            Meaning::Raises => return raises = true,
            Meaning::Exits => {
                // A signal says more than the code of the program that reports it.
                if exit.as_ref().is_none_or(|(code, _)| *code <= exit::SIGNAL) {
                    exit = exit::code(line, &place).or(exit.take());
                }
                return;
            }
            Meaning::Text(family) => (family, Some(place)),
            // A line can repeat one text of a pattern without the others.
            Meaning::Pattern(..) if absent.contains(&number) => return,
            Meaning::Pattern(family, pattern) => (family, pattern::find(pattern, line)),
        };
        match place {
            None => absent.push(number),
            // The first family of the list counts.
            Some(place) if known.as_ref().is_none_or(|(known, _)| family < *known) => {
                known =
                    Some((family, place)).filter(|_| applies(known_texts.families[family], origin)).or(known.take());
            }
            Some(_) => (),
        }
    });
    if let Some((code, place)) = exit {
        let of_code = |known: &(&Family, Speaker)| known.0.exits.contains(&code) && applies(*known, origin);
        let family = known_texts.families.iter().position(of_code);
        known = match (known, family) {
            (Some((known, place)), Some(family)) if known <= family => Some((known, place)),
            (known, None) => known,
            (_, Some(family)) => Some((family, place)),
        };
    }
    let exception = raises.then(|| exception::find(line)).flatten();
    let is_notice = origin == Origin::Container && exception.as_ref().is_some_and(|at| exception::is_notice(line, at));
    // ComfyUI's log reports so what a node raised.
    if origin == Origin::Container && exception.as_ref().is_some_and(|at| exception::is_of_node(line, at)) {
        return self::line(line, Origin::Node);
    }
    let Some((family, place)) = known else {
        let weight = if is_notice { Weight::Caught } else { Weight::Exception };
        return exception.map(|place| Hit { line, place, family: None, weight });
    };
    let (family, _) = known_texts.families[family];
    let is_raised = origin != Origin::Container || (exception.is_some() && !is_notice);
    let weight = match family.weight {
        Weight::Raised if is_raised => Weight::Cause,
        Weight::Raised => Weight::Caught,
        weight => weight,
    };
    Some(Hit { line, place, family: Some(family), weight })
}

/// Only RunPod's log reports pulls and the end of the container, and it reports nothing of what programs raise. What a node
/// raises says nothing about the handler and `ComfyUI`'s server.
fn applies((family, speaker): (&Family, Speaker), origin: Origin) -> bool {
    match origin {
        Origin::System => family.weight != Weight::Raised,
        Origin::Node => speaker != Speaker::Worker,
        Origin::Error | Origin::Container => speaker != Speaker::Node && ![UNPULLABLE, CRASHED].contains(&family.rule),
    }
}

/// All texts that are searched for.
struct KnownTexts {
    needles: Needles,
    /// What each needle means.
    meanings: Vec<Meaning>,
    families: Vec<(&'static Family, Speaker)>,
}

#[derive(Clone, Copy)]
enum Meaning {
    /// An exception may stand in the line.
    Raises,
    /// The end of a process may stand in the line.
    Exits,
    /// The line is of a family, by its index.
    Text(usize),
    /// The line may have the pattern of a family.
    Pattern(usize, &'static str),
}

impl KnownTexts {
    fn get() -> &'static Self {
        static TEXTS: OnceLock<KnownTexts> = OnceLock::new();
        TEXTS.get_or_init(|| {
            let families: Vec<_> = families::with_speakers().collect();
            let marks = families.iter().enumerate().flat_map(|(family, (known, _))| {
                known.marks.iter().map(move |mark| match pattern::needle(mark) {
                    whole if whole == *mark => (whole, Meaning::Text(family)),
                    part => (part, Meaning::Pattern(family, mark)),
                })
            });
            let raises = exception::NEEDLES.iter().map(|needle| (*needle, Meaning::Raises));
            let exits = exit::NEEDLES.iter().map(|needle| (*needle, Meaning::Exits));
            let (needles, meanings): (Vec<&'static str>, Vec<_>) = marks.chain(raises).chain(exits).unzip();
            Self { needles: Needles::new(&needles), meanings, families }
        })
    }
}
