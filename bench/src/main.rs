//! Measures how fast comfycheck is, compared with native code and with its goals.
//!
//! Compared quantities are measured in turn, round by round. A figure is the median of its rounds, a ratio the median of the
//! rounds' ratios. A missed goal is not an error: machines differ, and are busy.

mod calls;
mod cores;
mod decode;
mod figure;
mod jobs;
mod load;
mod logs;
mod measure;
mod media;
mod pictures;
mod pillow;
mod platform;
mod process;
mod stage;
mod stop;
mod validate;

use anyhow::ensure;
use figure::{Figure, headings};
use pictures::{Picture, pictures};
use platform::private_folder;
use stage::Stage;
use std::fs::read_to_string;
use std::thread::available_parallelism;

/// A group of figures: its name on the command line, its heading, and its function.
type Section = (&'static str, &'static str, fn(&Stage, &[Picture]) -> anyhow::Result<Vec<Figure>>);

const SECTIONS: [Section; 12] = [
    ("load", "Loading a component", |_, _| load::figures()),
    ("calls", "Calls between host and guest", |stage, _| calls::figures(stage)),
    ("decode", "Decoding 1024 × 1024 pixels in the sandbox", decode::figures),
    ("pillow", "Decoding 1024 × 1024 pixels in the sandbox, and by Pillow", pillow::figures),
    ("sample", "The image check on a sample of one image", decode::sample),
    ("media", "The media check on a sample of one file", |stage, _| media::figures(stage)),
    ("logs", "The endpoint check on the log of a worker", |stage, _| logs::figures(stage)),
    ("stop", "Delay until a guest is stopped", |stage, _| stop::figures(stage)),
    ("cores", "Several cores", |stage, pictures| cores::figures(stage, &pictures[0])),
    ("process", "The whole program", |_, _| process::figures()),
    ("jobs", "10,000 jobs in flight at once", |_, _| jobs::figures()),
    ("validate", "Validating workflows against 2 MB of node classes, the whole program", |_, _| validate::figures()),
];

#[expect(clippy::print_stdout, reason = "the figures are the output of this program")]
fn main() -> anyhow::Result<()> {
    let sections: Vec<String> = std::env::args().skip(1).collect();
    match sections.split_first() {
        Some((first, arguments)) if first == "take" => return jobs::take(arguments),
        Some((first, arguments)) if first == "bare" => return jobs::bare(arguments),
        _ => {}
    }
    let names = SECTIONS.map(|(name, ..)| name);
    for name in &sections {
        ensure!(names.contains(&name.as_str()), "unknown section `{name}`; the sections are {}", names.join(", "));
    }
    let cache = private_folder()?;
    let (stage, pictures) = (Stage::new(cache.path())?, pictures()?);
    println!("{}\n\n{}", machine(), headings());
    for (name, heading, measure) in SECTIONS {
        if sections.is_empty() || sections.iter().any(|section| section == name) {
            println!("{heading}");
            for figure in measure(&stage, &pictures)? {
                println!("{figure}");
            }
        }
    }
    Ok(())
}

/// The machine and its load.
fn machine() -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    let processor = read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(format!(" of {}", line.split_once(':')?.1.trim()))
    });
    let load = read_to_string("/proc/loadavg").ok().and_then(|load| load.split(' ').next()?.parse::<f64>().ok());
    let load = match load {
        Some(load) if load > 0.5 => format!("; busy (load {load}): the figures are worse than on an idle machine"),
        _ => String::new(),
    };
    format!("{cores} cores{}{load}", processor.unwrap_or_default())
}
