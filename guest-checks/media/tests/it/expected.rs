//! What a workflow saves, and where that is unknown.

use crate::workflow;
use comfycheck_check_media::expected::{Saver, savers};
use comfycheck_check_media::format::Kind;
use comfycheck_sdk::Workflow;

/// The only node that saves files.
#[track_caller]
fn only(nodes: &str) -> Saver {
    let mut savers = savers(&Workflow::parse(&workflow(nodes)).expect("a workflow"));
    assert_eq!(savers.len(), 1, "{savers:?}");
    savers.remove(0)
}

/// Frames, frames in a second, and `width × height` of what a node saves.
#[track_caller]
fn check_video(nodes: &str, frames: Option<u64>, rate: Option<f64>, size: Option<(u32, u32)>) {
    let Saver { content, .. } = only(nodes);
    let sides = content.size.map(|size| (size.width, size.height));
    assert_eq!((content.frames, content.rate, sides), (frames, rate, size), "{nodes}");
}

#[test]
fn a_video_has_the_frames_of_its_latent() {
    for (class, length, frames) in [
        ("EmptyHunyuanLatentVideo", 81, 81),
        ("EmptyHunyuanLatentVideo", 80, 77),
        ("EmptyMochiLatentVideo", 25, 25),
        ("EmptyMochiLatentVideo", 24, 19),
        ("EmptyLTXVLatentVideo", 97, 97),
        ("EmptyCosmosLatentVideo", 120, 113),
        ("WanImageToVideo", 81, 81),
        ("Wan22ImageToVideoLatent", 1, 1),
    ] {
        let nodes = format!(
            r#"1: {class} {{"width": 832, "height": 480, "length": {length}, "batch_size": 1}}
               2: KSampler {{"latent_image": ["1", 2]}}
               3: VAEDecode {{"samples": ["2", 0]}}
               4: CreateVideo {{"images": ["3", 0], "fps": 16.0}}
               5: SaveVideo {{"video": ["4", 0], "filename_prefix": "video/ComfyUI"}}"#
        );
        check_video(&nodes, Some(frames), Some(16.0), Some((832, 480)));
    }
}

#[test]
fn a_batch_of_images_is_as_many_frames() {
    let images = r#"1: EmptyImage {"width": 64, "height": 48, "batch_size": 9, "color": 0}"#;
    for saver in [
        r#"2: SaveWEBM {"images": ["1", 0], "fps": 24}"#,
        r#"2: SaveAnimatedWEBP {"images": ["1", 0], "fps": 24.0}"#,
        r#"2: VHS_VideoCombine {"images": ["1", 0], "frame_rate": 24, "pingpong": false}"#,
    ] {
        check_video(&format!("{images}\n{saver}"), Some(9), Some(24.0), Some((64, 48)));
    }
}

#[test]
fn loops_repeat_the_frames_of_a_video_and_not_those_of_an_animation() {
    let combine = |more: &str| {
        format!(
            r#"1: EmptyImage {{"width": 64, "height": 48, "batch_size": 9, "color": 0}}
               2: VHS_VideoCombine {{"images": ["1", 0], "frame_rate": 24, {more}}}"#
        )
    };
    for (more, frames) in [
        (r#""format": "video/h264-mp4", "loop_count": 0"#, Some(9)),
        (r#""format": "video/h264-mp4", "loop_count": 2"#, Some(27)),
        (r#""format": "video/h264-mp4", "loop_count": 1, "pingpong": true"#, Some(32)),
        (r#""format": "image/gif", "loop_count": 2"#, Some(9)),
        (r#""format": "video/h264-mp4", "loop_count": ["7", 0]"#, None),
    ] {
        assert_eq!(only(&combine(more)).content.frames, frames, "{more}");
    }
}

#[test]
fn each_mesh_of_a_batch_is_a_model() {
    let nodes = |batch: &str| {
        format!(
            r#"1: EmptyLatentHunyuan3Dv2 {{"resolution": 3072, "batch_size": {batch}}}
               2: KSampler {{"latent_image": ["1", 0]}}
               3: VAEDecodeHunyuan3D {{"samples": ["2", 0]}}
               4: VoxelToMesh {{"voxel": ["3", 0]}}
               5: SaveGLB {{"mesh": ["4", 0], "filename_prefix": "mesh/ComfyUI"}}"#
        )
    };
    assert_eq!(only(&nodes("3")).files, 3);
    assert_eq!(only(&nodes(r#"["9", 0]"#)).files, 1);
    assert_eq!(only(r#"1: SaveGLB {"mesh": ["9", 0]}"#).files, 1);
}

#[test]
fn what_the_combining_node_does_besides_is_known() {
    let combine = |inputs: &str| {
        only(&format!(
            r#"1: EmptyImage {{"width": 60, "height": 48, "batch_size": 9, "color": 0}}
               2: VHS_VideoCombine {{"images": ["1", 0], "frame_rate": 8, {inputs}}}"#
        ))
    };
    let back_and_forth = combine(r#""pingpong": true"#);
    assert_eq!((back_and_forth.content.frames, back_and_forth.content.size), (Some(16), None));
    assert_eq!(combine(r#""meta_batch": ["9", 0]"#).content.frames, None);
    assert_eq!(combine(r#""save_output": false"#).files, 0);
    assert_eq!(combine(r#""format": "image/webp""#).kind, Kind::Image);
    assert_eq!(combine(r#""format": "image/gif""#).kind, Kind::Video);
}

#[test]
fn frames_behind_an_unknown_node_are_unknown() {
    let through = |node: &str| {
        format!(
            r#"1: EmptyHunyuanLatentVideo {{"width": 832, "height": 480, "length": 81, "batch_size": 1}}
               2: VAEDecode {{"samples": ["1", 0]}}
               3: {node}
               4: CreateVideo {{"images": ["3", 0], "fps": 16}}
               5: SaveVideo {{"video": ["4", 0]}}"#
        )
    };
    check_video(&through(r#"RIFE VFI {"frames": ["2", 0], "multiplier": 2}"#), None, Some(16.0), None);
    check_video(&through(r#"ImageInvert {"image": ["2", 0]}"#), Some(81), Some(16.0), Some((832, 480)));
    check_video(
        &through(r#"ImageScale {"image": ["2", 0], "width": 64, "height": 64}"#),
        Some(81),
        Some(16.0),
        Some((64, 64)),
    );
    check_video(
        r#"1: LoadVideo {"file": "a.mp4"}
                   2: SaveVideo {"video": ["1", 0]}"#,
        None,
        None,
        None,
    );
    let computed = through(r#"ImageInvert {"image": ["2", 0]}"#).replace("\"length\": 81", "\"length\": [\"9\", 0]");
    check_video(&computed, None, Some(16.0), Some((832, 480)));
}

#[test]
fn audio_has_the_time_of_its_latent_and_a_file_for_each_of_the_batch() {
    let saver = only(
        r#"1: EmptyAceStepLatentAudio {"seconds": 12.5, "batch_size": 3}
           2: KSampler {"latent_image": ["1", 0]}
           3: VAEDecodeAudio {"samples": ["2", 0]}
           4: SaveAudioMP3 {"audio": ["3", 0], "filename_prefix": "audio/song"}"#,
    );
    assert_eq!((saver.kind, saver.files, saver.content.seconds), (Kind::Audio, 3, Some(12.5)));
    assert_eq!(saver.prefix.as_deref(), Some("song"));
    let loaded = only(
        r#"1: LoadAudio {"audio": "in.wav"}
           2: SaveAudio {"audio": ["1", 0], "filename_prefix": "%date:yyyy%/%node.name%"}"#,
    );
    assert_eq!((loaded.files, loaded.content.seconds, loaded.prefix), (1, None, None));
    let cycle = only(
        r#"1: VAEDecodeAudio {"samples": ["1", 0]}
           2: SaveAudio {"audio": ["1", 0]}"#,
    );
    assert_eq!(cycle.content.seconds, None);
}

#[test]
fn images_are_for_another_check() {
    let nodes = r#"1: EmptyImage {"width": 64, "height": 48, "batch_size": 9, "color": 0}
                   2: SaveImage {"images": ["1", 0]}
                   3: PreviewImage {"images": ["1", 0]}"#;
    assert_eq!(savers(&Workflow::parse(&workflow(nodes)).expect("a workflow")), []);
}
