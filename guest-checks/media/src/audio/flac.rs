//! FLAC: its header. Whether all samples are there shows when they are decoded. The format: RFC 9639.

use crate::facts::Audio;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;

/// Everything but the level, and the number of samples that the header claims; 0 if it does not say.
pub fn read(file: &mut Window<'_>) -> Result<(Audio, u64), Fault> {
    let mut at = 4;
    let mut facts = None;
    loop {
        let head = file.u32_be(at)?;
        let (kind, length) = (head >> 24 & 0x7f, u64::from(head & 0xff_ffff));
        file.holds("a block of metadata", at + 4, length)?;
        if kind == 0 {
            let bits = file.u64_be(at + 4 + 10)?;
            facts = Some((bits >> 44, (bits >> 41 & 7) + 1, bits & 0xf_ffff_ffff));
        }
        at += 4 + length;
        if head >> 31 == 1 {
            break;
        }
    }
    let (rate, channels, samples) = facts.ok_or_else(|| Fault::corrupt("it does not say what it holds"))?;
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    if rate == 0 {
        return Err(Fault::corrupt("its header claims 0 Hz"));
    }
    if at == file.size() {
        return Err(if samples == 0 {
            Fault::Empty("the audio has no samples".into())
        } else {
            Fault::Cut("it ends before its samples".into())
        });
    }
    let audio = Audio {
        format: Format::Flac,
        codec: "FLAC".to_owned(),
        channels: number(channels),
        sample_rate: number(rate),
        duration: super::seconds(samples, number(rate)).filter(|_| samples > 0),
        level: None,
    };
    Ok((audio, samples))
}
