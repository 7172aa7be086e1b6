//! Shows the progress of a run on stderr. It never affects the verdict.
//!
//! On a terminal, two lines are redrawn: what runs, and then the workers, the cost and the patience that is left. In a log, each
//! step is a line, and so is each half minute of waiting.

mod bench_board;
mod board;

use crate::args::Progress;
use crate::terminal::Terminal;
use bench_board::BenchBoard;
use board::Board;
use comfycheck_core::bench::Stage;
use comfycheck_core::suite::Sampling;
use comfycheck_runtime::event::RunEvent;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) struct Display<B> {
    mode: Mode,
    shared: Arc<Mutex<Shared<B>>>,
}

/// The display of a run.
pub(crate) type RunDisplay = Display<Board>;
/// The display of a benchmark.
pub(crate) type BenchDisplay = Display<BenchBoard>;

/// The state of what runs, and the lines that show it.
pub(crate) trait Lines: Send + 'static {
    /// Records an event. Returns a line for the log if the event is worth one.
    fn update(&mut self, event: &RunEvent) -> Option<String>;
    /// The first line of a live display, given the time since the start.
    fn first_line(&self, elapsed: Duration) -> String;
    /// The second line, given the time since the latest event.
    fn second_line(&self, since: Duration) -> String;
}

enum Mode {
    Live(ProgressBar),
    Plain(Terminal),
    None,
}

struct Shared<B> {
    board: B,
    /// When the latest event arrived.
    latest: Instant,
}

impl RunDisplay {
    pub(crate) fn new(progress: Progress, sampling: &Sampling, terminal: Terminal) -> Self {
        let max_cost = sampling.part_of_budget().max_cost;
        Self::of(Board::new(&sampling.patience, max_cost), progress, terminal)
    }
}

impl BenchDisplay {
    pub(crate) fn new(progress: Progress, terminal: Terminal) -> Self {
        Self::of(BenchBoard::default(), progress, terminal)
    }

    /// A load begins.
    pub(crate) fn begin(&self, stage: &Stage) {
        let line = lock(&self.shared).board.begin(stage);
        if let Mode::Plain(terminal) = &self.mode {
            terminal.say(line);
        }
    }
}

impl<B: Lines> Display<B> {
    fn of(board: B, progress: Progress, terminal: Terminal) -> Self {
        let shared = Arc::new(Mutex::new(Shared { board, latest: Instant::now() }));
        let mode = match progress {
            Progress::None => Mode::None,
            Progress::Live => Mode::Live(live(&shared)),
            Progress::Auto if terminal.is_watched() => Mode::Live(live(&shared)),
            Progress::Auto | Progress::Plain => Mode::Plain(terminal),
        };
        Self { mode, shared }
    }

    /// Updates the display with an event of the run.
    pub(crate) fn listen(&self, event: &RunEvent) {
        let mut shared = lock(&self.shared);
        let line = shared.board.update(event);
        shared.latest = Instant::now();
        if let (Mode::Plain(terminal), Some(line)) = (&self.mode, line) {
            terminal.say(line);
        }
    }

    /// Clears the display.
    pub(crate) fn end(&self) {
        if let Mode::Live(bar) = &self.mode {
            bar.finish_and_clear();
        }
    }
}

fn lock<B>(shared: &Mutex<Shared<B>>) -> MutexGuard<'_, Shared<B>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two lines that are redrawn eight times a second: their times advance between events.
fn live<B: Lines>(shared: &Arc<Mutex<Shared<B>>>) -> ProgressBar {
    // The template is a constant, and the default one is no worse.
    let style = ProgressStyle::with_template("{spinner} {first}\n  {second}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .with_key("first", line(shared, |board, elapsed, _| board.first_line(elapsed)))
        .with_key("second", line(shared, |board, _, since| board.second_line(since)));
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Draws a line of the board, given the time since the start and since the latest event.
fn line<B: Lines>(
    shared: &Arc<Mutex<Shared<B>>>,
    text: fn(&B, Duration, Duration) -> String,
) -> impl Fn(&ProgressState, &mut dyn Write) + Clone + Send + Sync + 'static + use<B> {
    let shared = Arc::clone(shared);
    move |state: &ProgressState, out: &mut dyn Write| {
        let shared = lock(&shared);
        // A line that cannot be drawn is drawn the next time.
        let _ = out.write_str(&text(&shared.board, state.elapsed(), shared.latest.elapsed()));
    }
}
