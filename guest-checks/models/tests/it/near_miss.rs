//! Which file is probably meant by a name that is not listed.

use comfycheck_check_models::rules::near_miss::{NearMiss, Place, near_miss};

#[track_caller]
fn check(name: &str, listed: &[&str], expected: &str) {
    let listed: Vec<String> = listed.iter().map(|&name| name.into()).collect();
    let elsewhere = [Place { name: "`vae`".into(), files: vec!["sub/only-there.pt".into()] }];
    let near = match near_miss(name, &listed, &elsewhere) {
        NearMiss::Listed(name, difference) => format!("{difference:?} {name}"),
        NearMiss::Elsewhere(place, name) => format!("{name} in {}", place.name),
        NearMiss::Similar(names) => format!("like {}", names.join(" ")),
        NearMiss::Nothing => "nothing".to_owned(),
    };
    assert_eq!(near, expected);
}

#[test]
fn the_smallest_difference_wins() {
    check("a/b.pt", &["A/B.pt", "a\\b.pt", "b.pt"], "Separator a\\b.pt");
    check("a/b.pt", &["b.pt", "A\\B.pt"], "Case A\\B.pt");
    check("a/b.pt", &["b.ckpt", "c/B.pt"], "Subfolder c/B.pt");
    check("a/b.pt", &["x.pt", "b.ckpt"], "Extension b.ckpt");
    check("only-there.pt", &["x.pt"], "sub/only-there.pt in `vae`");
    check("qwen3_4b.pt", &["x.pt", "qwen_3_4b.safetensors"], "like qwen_3_4b.safetensors");
}

#[test]
fn the_extension_alone_is_not_similar() {
    check("flux.safetensors", &["sdxl.safetensors", "ae.safetensors"], "nothing");
    check("x.pt", &[], "nothing");
}

#[test]
fn odd_names_are_compared_without_harm() {
    for odd in ["", ".", "/", "\\", "a/", ".pt", "\u{130}.pt"] {
        check(odd, &["sdxl.safetensors"], "nothing");
    }
}
