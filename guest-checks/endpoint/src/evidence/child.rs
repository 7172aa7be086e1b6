//! Programs that a worker runs besides `ComfyUI` and the handler. Their end is not that of the worker.

use super::families::CHILD_CRASHED;
use super::family::Family;

/// Families of programs and connections that failed. The lines just above say why.
const FAILED: [&str; 5] = ["node-pipe", "handler-pipe", "compiler-failed", "video-encoder", CHILD_CRASHED];

/// Whether a line above, or another line of the same error, says why.
pub(crate) fn has_reason_above(family: &Family) -> bool {
    FAILED.contains(&family.name)
}

/// Names of programs.
const PROGRAMS: [&str; 24] = [
    "ffmpeg",
    "ffprobe",
    "aria2c",
    "wget",
    "curl",
    "git",
    "git-lfs",
    "pip",
    "pip3",
    "uv",
    "apt-get",
    "rclone",
    "rsync",
    "aws",
    "gsutil",
    "tar",
    "unzip",
    "7z",
    "huggingface-cli",
    "hf",
    "gcc",
    "nvcc",
    "ninja",
    "nvidia-smi",
];

/// The same for their work: `download.py`, `downloader`.
const WORK: [&str; 3] = ["download", "upload", "transcod"];

/// `ComfyUI`, whatever started it.
const COMFYUI: [&str; 2] = ["comfyui", "main.py"];

/// What runs the worker. Handlers begin lines with such a name, so it counts only before a verb.
const WORKER: [&str; 5] = ["handler", "handler.py", "rp_handler.py", "worker", "container"];

/// What such a process did.
const ENDED: [&str; 8] = ["exited", "ended", "died", "was", "has", "terminated", "crashed", "killed"];

/// Whether a line is about the end of such a program, and not about that of `ComfyUI` or the worker.
pub(crate) fn is_named(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let words =
        line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_./:".contains(c))).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.filter_map(|word| word.trim_end_matches('.').rsplit('/').next()).collect();
    let followed = || words.iter().zip(words.iter().skip(1));
    let is_comfyui = words.iter().any(|word| COMFYUI.contains(&word.trim_end_matches(':')));
    let is_worker = followed().any(|(word, next)| WORKER.contains(word) && ENDED.contains(next));
    let is_encoder = followed().any(|(word, next)| *word == "encoder:" || (*word == "encoder" && *next == "process"));
    let is_child =
        |word: &&str| PROGRAMS.contains(&word.trim_end_matches(':')) || WORK.iter().any(|work| word.starts_with(work));
    !is_comfyui && !is_worker && (is_encoder || words.iter().any(is_child))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_program_is_one_of_the_families() {
        assert_eq!(FAILED.map(|name| super::super::named(name).is_some()), [true; FAILED.len()]);
    }

    #[test]
    fn the_end_of_comfyui_or_of_the_worker_is_not_that_of_a_program() {
        for (line, expected) in [
            ("ffmpeg exited with exit code -9", true),
            ("Command '['/usr/bin/ffmpeg', '-i', 'a.mp4']' died with <Signals.SIGKILL: 9>.", true),
            ("/start.sh: line 12:   345 Killed                  aria2c -d /comfyui/models $URL", true),
            ("model download failed: exit code 137", true),
            ("Encoder process ended with code -9", true),
            ("python /app/download_models.py: Killed", true),
            ("ffmpeg: exit code -9", true),
            ("[handler] ffmpeg exited with exit code -11", true),
            ("worker: ffmpeg exited with exit code -11", true),
            ("Error in handler: Command '['ffmpeg', '-i', 'a.mp4']' died with <Signals.SIGSEGV: 11>.", true),
            ("/start.sh: line 12:   345 Killed                  python -u /comfyui/main.py", false),
            ("/start.sh: line 12:   345 Killed                  uv run /comfyui/main.py --listen", false),
            ("Text encoder step: ComfyUI process ended with returncode -9", false),
            ("Text encoder loaded, then process exited with code -9", false),
            ("ComfyUI exited with code -9 during the download", false),
            ("worker exited with exit code 137", false),
            ("process 12 exited with code -9", false),
            ("Killed", false),
            ("", false),
        ] {
            assert_eq!(is_named(line), expected, "{line}");
        }
    }
}
