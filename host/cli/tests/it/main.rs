//! Tests of the whole: of the house, and of the binary where a folder of files does not suffice.

mod replay;
mod third_party;
mod tidy;
