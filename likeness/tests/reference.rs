//! The measures beside those of other programs: SSIM of scikit-image 0.25 with the authors' window, and a cosine transform of
//! `SciPy`, on images that are made here.

use comfycheck_likeness::{Channels, Look, PerceptualHash, Sketch, Sketcher, ssim};

const WIDTH: u32 = 96;
const HEIGHT: u32 = 64;

fn sketch(luma: &[u8]) -> Sketch {
    let mut sketcher = Sketcher::new(WIDTH, HEIGHT, Channels::Grey).expect("a size");
    sketcher.add(luma);
    sketcher.finish().expect("all rows")
}

fn image(value: impl Fn(u32, u32) -> u32) -> Vec<u8> {
    let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    pixels.map(|(x, y)| u8::try_from(value(x, y)).expect("a byte")).collect()
}

fn pattern() -> Vec<u8> {
    image(|x, y| (x * 7 + y * 3 + x * y / 5) % 256)
}

fn noise() -> Vec<u8> {
    let mut state = 7_u32;
    image(|_, _| 0)
        .into_iter()
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(state >> 24).expect("a byte")
        })
        .collect()
}

/// Adds noise of at most `strength`.
fn noisy(pixels: &[u8], strength: i32) -> Vec<u8> {
    let shift = |(pixel, noise): (&u8, u8)| {
        let value = i32::from(*pixel) + i32::from(noise) % (2 * strength + 1) - strength;
        u8::try_from(value.clamp(0, 255)).expect("a byte")
    };
    pixels.iter().zip(noise()).map(shift).collect()
}

#[test]
fn structural_similarity_is_that_of_scikit_image() {
    let pattern = pattern();
    let ramp = image(|x, _| x * 255 / (WIDTH - 1));
    let paler: Vec<u8> = pattern.iter().map(|value| value / 2 + 40).collect();
    let inverted: Vec<u8> = pattern.iter().map(|value| 255 - value).collect();
    for (name, one, other, expected) in [
        ("itself", &pattern, pattern.clone(), 1.0),
        ("with noise", &pattern, noisy(&pattern, 20), 0.943_041),
        ("paler", &pattern, paler, 0.786_092),
        ("inverted", &pattern, inverted, -0.734_896),
        ("noise", &pattern, noise(), 0.007_196),
        ("a ramp with noise", &ramp, noisy(&ramp, 10), 0.718_201),
    ] {
        let found = ssim(&sketch(one), &sketch(&other)).expect("equal sizes");
        assert!((found - expected).abs() < 1e-4, "{name}: {found}, not {expected}");
    }
}

#[test]
fn a_perceptual_hash_is_that_of_a_cosine_transform() {
    let pattern = pattern();
    let paler: Vec<u8> = pattern.iter().map(|value| value / 2 + 40).collect();
    let inverted: Vec<u8> = pattern.iter().map(|value| 255 - value).collect();
    for (pixels, expected) in [
        (&pattern, "c10001a393fbfbfa"),
        (&noisy(&pattern, 20), "c10001e333f3fbfa"),
        (&paler, "c10001a393fbfbfa"),
        (&inverted, "befffe5c6c040401"),
        (&noise(), "f16a20e69697fac0"),
    ] {
        let hash = PerceptualHash::of(&sketch(pixels));
        assert_eq!(hash.to_string(), expected);
        assert_eq!(expected.parse(), Ok(hash));
    }
}

#[test]
fn images_of_other_sizes_have_no_similarity() {
    let mut small = Sketcher::new(8, 8, Channels::Grey).expect("a size");
    small.add(&[7; 64]);
    let small = small.finish().expect("all rows");
    assert_eq!(ssim(&sketch(&pattern()), &small), None);
    assert_eq!(ssim(&small, &small), Some(1.0), "smaller than a window");
}

#[test]
fn a_look_is_of_colors_and_sharpness_and_not_of_places() {
    let pattern = pattern();
    let mirrored: Vec<u8> = pattern.chunks(WIDTH as usize).rev().flatten().copied().collect();
    let look = |pixels: &[u8]| Look::of(&sketch(pixels));
    assert!(look(&pattern).distance(&look(&mirrored)) < 0.01);
    assert!(look(&pattern).distance(&look(&noisy(&pattern, 2))) < 0.3);
    let dark: Vec<u8> = pattern.iter().map(|value| value / 4).collect();
    assert!(look(&pattern).distance(&look(&dark)) > 0.4, "other colors");
    let even = image(|_, _| 120);
    assert!(look(&even).distance(&look(&noisy(&even, 40))) > 0.8, "another sharpness");
    let text = look(&pattern).to_string();
    assert_eq!(text.parse(), Ok(look(&pattern)));
    for broken in ["", "00", &text[2..], &text.replace('0', "g")] {
        assert_eq!(broken.parse::<Look>(), Err(()), "{broken}");
    }
}
