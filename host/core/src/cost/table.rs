//! RunPod's published price of a serverless worker with one GPU, per second.

use crate::nearest::nearest;

/// The date of the prices.
pub(super) const DATE: &str = "2026-08-20";

pub(super) struct Row {
    /// The GPU pool, as RunPod's API names it.
    pub(super) pool: &'static str,
    /// Its GPU types, as [`plain`] writes them.
    pub(super) types: &'static [&'static str],
    /// In USD, flex workers.
    pub(super) per_second: f64,
}

/// Flex prices of the serverless pricing table in RunPod's documentation as of [`DATE`].
///
/// They have not changed since 2025-05-14 (`BLACKWELL_96`: 2026-06-08). The pools are matched to the rows by hand. The 5090
/// (`ADA_32_PRO`) is not in the documentation's table.
const ROWS: [Row; 10] = [
    Row { pool: "AMPERE_16", types: &["A4000", "A4500", "4000"], per_second: 0.000_16 },
    Row { pool: "AMPERE_24", types: &["L4", "A5000", "3090"], per_second: 0.000_19 },
    Row { pool: "ADA_24", types: &["4090"], per_second: 0.000_31 },
    Row { pool: "AMPERE_48", types: &["A6000", "A40"], per_second: 0.000_34 },
    Row { pool: "ADA_48_PRO", types: &["L40", "L40S", "6000 ADA"], per_second: 0.000_53 },
    Row { pool: "AMPERE_80", types: &["A100"], per_second: 0.000_76 },
    Row { pool: "ADA_80_PRO", types: &["H100"], per_second: 0.001_16 },
    Row { pool: "BLACKWELL_96", types: &["6000S", "6000S BLACKWELL", "6000 BLACKWELL"], per_second: 0.001_11 },
    Row { pool: "HOPPER_141", types: &["H200"], per_second: 0.001_55 },
    Row { pool: "BLACKWELL_180", types: &["B200"], per_second: 0.002_40 },
];

/// The row of a pool or a GPU type, with or without its vendor's words. None if the name is not exact.
pub(super) fn row(gpu: &str) -> Option<&'static Row> {
    let (pool, kind) = (gpu.trim().to_ascii_uppercase(), plain(gpu));
    ROWS.iter().find(|row| row.pool == pool || row.types.contains(&kind.as_str()))
}

/// The pools of the table.
pub fn pools() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.pool)
}

/// The pool or GPU type that a misspelt name probably means. It has the same digits: a `5090` is not a misspelt `4090`.
pub fn nearest_gpu(gpu: &str) -> Option<&'static str> {
    let digits = |name: &str| {
        let mut digits: Vec<_> = name.bytes().filter(u8::is_ascii_digit).collect();
        digits.sort_unstable();
        digits
    };
    let of_type = plain(gpu);
    let wanted = digits(&of_type);
    let types = ROWS.iter().flat_map(|row| row.types.iter().copied());
    let same_digits = |name: &&str| digits(name) == wanted;
    nearest(gpu, pools().filter(same_digits)).or_else(|| nearest(&of_type, types.filter(same_digits)))
}

/// A GPU type without the words that do not matter for its price: `NVIDIA GeForce RTX 4090` and `4090 PRO` are both `4090`,
/// and `NVIDIA A100-SXM4-80GB` is `A100`.
fn plain(gpu: &str) -> String {
    const DECORATION: [&str; 10] =
        ["", "NVIDIA", "GEFORCE", "RTX", "PRO", "GENERATION", "PCIE", "SERVER", "WORKSTATION", "EDITION"];
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let says_something = |word: &&str| {
        let memory = word.strip_suffix("GB").is_some_and(is_number) || word.starts_with("HBM");
        let socket = word.strip_prefix("SXM").is_some_and(is_number);
        !memory && !socket && !DECORATION.contains(word)
    };
    let upper = gpu.to_ascii_uppercase();
    upper.split(|char: char| !char.is_ascii_alphanumeric()).filter(says_something).collect::<Vec<_>>().join(" ")
}
