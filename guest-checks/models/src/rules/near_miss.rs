//! The file that is probably meant by a name that is not listed.

use comfycheck_sdk::wording::{names_with, nearest, quote};
use std::fmt;

/// A place other than the loader's own list.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// In the words of a message, such as ``folder `checkpoints` ``.
    pub name: String,
    /// The files, in the order of the place.
    pub files: Vec<String>,
}

/// The file that is probably meant.
#[derive(Clone, Debug, PartialEq)]
pub enum NearMiss<'a> {
    /// A listed name with a small difference.
    Listed(&'a str, Difference),
    /// A file of that name in another place.
    Elsewhere(&'a Place, &'a str),
    /// Similar names that are listed, the nearest first.
    Similar(Vec<&'a str>),
    Nothing,
}

/// The difference between two names of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A slash or a backslash.
    Separator,
    Case,
    Subfolder,
    Extension,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Separator => "with another path separator",
            Self::Case => "which differs in case",
            Self::Subfolder => "in another subfolder",
            Self::Extension => "with another extension",
        })
    }
}

/// The file that is probably meant by `name`, which is not among `listed`.
#[must_use]
pub fn near_miss<'a>(name: &str, listed: &'a [String], elsewhere: &'a [Place]) -> NearMiss<'a> {
    type Key = fn(&str) -> String;
    const DETAILS: [(Key, Difference); 4] = [
        (|name| name.replace('\\', "/"), Difference::Separator),
        (|name| name.replace('\\', "/").to_lowercase(), Difference::Case),
        (|name| base(name).to_lowercase(), Difference::Subfolder),
        (|name| stem(name).to_lowercase(), Difference::Extension),
    ];
    for (key, difference) in DETAILS {
        let meant = key(name);
        if let Some(name) = listed.iter().find(|name| key(name) == meant) {
            return NearMiss::Listed(name, difference);
        }
    }
    for place in elsewhere {
        if let Some(name) = place.files.iter().find(|file| base(file) == base(name)) {
            return NearMiss::Elsewhere(place, name);
        }
    }
    let near = nearest(stem(name), listed.iter().map(|name| stem(name)));
    let whole = |near: &&str| listed.iter().find(|name| stem(name) == *near).map(String::as_str);
    let mut similar: Vec<_> = near.iter().filter_map(whole).collect();
    similar.dedup();
    if similar.is_empty() { NearMiss::Nothing } else { NearMiss::Similar(similar) }
}

impl NearMiss<'_> {
    /// The listed name, as a clause that ends a message; empty if there is none.
    #[must_use]
    pub fn listed(&self) -> String {
        match self {
            Self::Listed(name, difference) => format!("it has {}, {difference}", quote(name)),
            Self::Elsewhere(..) | Self::Similar(_) | Self::Nothing => String::new(),
        }
    }

    /// The other place, as a clause that ends a message; empty if there is none.
    #[must_use]
    pub fn elsewhere(&self) -> String {
        match self {
            Self::Elsewhere(place, name) => format!(", but {} has {}", place.name, quote(name)),
            Self::Listed(..) | Self::Similar(_) | Self::Nothing => String::new(),
        }
    }

    /// Help, where `put` says where to put the file otherwise.
    #[must_use]
    pub fn help(&self, put: &str) -> String {
        match self {
            Self::Listed(name, _) => format!("write {}: ComfyUI compares names exactly", quote(name)),
            Self::Elsewhere(..) => put.to_owned(),
            Self::Similar(names) => {
                format!("did you mean {}? Otherwise {put}", names_with(names.iter().copied(), "or"))
            }
            Self::Nothing => format!("{put}, or correct the name"),
        }
    }
}

/// A file's name without its folders.
#[must_use]
pub fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// A file's name without its folders and its extension.
#[must_use]
pub fn stem(name: &str) -> &str {
    let base = base(name);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem)
}
