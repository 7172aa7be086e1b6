//! The header of a frame of an MP3, by which files without a tag are known. The format: ISO/IEC 11172-3, 13818-3.

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Of the whole frame, in bytes.
    pub length: u64,
    /// Of each channel.
    pub samples: u64,
    /// In Hz.
    pub rate: u32,
    pub channels: u32,
}

/// In kbit/s, of layer III in MPEG-1.
const RATES_1: [u64; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
/// In kbit/s, of layer III in MPEG-2 and 2.5.
const RATES_2: [u64; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

impl Frame {
    /// The frame that begins with these bytes. None if none does, or if it is not of layer III.
    #[must_use]
    pub fn of(head: [u8; 4]) -> Option<Self> {
        let head = u32::from_be_bytes(head);
        if head >> 21 != 0x7ff || head >> 17 & 3 != 1 {
            return None;
        }
        let bitrate = (head >> 12 & 15).checked_sub(1).and_then(|index| usize::try_from(index).ok())?;
        let (is_1, shift) = match head >> 19 & 3 {
            3 => (true, 0),
            2 => (false, 1),
            0 => (false, 2),
            _ => return None,
        };
        let rate = [44_100, 48_000, 32_000].get((head >> 10 & 3) as usize)? >> shift;
        let kbits = *if is_1 { &RATES_1 } else { &RATES_2 }.get(bitrate)?;
        let samples = if is_1 { 1152 } else { 576 };
        let length = samples / 8 * kbits * 1000 / u64::from(rate) + u64::from(head >> 9 & 1);
        Some(Self { length, samples, rate, channels: if head >> 6 & 3 == 3 { 1 } else { 2 } })
    }
}
