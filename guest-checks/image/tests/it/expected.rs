//! What a workflow saves, and where that is unknown.

use crate::DENRISI;
use comfycheck_check_image::expected::{Expected, Sizes, expected};
use comfycheck_sdk::Workflow;

/// `count of width × height …`, or `count of any size`.
fn facts(expected: &Expected) -> String {
    match &expected.sizes {
        Sizes::Known(sizes) => {
            let sizes: Vec<String> = sizes.iter().map(|size| format!("{} × {}", size.width, size.height)).collect();
            format!("{} of {}", expected.count, sizes.join(" or "))
        }
        Sizes::Unknown(_) => format!("{} of any size", expected.count),
    }
}

/// Nodes as `id: Class {inputs}`, a line each.
fn workflow(nodes: &str) -> Workflow {
    let node = |line: &str| {
        let (id, rest) = line.trim().split_once(": ").expect("an id");
        let (class, inputs) = rest.split_once(" {").expect("inputs");
        format!(r#""{id}": {{"class_type": "{class}", "inputs": {{{inputs}}}"#)
    };
    let nodes: Vec<String> = nodes.trim().lines().map(node).collect();
    Workflow::parse(&format!("{{{}}}", nodes.join(","))).expect("a workflow")
}

#[track_caller]
fn check(nodes: &str, expected_facts: &str) {
    assert_eq!(facts(&expected(&workflow(nodes))), expected_facts);
}

/// Workflows whose images have any size, with their number of images. A snapshot holds the reasons.
#[track_caller]
fn check_any_size(snapshot: &str, cases: &[(&str, String, u32)]) {
    let mut reasons = String::new();
    for (name, nodes, count) in cases {
        let expected = expected(&workflow(nodes));
        let Sizes::Unknown(reason) = &expected.sizes else { panic!("{name}: {}", facts(&expected)) };
        assert_eq!(expected.count, *count, "{name}");
        reasons.extend([*name, ": ", reason, "\n"]);
    }
    insta::assert_snapshot!(snapshot, reasons);
}

#[test]
fn the_workflow_of_the_demo_saves_one_image() {
    let expected = expected(&Workflow::parse(DENRISI).expect("a workflow"));
    assert_eq!((facts(&expected).as_str(), expected.savers), ("1 of 1024 × 1024", vec!["11".to_owned()]));
}

#[test]
fn every_image_of_a_batch_and_of_a_repetition_counts() {
    check(
        r#"1: EmptyLatentImage {"width": 512, "height": 768, "batch_size": 4}
           2: KSampler {"latent_image": ["1", 0]}
           3: RepeatLatentBatch {"samples": ["2", 0], "amount": 2}
           4: VAEDecode {"samples": ["3", 0], "vae": ["9", 0]}
           5: SaveImage {"images": ["4", 0]}
           6: PreviewImage {"images": ["4", 0]}"#,
        "8 of 512 × 768",
    );
}

#[test]
fn every_frame_of_a_video_counts() {
    check(
        r#"1: WanImageToVideo {"width": 832, "height": 480, "length": 80, "batch_size": 2}
           2: KSampler {"latent_image": ["1", 2]}
           3: VAEDecode {"samples": ["2", 0], "vae": ["9", 0]}
           4: SaveImage {"images": ["3", 0]}"#,
        "154 of 832 × 480",
    );
}

#[test]
fn a_plain_color_is_followed_to_the_node_that_makes_it() {
    let after = |source: &str, node: &str| {
        let nodes = format!(
            r#"1: {source}
               2: PrimitiveInt {{"value": 3372953}}
               3: {node}
               4: SaveImage {{"images": ["3", 0]}}"#
        );
        let plain = expected(&workflow(&nodes)).plain;
        plain.into_iter().map(|plain| format!("{:02x?} by node {}", plain.color, plain.node)).collect::<Vec<_>>()
    };
    let image = r#"EmptyImage {"width": 64, "height": 64, "batch_size": 1, "color": 3372953}"#;
    let linked = r#"EmptyImage {"width": 64, "height": 64, "batch_size": 1, "color": ["2", 0]}"#;
    let mask = r#"SolidMask {"value": 0.5, "width": 64, "height": 64}"#;
    let scaled = r#"ImageScale {"image": ["1", 0], "width": 32, "height": 32}"#;
    let color = ["[33, 77, 99] by node 1"];
    assert_eq!(after(image, scaled), color);
    assert_eq!(after(linked, r#"JoinImageWithAlpha {"image": ["1", 0], "alpha": ["9", 0]}"#), color);
    assert_eq!(after(mask, r#"MaskToImage {"mask": ["1", 0]}"#), ["[7f, 7f, 7f] by node 1"]);
    assert_eq!(after(image, r#"ImageInvert {"image": ["1", 0]}"#), [""; 0], "another color");
    assert_eq!(after(image, r#"VAEDecode {"samples": ["1", 0]}"#), [""; 0], "the image of a model");
    assert_eq!(after(image, r#"ImageScale {"image": ["3", 0]}"#), [""; 0], "a cycle");
}

#[test]
fn an_animation_is_one_image() {
    check(
        r#"1: EmptyImage {"width": 64, "height": 48, "batch_size": 16, "color": 0}
           2: SaveAnimatedWEBP {"images": ["1", 0]}"#,
        "1 of 64 × 48",
    );
}

#[test]
fn each_saving_node_adds_its_images_and_its_size() {
    check(
        r#"1: EmptyImage {"width": 64, "height": 64, "batch_size": 1, "color": 0}
           2: SaveImage {"images": ["1", 0]}
           3: ImageScale {"image": ["1", 0], "width": 128, "height": 96, "crop": "disabled"}
           4: ImageInvert {"image": ["3", 0]}
           5: SaveImage {"images": ["4", 0]}"#,
        "2 of 64 × 64 or 128 × 96",
    );
}

#[test]
fn a_node_of_its_own_may_hold_a_number() {
    check(
        r#"1: PrimitiveInt {"value": 832}
           2: EmptySD3LatentImage {"width": ["1", 0], "height": 1216, "batch_size": 1}
           3: VAEDecode {"samples": ["2", 0]}
           4: SaveImage {"images": ["3", 0]}"#,
        "1 of 832 × 1216",
    );
}

#[test]
fn a_node_that_may_change_the_size_makes_it_unknown_and_keeps_the_number() {
    let after = |node: &str| {
        format!(
            r#"1: EmptyLatentImage {{"width": 512, "height": 512, "batch_size": 3}}
               2: VAEDecode {{"samples": ["1", 0]}}
               3: {node}
               4: SaveImage {{"images": ["3", 0]}}"#
        )
    };
    check_any_size(
        "size_depends",
        &[
            ("it scales by a factor", after(r#"ImageScaleBy {"image": ["2", 0]}"#), 3),
            ("it scales by a model", after(r#"ImageUpscaleWithModel {"image": ["2", 0]}"#), 3),
            (
                "a side of 0 keeps the proportions",
                after(r#"ImageScale {"image": ["2", 0], "width": 0, "height": 64}"#),
                3,
            ),
            ("an unknown node may drop images", after(r#"FaceDetailer {"image": ["2", 0]}"#), 1),
        ],
    );
}

#[test]
fn a_size_from_elsewhere_is_unknown() {
    let computed = r#"1: SomeMath {"value": 832}
                      2: EmptySD3LatentImage {"width": ["1", 0], "height": 1216, "batch_size": ["1", 0]}
                      3: SaveImage {"images": ["2", 0]}"#;
    let loaded = r#"1: LoadImage {"image": "cat.png"}
                    2: VAEEncode {"pixels": ["1", 0]}
                    3: KSampler {"latent_image": ["2", 0]}
                    4: VAEDecode {"samples": ["3", 0]}
                    5: SaveImage {"images": ["4", 0]}"#;
    let options = r#"1: EmptyLatentImage {"width": 512, "height": 512, "batch_size": 1}
                     2: SharkOptions_UltraCascade_Latent_Beta {"width": 60, "height": 36}
                     3: ClownsharKSampler_Beta {"latent_image": ["1", 0], "options 1": ["2", 0]}
                     4: VAEDecode {"samples": ["3", 0]}
                     5: SaveImage {"images": ["4", 0]}"#;
    check_any_size(
        "size_from_elsewhere",
        &[
            ("computed by a node", computed.to_owned(), 1),
            ("of an image that is loaded", loaded.to_owned(), 1),
            ("of another latent, in a sampler's options", options.to_owned(), 1),
        ],
    );
}

#[test]
fn a_node_that_may_save_images_of_its_own_makes_the_size_unknown() {
    let with = |node: &str| {
        format!(
            r#"1: EmptyImage {{"width": 64, "height": 64, "batch_size": 1, "color": 0}}
               2: SaveImage {{"images": ["1", 0]}}
               3: {node}"#
        )
    };
    check_any_size(
        "size_other_saver",
        &[
            ("by its name", with(r#"Image Save {"images": ["1", 0]}"#), 1),
            ("nothing uses its outputs", with(r#"Comparer {"a": ["1", 0]}"#), 1),
        ],
    );
    check(&with(r#"PreviewImage {"images": ["1", 0]}"#), "1 of 64 × 64");
    check(&with(r#"VAELoader {"vae_name": "unused.safetensors"}"#), "1 of 64 × 64");
}

#[test]
fn workflows_without_sense_give_no_size() {
    let cycle = r#"1: ImageInvert {"image": ["2", 0]}
                   2: ImageInvert {"image": ["1", 0]}
                   3: SaveImage {"images": ["1", 0]}"#;
    let growing_cycle = r#"1: RepeatImageBatch {"image": ["1", 0], "amount": 4096}
                           2: SaveImage {"images": ["1", 0]}"#;
    check_any_size(
        "size_without_sense",
        &[
            ("a link to nothing", r#"1: SaveImage {"images": ["7", 0]}"#.to_owned(), 1),
            ("a cycle", cycle.to_owned(), 1),
            ("a cycle that repeats images", growing_cycle.to_owned(), 1),
            ("nothing saves images", r#"1: VAELoader {"vae_name": "x"}"#.to_owned(), 0),
        ],
    );
    assert_eq!(expected(&Workflow::default()), Expected::default());
}

#[test]
fn a_latent_is_rounded_down_to_its_cells_and_an_image_is_not() {
    let source = |class: &str| {
        let nodes = format!(
            r#"1: {class} {{"width": 1000, "height": 1023, "batch_size": 1}}
               2: SaveImage {{"images": ["1", 0]}}"#
        );
        let Sizes::Known(sizes) = expected(&workflow(&nodes)).sizes else { panic!("the sizes are known") };
        sizes[0].clone()
    };
    let latent = source("EmptySD3LatentImage");
    for (width, height, allowed) in
        [(1000, 1016, true), (992, 1008, true), (1000, 1023, true), (1000, 1000, false), (1008, 1016, false)]
    {
        assert_eq!(latent.allows(width, height), allowed, "{width} × {height}");
    }
    assert!(!source("EmptyImage").allows(1000, 1016));
}
