//! What RunPod asks for a second of a serverless worker with one GPU, as published.

/// The date of the table.
pub(super) const DATE: &str = "2026-08-20";

/// A row of the table.
pub(super) struct Row {
    /// The GPU pool, as RunPod's API names it.
    pub(super) pool: &'static str,
    /// The GPU types in it, as [`plain`] leaves them.
    pub(super) types: &'static [&'static str],
    /// In USD, flex workers.
    pub(super) per_second: f64,
}

/// Flex prices of the serverless pricing table in RunPod's documentation as of [`DATE`],
/// where they had not changed since 2025-05-14 (`BLACKWELL_96`: 2026-06-08). The pools
/// are matched to the rows by hand. The 5090 (`ADA_32_PRO`) is not in the list.
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

/// The row of a pool or a GPU type, however its vendor decorates the name. None rather
/// than a guess.
pub(super) fn row(gpu: &str) -> Option<&'static Row> {
    let (pool, kind) = (gpu.trim().to_ascii_uppercase(), plain(gpu));
    ROWS.iter().find(|row| row.pool == pool || row.types.contains(&kind.as_str()))
}

/// A GPU type without the words that say nothing about its price: `NVIDIA GeForce RTX
/// 4090` and `4090 PRO` are both `4090`, and `NVIDIA A100-SXM4-80GB` is `A100`.
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
