//! GIF, decoded to its last frame.

use crate::facts::Media;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;
use comfycheck_sdk::wording::count;
use gif::{ColorOutput, DecodeOptions, DecodingError};
use std::io::ErrorKind;

/// The most pixels of all frames that are decoded: 81 frames of 1920 × 1080. The structure of the others is read.
const MAX_PIXELS: u64 = 160 << 20;

/// `limit`: the most bytes that the file and a frame may take.
pub fn read(file: &mut Window<'_>, limit: u64) -> Result<Media, Fault> {
    let bytes = file.all(limit)?;
    // A trailer ends the last block, and nothing need follow it.
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_lzw_end_code(false);
    options.set_memory_limit(gif::MemoryLimit::Bytes(limit.max(1).try_into().unwrap_or(std::num::NonZeroU64::MIN)));
    let mut decoder = options.read_info(bytes.as_slice()).map_err(|err| fault(&err, 0))?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    let (mut frames, mut time, mut pixels) = (0, 0, 0);
    let mut buffer = Vec::new();
    while let Some(frame) = decoder.next_frame_info().map_err(|err| fault(&err, frames))? {
        let size = u64::from(frame.width) * u64::from(frame.height);
        frames += 1;
        // In hundredths of a second.
        time += u64::from(frame.delay) * 10;
        pixels += size;
        if pixels <= MAX_PIXELS && size > 0 {
            buffer.resize(decoder.buffer_size(), 0);
            decoder.read_into_buffer(&mut buffer).map_err(|err| fault(&err, frames - 1))?;
        }
    }
    super::animation(Format::Gif, width, height, frames, time)
}

fn fault(err: &DecodingError, whole: u64) -> Fault {
    let cut = || Fault::Cut(format!("it has {}", count(whole, "whole frame")));
    match err {
        DecodingError::UnexpectedEof => cut(),
        DecodingError::Io(err) if err.kind() == ErrorKind::UnexpectedEof => cut(),
        err => Fault::corrupt(err.to_string()),
    }
}
