//! Files that may be meant where the one that is wanted is not there.

use comfycheck_sdk::{nearest, quote, quote_all};

/// A place besides the loader's own that lists model files.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// In the words of a message, such as ``the folder `checkpoints` ``.
    pub name: String,
    /// The files, in the order of the place.
    pub files: Vec<String>,
}

/// What may be meant by a name that is not offered.
#[derive(Clone, Debug, PartialEq)]
pub enum NearMiss<'a> {
    /// It is offered, but for a detail: the name that is offered, and what differs.
    Offered(&'a str, Difference),
    /// A file of that name lies elsewhere.
    Elsewhere(&'a Place, &'a str),
    /// Names that resemble it are offered, the nearest first.
    Similar(Vec<&'a str>),
    /// Nothing is near.
    Nothing,
}

/// What differs between two names of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A slash or a backslash.
    Separator,
    /// Upper and lower case.
    Case,
    /// The folders before the name.
    Subfolder,
    /// The extension.
    Extension,
}

/// Looks for what may be meant by `wanted`, which is not among `offered`.
#[must_use]
pub fn near_miss<'a>(wanted: &str, offered: &'a [String], elsewhere: &'a [Place]) -> NearMiss<'a> {
    type Key = fn(&str) -> String;
    const DETAILS: [(Key, Difference); 4] = [
        (|name| name.replace('\\', "/"), Difference::Separator),
        (|name| name.replace('\\', "/").to_lowercase(), Difference::Case),
        (|name| base(name).to_lowercase(), Difference::Subfolder),
        (|name| stem(name).to_lowercase(), Difference::Extension),
    ];
    for (key, difference) in DETAILS {
        let wanted = key(wanted);
        if let Some(name) = offered.iter().find(|name| key(name) == wanted) {
            return NearMiss::Offered(name, difference);
        }
    }
    for place in elsewhere {
        if let Some(name) = place.files.iter().find(|name| base(name) == base(wanted)) {
            return NearMiss::Elsewhere(place, name);
        }
    }
    let near = nearest(stem(wanted), offered.iter().map(|name| stem(name)));
    let named = |near: &&str| offered.iter().find(|name| stem(name) == *near).map(String::as_str);
    let mut similar: Vec<_> = near.iter().filter_map(named).collect();
    similar.dedup();
    if similar.is_empty() { NearMiss::Nothing } else { NearMiss::Similar(similar) }
}

impl NearMiss<'_> {
    /// What a message appends to say it; empty if nothing is near.
    #[must_use]
    pub fn clause(&self) -> String {
        match self {
            Self::Offered(name, difference) => {
                let differs = match difference {
                    Difference::Separator => "with another path separator",
                    Difference::Case => "which differs in case",
                    Difference::Subfolder => "in another subfolder",
                    Difference::Extension => "with another extension",
                };
                format!("; it offers {}, {differs}", quote(name))
            }
            Self::Elsewhere(place, name) => format!("; {} has {}", place.name, quote(name)),
            Self::Similar(names) => format!("; the nearest that it offers: {}", quote_all(names.iter().copied())),
            Self::Nothing => String::new(),
        }
    }

    /// What the reader can do, if the file would otherwise have to be put somewhere.
    #[must_use]
    pub fn help(&self, where_to_put: String) -> String {
        match self {
            Self::Offered(name, _) => format!("write {}: names are compared exactly", quote(name)),
            Self::Elsewhere(..) => where_to_put,
            Self::Similar(_) | Self::Nothing => format!("{where_to_put}; or correct the name"),
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
