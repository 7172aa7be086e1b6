//! Blocks as a compiler shows them: a title, the place, and lines of evidence and help.

use super::page::{Page, Tone};
use super::{Detail, Room, TEXT};
use crate::diagnostic::{Color, Excerpt};
use crate::finding::Subject;
use crate::plain::{one_line, visible};
use crate::render::view::{Block, Kind, Places, Statement, View, about, label};
use crate::render::wording::waiver_line;
use crate::sample::Sample;
use annotate_snippets::{Group, Level, Renderer};
use comfycheck_wording::count;
use std::collections::BTreeSet;

/// How much of a block is written.
struct Extent {
    excerpt: bool,
    details: bool,
    help: bool,
    /// The longest message, in characters.
    message: usize,
}

/// Writes the blocks that there is room for. Returns the line on which the last error begins.
pub(super) fn write(view: &View<'_>, room: Room, page: &mut Page) -> Option<usize> {
    let shown = &view.blocks[..view.blocks.len().min(room.blocks)];
    let excerpts = excerpts(shown, &view.places, room.excerpts);
    let (mut last_error, mut details, mut errors) = (None, room.details, room.errors);
    let mut before: Option<Kind> = None;
    let mut shared_follows = true;
    let mut helps: BTreeSet<&str> = BTreeSet::new();
    for (index, block) in shown.iter().enumerate() {
        let is_error = matches!(block.kind, Kind::Error | Kind::Crashed);
        if is_error || before != Some(block.kind) || page.style.detail == Detail::Verbose {
            if !is_error && std::mem::take(&mut shared_follows) {
                shared(view, page);
            }
            page.gap();
        }
        if block.kind == Kind::Error {
            last_error = Some(page.lines());
        }
        let next = shown.get(index + 1);
        // Help that several blocks share stands once: under the last of those that follow each other.
        let repeated = next.is_some_and(|next| next.kind == block.kind && next.help == block.help)
            || block.help.is_some_and(|help| helps.contains(help));
        let left = if is_error { &mut errors } else { &mut details };
        let has_details = *left > 0;
        *left = left.saturating_sub(1);
        let extent = Extent {
            excerpt: excerpts.contains(&index),
            details: has_details,
            help: has_details && (!repeated || page.style.detail == Detail::Verbose),
            message: room.message,
        };
        helps.extend(block.help.filter(|_| extent.help));
        one(block, &view.places, &view.report.samples, &extent, page);
        before = Some(block.kind);
    }
    if shared_follows {
        shared(view, page);
    }
    let more = view.blocks.len() - shown.len();
    if more > 0 {
        page.line(&format!("and {}: -v shows all", count(more, "more finding")));
    }
    last_error
}

/// Writes blocks of a validated file, each in full.
pub(super) fn write_all(blocks: &[Block<'_>], places: &Places, page: &mut Page) {
    let extent = Extent { excerpt: true, details: true, help: true, message: TEXT };
    for block in blocks {
        page.gap();
        one(block, places, &[], &extent, page);
    }
}

/// What follows from several errors together.
fn shared(view: &View<'_>, page: &mut Page) {
    if !view.therefore.is_empty() {
        page.gap();
        page.prose(Tone::Strong, "therefore: ", "  ", &one_line(&view.therefore.join(", "), TEXT));
    }
}

/// The first blocks that stand at a place which no block before them showed.
fn excerpts(blocks: &[Block<'_>], places: &Places, most: usize) -> BTreeSet<usize> {
    let mut known = BTreeSet::new();
    let standing = blocks.iter().enumerate().filter(|(_, block)| !block.kind.is_waived());
    standing
        .filter(|(_, block)| placed(block, places).is_some_and(|(_, excerpt)| known.insert(excerpt.place)))
        .map(|(index, _)| index)
        .take(most)
        .collect()
}

/// The first subject that stands in the workflow's file, and its excerpt. What is about a text that is not JSON stands where
/// the text stops being JSON.
fn placed<'b>(block: &'b Block<'_>, places: &Places) -> Option<(Option<&'b Subject>, Excerpt)> {
    let of_file = || Some((None, places.syntax_error()?.clone()));
    block.subjects.iter().find_map(|subject| Some((Some(subject), places.excerpt(subject)?))).or_else(of_file)
}

fn one(block: &Block<'_>, places: &Places, samples: &[Sample], extent: &Extent, page: &mut Page) {
    let verbose = page.style.detail == Detail::Verbose;
    let title = format!("{}[{}]: ", block.kind.word(), one_line(&block.ids.join(", "), 200));
    let Statement { what, seen, unknown } = block.statement();
    page.prose(tone(block.kind), &title, "  ", &one_line(what, extent.message));
    let is_waived = block.kind.is_waived() && !verbose;
    let place = placed(block, places).filter(|_| !is_waived && (extent.details || extent.excerpt));
    let mut gutter = 1;
    match &place {
        Some((subject, excerpt)) if extent.excerpt => {
            gutter = excerpt.place.line.to_string().len();
            let label = subject.and_then(|subject| label(subject, places));
            excerpt_lines(block.kind, excerpt, label.as_deref(), page);
        }
        Some((_, Excerpt { path, place, .. })) => arrow(&format!("{}:{place}", one_line(path, 300)), page),
        None => block.place.iter().for_each(|place| arrow(&one_line(place, 300), page)),
    }
    let mut footer = |key: &str, text: &str| {
        let label = format!("{:gutter$} = {key}: ", "");
        let rest = " ".repeat(label.len());
        page.prose(Tone::Strong, &label, &rest, &one_line(text, TEXT));
    };
    if let Some(waiver) = block.waiver {
        footer("waiver", &waiver_line(waiver));
    }
    if is_waived || !extent.details {
        return;
    }
    if let Some(error) = block.error.filter(|_| verbose) {
        footer("kind", error.word());
    }
    let shown = place.as_ref().filter(|_| extent.excerpt).and_then(|(subject, _)| *subject);
    let about = about(block, places, samples, shown);
    if !about.is_empty() {
        footer("about", &about);
    }
    if let Some(seen) = seen {
        footer("seen", seen);
    }
    if let Some(unknown) = unknown {
        footer("unknown", unknown);
    }
    if let Some(help) = block.help.filter(|_| extent.help) {
        footer("help", help);
    }
    if !block.also.is_empty() {
        let waived = |is_waived: bool| if is_waived { " (waived)" } else { "" };
        let also: Vec<String> =
            block.also.iter().map(|twin| format!("{}{}", twin.id, waived(twin.is_waived))).collect();
        footer("also", &also.join(", "));
    }
    if !block.therefore.is_empty() {
        footer("therefore", &block.therefore.join(", "));
    }
}

fn arrow(place: &str, page: &mut Page) {
    let arrow = page.paint(Tone::Strong, "-->");
    page.line(&format!("  {arrow} {place}"));
}

fn tone(kind: Kind) -> Tone {
    match kind {
        Kind::Error => Tone::Bad,
        Kind::Crashed | Kind::Unknown | Kind::Warning => Tone::Doubtful,
        Kind::Waived(_) => Tone::Quiet,
    }
}

/// The place and the line, as a compiler shows them.
fn excerpt_lines(kind: Kind, excerpt: &Excerpt, label: Option<&str>, page: &mut Page) {
    let level = match kind {
        Kind::Error | Kind::Crashed => Level::ERROR,
        Kind::Unknown | Kind::Warning => Level::WARNING,
        Kind::Waived(_) => Level::NOTE,
    };
    let renderer = match page.style.color {
        Color::Off => Renderer::plain(),
        Color::On => Renderer::styled(),
    };
    let mut excerpt = excerpt.clone();
    excerpt.path = one_line(&excerpt.path, 300);
    let group = Group::with_level(level).elements(excerpt.labelled(label));
    let text = renderer.term_width(page.style.width).render(&[group]);
    for line in text.lines() {
        // The renderer lets some characters of the workflow's line through; its own escape codes are ASCII.
        let line: String =
            line.chars().map(|character| if character.is_ascii() { character } else { visible(character) }).collect();
        page.line(&line);
    }
}
