//! Seeded draws: a number depends on the seed and on what it is drawn for, and on nothing else.
//!
//! One more request, or another order of requests, changes no other draw.

/// The source of all draws of a simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    seed: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 64 bits for `what` of the thing with this key.
    pub(crate) fn bits(self, what: &str, key: u64) -> u64 {
        mix(self.seed ^ mix(digest(&[what.as_bytes()]) ^ mix(key)))
    }

    /// A number of at least 0 and below 1.
    pub(crate) fn unit(self, what: &str, key: u64) -> f64 {
        // The upper 53 bits are exactly a double's.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
        let numerator = (self.bits(what, key) >> 11) as f64;
        numerator / 9_007_199_254_740_992.0
    }
}

/// A digest of some byte strings: the same on every machine and in every version (FNV-1a, then mixed). Not for
/// anything that an attacker must not guess.
pub(crate) fn digest(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    mix(hash)
}

/// The key of the thing with this number among its kind.
pub(crate) fn nth(key: u64, number: u64) -> u64 {
    mix(key.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// Spreads every bit over all bits (the finalizer of splitmix64).
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_the_seed_the_purpose_and_the_key_only() {
        let chance = Chance::new(7);
        assert_eq!(chance.bits("latency", 3), Chance::new(7).bits("latency", 3));
        for other in [Chance::new(8).bits("latency", 3), chance.bits("start", 3), chance.bits("latency", 4)] {
            assert_ne!(chance.bits("latency", 3), other);
        }
    }

    #[test]
    fn draws_are_spread_evenly() {
        let chance = Chance::new(0);
        let mut tenths = [0_u32; 10];
        for key in 0..10_000 {
            let unit = chance.unit("test", key);
            let tenth = (0..10_u32).rfind(|tenth| unit * 10.0 >= f64::from(*tenth)).unwrap();
            tenths[tenth as usize] += 1;
        }
        assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
    }

    #[test]
    fn the_boundaries_of_the_parts_count() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }
}
