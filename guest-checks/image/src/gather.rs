//! Reads an image's bytes piece by piece.

/// In bytes.
const PIECE: u32 = 4 << 20;

/// The first `size` bytes, from `read(offset, length)`; fewer where they end before. More than `size` only where a piece
/// is longer than requested.
///
/// Never allocates more than twice what was read, nor more than `size`, however large that claims to be.
pub(crate) fn gather(size: u64, mut read: impl FnMut(u64, u32) -> Vec<u8>) -> Vec<u8> {
    // Most images come whole with the first piece, and are not copied again.
    let mut bytes = read(0, PIECE);
    while (bytes.len() as u64) < size {
        let piece = read(bytes.len() as u64, PIECE);
        if piece.is_empty() {
            break;
        }
        if bytes.capacity() - bytes.len() < piece.len() {
            let rest = usize::try_from(size).unwrap_or(usize::MAX) - bytes.len();
            bytes.reserve_exact(rest.min(bytes.len()).max(piece.len()));
        }
        bytes.extend_from_slice(&piece);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gathers `there` bytes of which `size` are claimed, and checks the memory that they take.
    #[track_caller]
    fn check(size: u64, there: usize, room: std::ops::RangeInclusive<usize>) {
        let all: Vec<u8> = (0..=250).cycle().take(there).collect();
        let read = |offset: u64, length: u32| {
            let rest = &all[all.len().min(usize::try_from(offset).expect("an offset"))..];
            rest[..rest.len().min(length as usize)].to_vec()
        };
        let bytes = gather(size, read);
        assert!(bytes == all, "the bytes differ");
        assert!(room.contains(&bytes.capacity()), "{}", bytes.capacity());
    }

    #[test]
    fn bytes_take_no_more_memory_than_their_size() {
        for size in [0, 100, 4 << 20, (4 << 20) + 1, 13 << 20, (64 << 20) - 1] {
            check(size, usize::try_from(size).expect("a size"), 0..=usize::try_from(size).expect("a size"));
        }
    }

    #[test]
    fn a_false_size_takes_no_memory() {
        check(u64::MAX, 9 << 20, 0..=18 << 20);
        check(1 << 40, 100, 0..=100);
    }
}
