//! What kind of problem a diagnostic reports, apart from its words.

/// The kind of a problem. Tests and programs compare kinds, people read the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// None of the kinds below.
    #[default]
    Other,
    /// The text does not follow its format, such as TOML or JSON.
    Syntax,
    UnknownKey,
    /// A name that must exist elsewhere, such as a check, a rule, a capability or a node.
    UnknownName,
    /// A key, or a whole part of the suite, that is required.
    MissingKey,
    WrongType,
    InvalidValue,
    OutOfRange,
    /// The file or the job has too many bytes, or is nested too deeply.
    TooLarge,
    Duplicate,
    /// Two values that exclude each other.
    Conflict,
    /// An environment variable without a value.
    NotSet,
    /// A file that cannot be read.
    Unreadable,
    /// A key, a token or a webhook stands where others can read it.
    Secret,
    /// A capability that a check imports and the suite does not grant.
    NotGranted,
    /// A file of another format than ComfyUI's API format.
    NotAWorkflow,
    /// A limit of cost without a price to compute with.
    NoPrice,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Syntax => "syntax",
            Self::UnknownKey => "unknown-key",
            Self::UnknownName => "unknown-name",
            Self::MissingKey => "missing-key",
            Self::WrongType => "wrong-type",
            Self::InvalidValue => "invalid-value",
            Self::OutOfRange => "out-of-range",
            Self::TooLarge => "too-large",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::NotSet => "not-set",
            Self::Unreadable => "unreadable",
            Self::Secret => "secret",
            Self::NotGranted => "not-granted",
            Self::NotAWorkflow => "not-a-workflow",
            Self::NoPrice => "no-price",
        }
    }
}
