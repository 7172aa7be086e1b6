//! Programs that a worker runs besides `ComfyUI` and the handler. Their end is not that of the worker.

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

/// The same for their work: `download.py`, `downloader`, `encoder`.
const WORK: [&str; 4] = ["download", "upload", "encod", "transcod"];

/// What runs the worker.
const MAIN: [&str; 7] = ["comfyui", "main.py", "handler", "handler.py", "rp_handler.py", "worker", "container"];

/// Whether a line is about such a program: it names one before the worker's own processes.
pub(crate) fn is_named(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let names = line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c)));
    let names = names.filter_map(|word| word.trim_end_matches('.').rsplit('/').next());
    let is_child = |name: &str| PROGRAMS.contains(&name) || WORK.iter().any(|work| name.starts_with(work));
    names.into_iter().find(|name| MAIN.contains(name) || is_child(name)).is_some_and(is_child)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_program_that_a_line_names_counts() {
        for (line, expected) in [
            ("ffmpeg exited with exit code -9", true),
            ("Command '['/usr/bin/ffmpeg', '-i', 'a.mp4']' died with <Signals.SIGKILL: 9>.", true),
            ("/start.sh: line 12:   345 Killed                  aria2c -d /comfyui/models $URL", true),
            ("model download failed: exit code 137", true),
            ("Encoder process ended with code -9", true),
            ("python /app/download_models.py: Killed", true),
            ("/start.sh: line 12:   345 Killed                  python -u /comfyui/main.py", false),
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
