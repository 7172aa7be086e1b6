//! Inventories of ComfyUI's own classes, embedded for some versions. They have no files and no packs.
//!
//! `scripts/core-inventories` makes them from responses of real servers.

use super::object_info::Description;
use super::{Inventory, ObjectInfo};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The version of ComfyUI in the newest worker-comfyui image, 5.8.5.
///
/// Source: its maintainer in runpod-workers/worker-comfyui#183.
pub const STOCK_VERSION: &str = "0.17.2";

/// The first line has the versions. Each other line has the places of versions, a tab, then a class, a tab and its
/// description, or after `=` the node replacements.
static PACKED: &[u8] = include_bytes!("../../data/core-inventories.z");

static TEXT: LazyLock<String> = LazyLock::new(|| {
    // The data is a part of the binary and tested.
    let bytes = miniz_oxide::inflate::decompress_to_vec_zlib(PACKED).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
});

/// The inventory of one version of ComfyUI.
#[derive(Clone, Debug)]
pub struct StockInventory {
    /// The version that the classes are from. The nearest older one if the requested version is not embedded.
    pub version: String,
    pub inventory: Inventory,
}

/// The embedded versions, in ascending order.
pub fn stock_versions() -> impl Iterator<Item = &'static str> {
    TEXT.lines().next().unwrap_or_default().split(' ')
}

/// The classes of a version of ComfyUI, or of the nearest older one that is embedded, or of the oldest. None if the text is
/// not a version.
pub fn stock(version: &str) -> Option<StockInventory> {
    let wanted = newest_patch(version)?;
    let versions: Vec<_> = stock_versions().collect();
    let place = versions.iter().rposition(|known| numbers(known).is_some_and(|known| known <= wanted)).unwrap_or(0);
    Some(StockInventory { version: versions[place].to_owned(), inventory: inventory(place) })
}

/// The classes of the next newer version that is embedded. None if the version is, if it differs from one by a patch only, and if
/// it is not between two.
pub fn next_stock(version: &str) -> Option<StockInventory> {
    let wanted = newest_patch(version)?;
    let known: Vec<_> = stock_versions().filter_map(|known| Some((known, numbers(known)?))).collect();
    let place = known.iter().position(|(_, known)| *known > wanted)?;
    let (_, below) = known.get(place.checked_sub(1)?)?;
    (below[..2] != wanted[..2])
        .then(|| StockInventory { version: known[place].0.to_owned(), inventory: inventory(place) })
}

/// The embedded versions between which [`stock`] has a good answer, if a version is outside of them. A newer patch is inside: it
/// brings no classes.
pub fn outside_of_stock(version: &str) -> Option<[&'static str; 2]> {
    let wanted = newest_patch(version)?;
    let (oldest, newest) = (stock_versions().next()?, stock_versions().last()?);
    let is_inside = numbers(oldest)? <= wanted && wanted[..2] <= numbers(newest)?[..2];
    (!is_inside).then_some([oldest, newest])
}

fn inventory(place: usize) -> Inventory {
    let mut classes = BTreeMap::new();
    let mut replacements = None;
    for line in TEXT.lines().skip(1) {
        let Some((places, rest)) = line.split_once('\t') else { continue };
        let is_of_version = |places: &str| places.split(',').any(|at| at.parse() == Ok(place));
        if let Some(places) = places.strip_prefix('=') {
            if is_of_version(places) {
                replacements = Some(Arc::from(rest));
            }
        } else if is_of_version(places)
            && let Some((class, description)) = rest.split_once('\t')
        {
            classes.insert(class.to_owned(), Description::Embedded(description));
        }
    }
    let classes = Arc::new(ObjectInfo::of(classes));
    Inventory { classes, node_replacements: replacements, ..Inventory::default() }
}

/// The version that is asked for: `0.20` is the newest patch of it.
fn newest_patch(version: &str) -> Option<[u32; 3]> {
    let numbers = numbers(version)?;
    let has_patch = version.trim().matches('.').count() > 1;
    Some(if has_patch { numbers } else { [numbers[0], numbers[1], u32::MAX] })
}

/// Major, minor and patch. `0.17` is `0.17.0`.
pub(super) fn numbers(version: &str) -> Option<[u32; 3]> {
    let version = version.trim();
    let mut parts = version.strip_prefix('v').unwrap_or(version).splitn(3, '.');
    let number = |part: &str| part.split(|char: char| !char.is_ascii_digit()).next()?.parse().ok();
    Some([number(parts.next()?)?, number(parts.next()?)?, parts.next().and_then(number).unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: &str) -> StockInventory {
        stock(version).unwrap()
    }

    #[test]
    fn no_list_names_a_file_of_the_server_that_was_asked() {
        for ending in ["safetensors", "sft", "pth", "pt", "ckpt", "onnx", "gguf"] {
            let end = format!(".{ending}\"");
            let line = TEXT.lines().find(|line| line.contains(&end)).map(|line| line.split('\t').nth(1));
            assert_eq!(line, None, "{ending}");
        }
    }

    #[test]
    fn each_embedded_version_has_its_own_classes() {
        let counts: Vec<_> =
            stock_versions().map(|version| (version, of(version).inventory.classes.names().len())).collect();
        let expected = [
            ("0.3.64", 495),
            ("0.8.0", 567),
            ("0.12.3", 607),
            ("0.17.0", 652),
            ("0.20.1", 688),
            ("0.25.0", 781),
            ("0.33.0", 848),
        ];
        assert_eq!(counts, expected);
        let with_replacements = stock_versions().filter(|version| of(version).inventory.node_replacements.is_some());
        assert_eq!(with_replacements.collect::<Vec<_>>(), ["0.17.0", "0.20.1", "0.25.0", "0.33.0"]);
    }

    #[test]
    fn every_embedded_description_is_that_of_a_node_class() {
        for version in stock_versions() {
            let inventory = of(version).inventory;
            let text = Inventory { date: Some("2026-11-30".to_owned()), ..inventory.clone() }.to_file().unwrap();
            assert_eq!(Inventory::parse(&text).unwrap().classes, inventory.classes, "{version}");
        }
    }

    #[test]
    fn another_version_has_the_classes_of_the_nearest_older_one() {
        let rows = [
            ("0.17.2", "0.17.0"),
            ("v0.19", "0.17.0"),
            ("0.46.0", "0.33.0"),
            ("0.3.30", "0.3.64"),
            ("0.33", "0.33.0"),
            ("0.20", "0.20.1"),
            ("0.20.0", "0.17.0"),
            ("0.3", "0.3.64"),
        ];
        for (wanted, embedded) in rows {
            assert_eq!(of(wanted).version, embedded, "{wanted}");
        }
        assert!(stock("main").is_none());
    }

    #[test]
    fn the_next_version_is_that_after_one_between_two() {
        let next = |version| next_stock(version).map(|stock| stock.version);
        for version in ["0.17.0", "0.17.2", "0.33.0", "0.34", "0.1", "0.20.5"] {
            assert_eq!(next(version), None, "{version}");
        }
        assert_eq!(next("0.18.0").as_deref(), Some("0.20.1"));
        assert_eq!(next("0.30").as_deref(), Some("0.33.0"));
    }

    #[test]
    fn a_version_before_or_after_the_embedded_ones_is_outside() {
        let rows = [
            ("0.3.64", false),
            ("0.3.63", true),
            ("0.1", true),
            ("0.3", false),
            ("0.19", false),
            ("0.33", false),
            ("v0.33.7", false),
            ("0.34", true),
            ("9.9", true),
        ];
        for (version, expected) in rows {
            assert_eq!(outside_of_stock(version).is_some(), expected, "{version}");
        }
    }

    #[test]
    fn lists_of_files_are_left_out_and_marked() {
        let class = of("0.33.0").inventory.classes.class("CheckpointLoaderSimple").unwrap();
        assert!(class.contains(r#""ckpt_name":[[],{"files":true}]"#), "{class}");
    }
}
