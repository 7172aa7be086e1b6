//! Many texts, searched for in one pass.
//!
//! At every second place, four bytes are looked up in a filter. It lets through next to nothing of a log, and only there are
//! whole texts compared.

use std::ops::Range;

/// How many bytes are looked up at once.
const WINDOW: usize = 4;
/// The distance between two looks.
const STRIDE: usize = 2;
/// So long a text has a whole window at a look, wherever it stands.
pub(crate) const SHORTEST: usize = WINDOW + STRIDE - 1;
/// One bit of the filter for each value of a hash.
const FILTER_BITS: u32 = 16;
const BUCKETS: usize = 1 << 11;

/// Texts to search for, of at least [`SHORTEST`] bytes. The case of ASCII letters does not count.
pub(crate) struct Needles {
    filter: Vec<u32>,
    /// The first entry of each bucket.
    buckets: Vec<Option<u16>>,
    entries: Vec<Entry>,
}

/// One of the windows of a text.
struct Entry {
    text: &'static [u8],
    /// The first and the last window of the text, folded: they rule out most texts with the same window.
    ends: [u32; 2],
    /// The number of the text.
    number: usize,
    /// Where the window stands in the text.
    offset: usize,
    /// The next entry of its bucket.
    next: Option<u16>,
}

impl Needles {
    pub(crate) fn new(texts: &[&'static str]) -> Self {
        let mut frequencies = vec![0_u16; 1 << FILTER_BITS];
        for window in texts.iter().flat_map(|text| text.as_bytes().array_windows()) {
            frequencies[hash(fold(*window))] += 1;
        }
        let mut filter = vec![0; (1 << FILTER_BITS) / u32::BITS as usize];
        let mut buckets = vec![None; BUCKETS];
        let mut entries = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            let text = text.as_bytes();
            assert!(text.len() >= SHORTEST, "{} is too short", text.escape_ascii());
            let ends = [0, text.len() - WINDOW].map(|at| folded(text, at).unwrap_or_default());
            let hashes: Vec<usize> = text.array_windows().map(|window| hash(fold(*window))).collect();
            // Windows that few texts have are rare in logs, too.
            let frequency = |hashes: &[usize]| hashes.iter().map(|&hash| u32::from(frequencies[hash])).sum::<u32>();
            let rarest = hashes.windows(STRIDE).enumerate().min_by_key(|(_, hashes)| frequency(hashes));
            for (offset, hash) in rarest.iter().flat_map(|(start, hashes)| (*start..).zip(hashes.iter().copied())) {
                filter[hash / 32] |= 1 << (hash % 32);
                let next = buckets[hash % BUCKETS].replace(u16::try_from(entries.len()).expect("few texts"));
                entries.push(Entry { text, ends, number, offset, next });
            }
        }
        Self { filter, buckets, entries }
    }

    /// Reports each place of each text by the number of the text.
    pub(crate) fn each(&self, line: &str, mut found: impl FnMut(usize, Range<usize>)) {
        let line = line.as_bytes();
        for (look, window) in line.array_windows().enumerate().step_by(STRIDE) {
            let hash = hash(fold(*window));
            if self.filter[hash / 32] >> (hash % 32) & 1 == 0 {
                continue;
            }
            let mut next = self.buckets[hash % BUCKETS];
            while let Some(entry) = next.map(|next| &self.entries[usize::from(next)]) {
                next = entry.next;
                let Some(start) = look.checked_sub(entry.offset) else { continue };
                let place = start..start + entry.text.len();
                let [first, last] = entry.ends;
                if folded(line, place.end - WINDOW) != Some(last) || folded(line, start) != Some(first) {
                    continue;
                }
                if line.get(place.clone()).is_some_and(|text| text.eq_ignore_ascii_case(entry.text)) {
                    found(entry.number, place);
                }
            }
        }
    }
}

/// The same for both cases of a letter.
fn fold(window: [u8; WINDOW]) -> u32 {
    const LOWER_CASE: u32 = u32::from_le_bytes([0x20; WINDOW]);
    u32::from_le_bytes(window) | LOWER_CASE
}

/// The window at a place; none beyond the end.
fn folded(text: &[u8], at: usize) -> Option<u32> {
    text.get(at..)?.first_chunk().copied().map(fold)
}

/// Below `1 << FILTER_BITS`.
fn hash(folded: u32) -> usize {
    const SPREAD: u32 = 0x9E37_79B1;
    (folded.wrapping_mul(SPREAD) >> (u32::BITS - FILTER_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&'static str], line: &str) -> Vec<(usize, Range<usize>)> {
        let mut found = Vec::new();
        Needles::new(texts).each(line, |number, place| found.push((number, place)));
        found
    }

    #[test]
    fn texts_are_found_wherever_they_stand_and_in_any_case() {
        let texts = ["exited", "exited with", "Killed", "b\u{fc}cher"];
        for (line, expected) in [
            ("exited", vec![(0, 0..6)]),
            ("an EXITED with", vec![(0, 3..9), (1, 3..14)]),
            ("exitedexited", vec![(0, 0..6), (0, 6..12)]),
            ("oom-killed", vec![(2, 4..10)]),
            ("killekilled killed", vec![(2, 5..11), (2, 12..18)]),
            ("exite", vec![]),
            ("xited", vec![]),
            ("", vec![]),
            ("b\u{fc}cher", vec![(3, 0..7)]),
            ("\u{fc}\u{fc} exited", vec![(0, 5..11)]),
        ] {
            let mut all = found(&texts, line);
            all.sort_by_key(|(number, place)| (place.start, *number));
            assert_eq!(all, expected, "{line}");
        }
    }

    #[test]
    fn texts_with_the_same_beginning_are_distinct() {
        assert_eq!(found(&["CUDA error", "CUDA OOM"], "a CUDA OOM"), [(1, 2..10)]);
    }

    #[test]
    fn a_text_is_found_at_every_distance_from_the_start() {
        for before in 0..9 {
            assert_eq!(found(&["needle"], &format!("{}needle", "é".repeat(before))), [(0, 2 * before..2 * before + 6)]);
            assert_eq!(found(&["needle"], &format!("{}needle", "n".repeat(before))), [(0, before..before + 6)]);
        }
    }
}
