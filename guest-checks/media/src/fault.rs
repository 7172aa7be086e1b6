//! Why a file cannot be read to its end.

/// What is wrong with a file. Texts are clauses of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file ends early: ``the box `mdat` has 3.1 MiB of 12.0 MiB``.
    Cut(String),
    /// The file contradicts itself.
    Corrupt(String),
    /// The file has no track, frame, sample, mesh or text: `the video has no frames`.
    Empty(String),
    /// The file is a text in place of media, such as `an HTML page`.
    Text(String),
    /// No format that is known. The first bytes, in hexadecimal.
    Unknown(String),
    /// Reading it needs more memory than allowed, in bytes.
    Costly { needed: u64 },
}

impl Fault {
    pub fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt(reason.into())
    }
}
