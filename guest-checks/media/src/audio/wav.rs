//! WAV: chunks to the end of the file.

use crate::facts::Audio;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;

/// Chunks beyond these are refused.
const MAX_CHUNKS: u32 = 100_000;

/// What the chunk `fmt ` says.
#[derive(Clone, Copy)]
struct Coding {
    tag: u16,
    channels: u16,
    rate: u32,
    /// Bytes of a sample of all channels.
    block: u16,
    /// Bits of a sample of one channel.
    bits: u16,
}

impl Coding {
    fn is_pcm(self) -> bool {
        matches!(self.tag, 1 | 3 | 0xfffe)
    }

    /// Whether the samples of all channels have the bytes that the header claims. Decoders trust it.
    fn fits(self) -> bool {
        !self.is_pcm() || u32::from(self.channels) * u32::from(self.bits.div_ceil(8)) == u32::from(self.block)
    }
}

/// Everything but the level.
pub fn read(file: &mut Window<'_>) -> Result<Audio, Fault> {
    let mut coding = None;
    // The 64-bit variant has the sizes of its chunks in one of their own.
    let mut long = None;
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        if at + 8 > file.size() {
            return Err(Fault::Cut("it ends before its samples".into()));
        }
        let name: [u8; 4] = file.array(at)?;
        let mut length = u64::from(file.u32_le(at + 4)?);
        let body = at + 8;
        match &name {
            b"fmt " => {
                let [t0, t1, c0, c1, r0, r1, r2, r3] = file.array(body)?;
                coding = Some(Coding {
                    tag: u16::from_le_bytes([t0, t1]),
                    channels: u16::from_le_bytes([c0, c1]),
                    rate: u32::from_le_bytes([r0, r1, r2, r3]),
                    block: file.u16_le(body + 12)?,
                    bits: file.u16_le(body + 14)?,
                });
            }
            b"ds64" => long = Some(file.array(body + 8).map(u64::from_le_bytes)?),
            b"data" => {
                if length == u64::from(u32::MAX) {
                    // A stream whose length was not known when its header was written.
                    length = long.unwrap_or(file.size() - body);
                }
                file.holds("the audio data", body, length)?;
                let coding = coding.ok_or_else(|| Fault::corrupt("its samples come before their format"))?;
                return audio(coding, length);
            }
            _ => {}
        }
        at = body.saturating_add(length).saturating_add(length % 2);
    }
    Err(Fault::corrupt("it has more than 100,000 chunks"))
}

fn audio(coding: Coding, length: u64) -> Result<Audio, Fault> {
    let Coding { tag, channels, rate, block, bits } = coding;
    if channels == 0 || rate == 0 || block == 0 {
        return Err(Fault::Corrupt(format!(
            "its header claims {channels} channels, {rate} Hz and {block} bytes a sample"
        )));
    }
    if !coding.fits() {
        return Err(Fault::Corrupt(format!("its header claims {channels} channels of {bits} bits in {block} bytes")));
    }
    if length < u64::from(block) {
        return Err(Fault::Empty("the audio has no samples".into()));
    }
    Ok(Audio {
        format: Format::Wav,
        codec: if coding.is_pcm() { "PCM".to_owned() } else { format!("codec {tag:#06x}") },
        channels: channels.into(),
        sample_rate: rate,
        duration: super::seconds(length / u64::from(block), rate),
        level: None,
    })
}
