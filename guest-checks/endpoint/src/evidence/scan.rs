//! Finds the lines that explain something: one pass over the text, whatever its size.

use super::child;
use super::exception;
use super::exit;
use super::families::{self, CHILD_CRASHED, CHILD_KILLED, CRASHED, Speaker, UNPULLABLE};
use super::family::{Family, Weight};
use super::needles::Needles;
use super::pattern;
use super::server::Server;
use std::ops::Range;
use std::sync::OnceLock;

/// The codes of families about processes that were killed, or that crashed.
const KILLED: u8 = exit::SIGNAL + 9;
const ABORTED: u8 = exit::SIGNAL + 6;

/// Where a text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `RunPod`'s refusal of a request.
    Answer,
    /// The error of a job: all of it was raised.
    Error,
    /// The error of a job, where all of it is about another server than `ComfyUI`.
    OtherServer,
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

    /// The same exception, of the family that a frame of its traceback names.
    pub(crate) fn of_frame(self, family: &'static Family) -> Self {
        let weight = if self.weight >= Weight::Exception { Weight::Cause } else { self.weight };
        Self { family: Some(family), weight, ..self }
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
                let applies = applies(known_texts.families[family], origin, line, &place);
                known = Some((family, place)).filter(|_| applies).or(known.take());
            }
            Some(_) => (),
        }
    });
    if let Some((code, place)) = exit {
        let of_code =
            |known: &(&Family, Speaker)| known.0.exits.contains(&code) && applies(*known, origin, line, &place);
        let family = known_texts.families.iter().position(of_code);
        known = match (known, family) {
            (Some((known, place)), Some(family)) if known <= family => Some((known, place)),
            (known, None) => known,
            (_, Some(family)) => Some((family, place)),
        };
    }
    let exception = raises.then(|| exception::find(line)).flatten();
    let is_notice = origin == Origin::Container && exception.as_ref().is_some_and(|at| exception::is_notice(line, at));
    let goes_on = origin == Origin::Container && (known.is_some() || exception.is_some()) && exception::goes_on(line);
    // ComfyUI's log reports so what a node raised.
    if origin == Origin::Container && exception.as_ref().is_some_and(|at| exception::is_of_node(line, at)) {
        return self::line(line, Origin::Node);
    }
    let Some((family, place)) = known else {
        let weight = if is_notice || goes_on { Weight::Caught } else { Weight::Exception };
        return exception.map(|place| Hit { line, place, family: None, weight });
    };
    let (family, speaker) = known_texts.families[family];
    let family = of_child(family, line, &place).unwrap_or(family);
    let is_raised = origin != Origin::Container || (exception.is_some() && !is_notice);
    let weight = match family.weight {
        _ if goes_on => Weight::Consequence,
        // The handler goes on, or raises it as the error of the job.
        Weight::Raised if speaker == Speaker::OtherServer && origin == Origin::Container => Weight::Consequence,
        Weight::Raised if is_raised => Weight::Cause,
        // A warning without an exception.
        Weight::Raised if exception.is_none() && exception::is_notice(line, &place) => Weight::Consequence,
        Weight::Raised => Weight::Caught,
        _ if origin == Origin::Container && !family.exits.is_empty() && exit::is_expected(line) => Weight::Consequence,
        weight => weight,
    };
    Some(Hit { line, place, family: Some(family), weight })
}

/// The family of a line about the end of a process, if that is a program besides `ComfyUI` and the handler.
fn of_child(family: &Family, line: &str, place: &Range<usize>) -> Option<&'static Family> {
    // The kernel kills whatever is largest.
    let text = line.get(place.clone()).unwrap_or_default().to_ascii_lowercase();
    let is_of_kernel = || text.contains("oom") || text.contains("memory");
    match family.exits {
        exits if exits.contains(&KILLED) && !is_of_kernel() && child::is_named(line) => families::named(CHILD_KILLED),
        exits if exits.contains(&ABORTED) && child::is_named(line) => families::named(CHILD_CRASHED),
        _ => None,
    }
}

/// Only RunPod's log reports pulls and the end of the container, and it reports nothing of what programs raise. What a node
/// raises says nothing about the handler and `ComfyUI`'s server.
fn applies((family, speaker): (&Family, Speaker), origin: Origin, line: &str, place: &Range<usize>) -> bool {
    let is_of_other_server = || match Server::of(line) {
        // What it says of ComfyUI counts, whatever it names.
        _ if line[place.clone()].to_ascii_lowercase().contains("comfyui") => false,
        Server::Unnamed => origin == Origin::OtherServer,
        server => server == Server::Other,
    };
    match origin {
        Origin::System => family.weight != Weight::Raised && speaker != Speaker::Answer,
        Origin::Node => matches!(speaker, Speaker::Anything | Speaker::Node),
        _ if [UNPULLABLE, CRASHED].contains(&family.rule) => false,
        Origin::Answer | Origin::Error | Origin::OtherServer | Origin::Container => match speaker {
            Speaker::Anything | Speaker::Worker => true,
            Speaker::Answer => origin == Origin::Answer,
            Speaker::Server => !is_of_other_server(),
            Speaker::OtherServer => is_of_other_server(),
            Speaker::Node => false,
        },
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
