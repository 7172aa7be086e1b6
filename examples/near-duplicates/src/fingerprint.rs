//! A fingerprint that similar images share.

const COLUMNS: usize = 9;
const ROWS: usize = 8;

/// 64 bits of a PNG: whether each cell of a grid is brighter than the one to its left. None if it cannot be decoded.
pub(crate) fn fingerprint(png: &[u8]) -> Option<u64> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    let (width, height, samples) = (info.width as usize, info.height as usize, info.color_type.samples());
    if width < COLUMNS || height < ROWS {
        return None;
    }
    let mut cells = [[0_u64; COLUMNS]; ROWS];
    let mut counts = [[0_u64; COLUMNS]; ROWS];
    for (y, row) in pixels.chunks_exact(width * samples).take(height).enumerate() {
        for (x, pixel) in row.chunks_exact(samples).enumerate() {
            let (row, column) = (y * ROWS / height, x * COLUMNS / width);
            // Alpha does not count. Gray has one color, the others three.
            let colors = &pixel[..if samples < 3 { 1 } else { 3 }];
            cells[row][column] += colors.iter().map(|color| u64::from(*color)).sum::<u64>();
            counts[row][column] += colors.len() as u64;
        }
    }
    let mean = |row: usize, column: usize| cells[row][column] / counts[row][column].max(1);
    let bits = (0..ROWS).flat_map(|row| (1..COLUMNS).map(move |column| (row, column)));
    Some(bits.fold(0, |print, (row, column)| print << 1 | u64::from(mean(row, column) > mean(row, column - 1))))
}
