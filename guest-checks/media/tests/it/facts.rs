//! What files hold.

use crate::{FILES, file, read};
use comfycheck_check_media::facts::{Audio, Media, Video};
use comfycheck_check_media::fault::Fault;

#[track_caller]
fn video(name: &str) -> Video {
    match read(name, &file(name)) {
        Ok(Media::Video(video)) => video,
        other => panic!("{name}: {other:?}"),
    }
}

#[track_caller]
fn audio(name: &str) -> Audio {
    match read(name, &file(name)) {
        Ok(Media::Audio(audio)) => audio,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_video_has_its_codec_size_frames_and_time() {
    for (name, codec, frames, duration) in [
        ("h264.mp4", "H.264", 33, 33.0 / 16.0),
        ("faststart.mp4", "H.264", 33, 33.0 / 16.0),
        ("fragmented.mp4", "H.264", 33, 33.0 / 16.0),
        ("sound.mp4", "H.264", 16, 1.0),
        ("vp9.webm", "VP9", 33, 33.0 / 16.0),
    ] {
        let video = video(name);
        assert_eq!(
            (video.codec.as_str(), video.width, video.height, video.frames),
            (codec, 320, 256, frames),
            "{name}"
        );
        assert!((video.duration.expect(name) - duration).abs() < 0.002, "{name}: {:?}", video.duration);
        assert!((video.rate().expect(name) - 16.0).abs() < 0.02, "{name}: {:?}", video.rate());
    }
}

#[test]
fn a_video_may_have_sound() {
    let sound = video("sound.mp4").sound.expect("sound");
    assert_eq!(sound.codec, "AAC");
    assert!((sound.duration.expect("a time") - 1.0).abs() < 0.05, "{:?}", sound.duration);
    assert_eq!(video("h264.mp4").sound, None);
}

#[test]
fn an_animation_has_its_frames_and_their_times() {
    for name in ["animated.gif", "animated.webp", "animated.png"] {
        let video = video(name);
        assert_eq!((video.width, video.height, video.frames, video.duration), (64, 48, 9, Some(0.9)), "{name}");
    }
}

#[test]
fn frames_that_carry_almost_no_data_are_a_picture_that_stands_still() {
    for (name, expected) in
        [("h264.mp4", false), ("fragmented.mp4", false), ("vp9.webm", false), ("black.mp4", true), ("black.webm", true)]
    {
        assert_eq!(video(name).still().is_some(), expected, "{name}");
    }
}

#[test]
fn audio_has_its_codec_channels_rate_and_time() {
    for (name, codec, channels, rate) in [
        ("tone.wav", "PCM", 1, 44_100),
        ("tone.flac", "FLAC", 1, 44_100),
        ("silent.flac", "FLAC", 2, 44_100),
        ("tone.mp3", "MP3", 1, 44_100),
        ("silent.mp3", "MP3", 2, 44_100),
        ("tone.ogg", "Vorbis", 1, 44_100),
        ("tone.opus", "Opus", 1, 48_000),
        // MP4 writes two channels for one, too.
        ("tone.m4a", "AAC", 2, 44_100),
    ] {
        let audio = audio(name);
        assert_eq!((audio.codec.as_str(), audio.channels, audio.sample_rate), (codec, channels, rate), "{name}");
        assert!((audio.duration.expect(name) - 1.0).abs() < 0.1, "{name}: {:?}", audio.duration);
    }
}

#[test]
fn samples_show_silence_and_clipping() {
    for name in ["tone.wav", "tone.flac", "tone.mp3", "tone.ogg"] {
        let level = audio(name).level.expect(name);
        assert!((0.1..0.2).contains(&level.peak), "{name}: {level:?}");
        assert_eq!(level.clipped, 0, "{name}");
    }
    for name in ["silent.flac", "silent.mp3", "silent.opus"] {
        assert!(audio(name).level.expect(name).is_silent(), "{name}");
    }
    assert_eq!(audio("tone.opus").level, None, "Opus is not decoded");
    assert!(audio("clipped.wav").level.expect("a level").clipped_share() > 0.5);
}

#[test]
fn a_model_has_its_vertices_and_faces() {
    for name in ["sphere.glb", "sphere.obj", "sphere.ply", "text.ply", "sphere.stl", "text.stl"] {
        let Ok(Media::Model(model)) = read(name, &file(name)) else { panic!("{name}: {:?}", read(name, &file(name))) };
        let corners = if name.ends_with("stl") { 288 } else { 56 };
        assert_eq!((model.vertices, model.faces), (corners, Some(96)), "{name}");
    }
}

#[test]
fn the_bytes_decide_and_not_the_name() {
    for (name, bytes) in FILES.iter().filter(|(name, _)| !name.ends_with("obj") && !name.starts_with("text.stl")) {
        assert!(read("x.mp4", bytes).is_ok(), "{name}: {:?}", read("x.mp4", bytes));
        assert!(read("x", bytes).is_ok(), "{name} without an ending");
    }
}

#[test]
fn a_text_is_counted_and_may_be_json() {
    for (text, characters, is_json) in [("a caption, naïve", 16, false), ("{\"a\": 1}", 8, true), ("[1,", 3, false)] {
        let Ok(Media::Text(read)) = read("x.txt", text.as_bytes()) else { panic!("{text}") };
        assert_eq!((read.characters, read.is_json), (characters, is_json), "{text}");
    }
    assert!(matches!(read("x.txt", b" \n\t"), Err(Fault::Empty(_))));
}

#[test]
fn a_text_in_place_of_media_is_named() {
    let page = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>";
    assert_eq!(read("x.mp4", page), Err(Fault::Text("an HTML page".to_owned())));
    assert_eq!(read("x.glb", b"{\"error\": \"no space left\"}"), Err(Fault::Text("JSON".to_owned())));
    assert_eq!(read("x.wav", b"no such file"), Err(Fault::Text("text".to_owned())));
}

#[test]
fn a_still_image_is_for_another_check() {
    let still = [b"\x89PNG\r\n\x1a\n".as_slice(), b"\0\0\0\x04IDAT", &[0; 8]].concat();
    assert_eq!(read("x.png", &still), Ok(Media::Still));
}
