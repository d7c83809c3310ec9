//! What the program says while and after it works: findings, outcomes, progress. Answers go to standard output or a
//! file, everything else to standard error.

use crate::args::{Common, Lang};
use crate::words;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use relight_formats::Reading;
use relight_model::{Finding, Findings, UtcSecond, printable};
use std::fs;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Why a verb ends without its answer. Everything has been said to the person by then.
#[derive(Debug)]
pub struct Refused;

/// How a verb ends.
pub type Outcome = Result<ExitCode, Refused>;

/// Findings shown at the most; the rest is counted.
const SHOWN_MAX: usize = 20;

/// Shows findings on standard error, errors first, and hands on the value unless there is an error.
pub fn accept<T>(reading: Reading<T>, lang: Lang) -> Result<T, Refused> {
    let (value, findings) = reading;
    show(&findings, lang);
    match value {
        Some(value) if !findings.has_errors() => Ok(value),
        _ => Err(Refused),
    }
}

/// Shows one error and refuses.
pub fn refuse<T>(finding: Finding, lang: Lang) -> Result<T, Refused> {
    let mut findings = Findings::default();
    findings.push(finding);
    show(&findings, lang);
    Err(Refused)
}

/// Shows findings on standard error, errors first.
pub fn show(findings: &Findings, lang: Lang) {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|f| std::cmp::Reverse(f.severity));
    for finding in sorted.iter().take(SHOWN_MAX) {
        eprintln!("{}: {}", words::severity(finding.severity, lang), words::finding(finding, lang));
    }
    let hidden = sorted.len().saturating_sub(SHOWN_MAX) + findings.dropped();
    if hidden > 0 {
        eprintln!("{}", words::more_findings(hidden, lang));
    }
    if findings.has_errors() {
        eprintln!("{}", words::nothing_written(findings.errors(), lang));
    }
}

/// Writes the answer as JSON where `--json` says; `text` is what a person reads otherwise.
pub fn answer<T: serde::Serialize>(common: &Common, json: &T, text: impl FnOnce() -> String) -> Result<(), Refused> {
    let Some(target) = &common.json else {
        return print(&text(), common.lang);
    };
    if target.as_os_str() == "-" {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = serde_json::to_writer(&mut out, json).map_err(io::Error::from).and_then(|()| writeln!(out));
        return written.and_then(|()| out.flush()).or_else(|e| cannot_write("standard output", &e, common.lang));
    }
    let written = fs::File::create(target).and_then(|file| {
        let mut out = io::BufWriter::new(file);
        serde_json::to_writer(&mut out, json)?;
        out.flush()
    });
    written.or_else(|e| cannot_write(&target.display().to_string(), &e, common.lang))?;
    print(&text(), common.lang)
}

/// Prints to standard output; a closed pipe is no fault. Names of a hostile file cannot steer the terminal.
fn print(text: &str, lang: Lang) -> Result<(), Refused> {
    let lines: String = text.split_inclusive('\n').map(terminal_line).collect();
    match io::stdout().lock().write_all(lines.as_bytes()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => cannot_write("standard output", &e, lang),
        _ => Ok(()),
    }
}

/// One line of a text with its line break, fit for a terminal.
fn terminal_line(line: &str) -> String {
    match line.strip_suffix('\n') {
        Some(words) => format!("{}\n", printable(words)),
        None => printable(line).into_owned(),
    }
}

/// Says that something cannot be written.
pub fn cannot_write<T>(what: &str, error: &io::Error, lang: Lang) -> Result<T, Refused> {
    refuse(
        Finding::error("not-writable", format!("cannot be written: {error}"))
            .file(what)
            .hint("check that the folder exists and that you may write there"),
        lang,
    )
}

/// The error for a folder that is there already, with the way out.
pub fn refuse_existing(dir: &Path, lang: Lang) -> Result<(), Refused> {
    refuse(
        Finding::error("exists", "the folder is there already and is not empty")
            .file(dir.display().to_string())
            .hint("choose another folder or add --overwrite"),
        lang,
    )
}

/// A progress bar on a terminal, nothing elsewhere.
pub fn progress(steps: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg:<28} [{bar:30}] {pos}/{len} {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// 0 for an answer, 1 for none.
pub fn exit_code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// Threads to use: what was asked, else all cores.
pub fn threads(common: &Common) -> NonZero<usize> {
    let asked = common.threads.and_then(|n| NonZero::new(n as usize));
    asked.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN)
}

/// The clock, read here and nowhere below.
pub fn now() -> UtcSecond {
    UtcSecond(jiff::Timestamp::now().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_file_do_not_steer_the_terminal() {
        assert_eq!(terminal_line("  case\u{1b}[31m\r: 5 МВт\n"), "  case\\u{1b}[31m\\r: 5 МВт\n");
        assert_eq!(terminal_line("no break"), "no break");
    }
}
