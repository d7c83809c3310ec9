//! Spoils good files, and runs what is to be done with them under a clock. Used by the tests of `formats`, which read, and
//! by those of the command line, which compute and verify what still reads.

// Each test uses a part of it.
#![allow(dead_code)]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relight_formats::{damage, matpower, pandapower, pgm, psse, scenario};
use relight_model::{Findings, Network, Scenario};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Beyond this an input counts as hanging. The aim is [`AIM`]; a loaded machine gets more.
const HANG: Duration = Duration::from_secs(10);
/// What no input may take in a release build on a quiet machine.
const AIM: Duration = Duration::from_secs(1);

const MATPOWER: &str = include_str!("../data/mutations/small.m");
pub const GRID: &str = include_str!("../data/mutations/small_pgm.json");
const UPDATES: &str = include_str!("../data/mutations/small_pgm_update.json");
const PANDAPOWER: &str = include_str!("../data/pandapower/example_simple.json");
const RAW: &str = include_str!("../data/mutations/small.raw");
const DAMAGE: &str = "{\"branches\":[1,3],\"gens\":[2],\"buses\":[4,5]}";

/// Words that files of these kinds trip over.
const WORDS: [&str; 28] = [
    "NaN",
    "Inf",
    "-Inf",
    "1e308",
    "-1e308",
    "1e-320",
    "1e999",
    "0",
    "-1",
    "4294967296",
    "99999999999999999999",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "'",
    "\"",
    ";",
    ",",
    "%",
    "...",
    "\n",
    "null",
    "true",
    "mpc.bus(:, 3) = ",
    "\u{feff}",
];

/// Changes a text in one to four ways.
pub fn mutate(text: &str, random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..random.random_range(1..=4) {
        mutate_once(&mut bytes, random);
    }
    bytes
}

fn mutate_once(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = random.random_range(0..bytes.len());
    match random.random_range(0..11) {
        0 => bytes[at] ^= 1 << random.random_range(0..8),
        1 => bytes[at] = random.random(),
        2 => drop(bytes.drain(at..(at + random.random_range(1..40)).min(bytes.len()))),
        3 => bytes.truncate(at),
        4 => splice_word(bytes, at, WORDS[random.random_range(0..WORDS.len())]),
        5 => replace_number(bytes, at, WORDS[random.random_range(0..11)]),
        6 => change_lines(bytes, random, |lines, i, _| lines.insert(i, lines[i].clone())),
        7 => change_lines(bytes, random, |lines, i, _| drop(lines.remove(i))),
        8 => change_lines(bytes, random, |lines, i, j| lines.swap(i, j)),
        9 => change_lines(bytes, random, |lines, i, _| swap_cells(&mut lines[i])),
        _ => {
            let word = WORDS[random.random_range(0..WORDS.len())];
            let many = word.repeat(random.random_range(2..2000));
            splice_word(bytes, at, &many);
        }
    }
}

fn splice_word(bytes: &mut Vec<u8>, at: usize, word: &str) {
    drop(bytes.splice(at..at, word.bytes()));
}

/// Puts a word in the place of the next number.
fn replace_number(bytes: &mut Vec<u8>, at: usize, word: &str) {
    let digit = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'-');
    let Some(start) = bytes[at..].iter().position(digit).map(|i| at + i) else { return };
    let end = bytes[start..].iter().position(|b| !digit(b)).map_or(bytes.len(), |i| start + i);
    drop(bytes.splice(start..end, word.bytes()));
}

fn change_lines(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng, change: impl FnOnce(&mut Vec<Vec<u8>>, usize, usize)) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    let (i, j) = (random.random_range(0..lines.len()), random.random_range(0..lines.len()));
    change(&mut lines, i, j);
    *bytes = lines.join(&b'\n');
}

/// Exchanges the first two cells of a line.
fn swap_cells(line: &mut Vec<u8>) {
    let mut cells: Vec<Vec<u8>> = line.split(|&b| matches!(b, b'\t' | b',')).map(<[u8]>::to_vec).collect();
    if cells.len() > 2 {
        cells.swap(1, 2);
        *line = cells.join(&b'\t');
    }
}

/// What is spoiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Matpower,
    Grid,
    Updates,
    Pandapower,
    Raw,
    Damage,
}

impl Kind {
    /// Case files are the largest part, as they are of what people have.
    pub const MIX: [Kind; 9] = [
        Kind::Matpower,
        Kind::Matpower,
        Kind::Matpower,
        Kind::Grid,
        Kind::Grid,
        Kind::Updates,
        Kind::Pandapower,
        Kind::Raw,
        Kind::Damage,
    ];

    /// A good file of this kind.
    pub fn source(self) -> &'static str {
        match self {
            Kind::Matpower => MATPOWER,
            Kind::Grid => GRID,
            Kind::Updates => UPDATES,
            Kind::Pandapower => PANDAPOWER,
            Kind::Raw => RAW,
            Kind::Damage => DAMAGE,
        }
    }
}

/// The contract of reading: a value only without errors, errors only with a code and a message, nothing that steers a
/// terminal.
pub fn assert_contract<T>(value: &Option<T>, findings: &Findings) {
    assert_eq!(value.is_none(), findings.has_errors(), "value and errors disagree");
    for finding in findings.iter() {
        assert!(!finding.code.is_empty() && !finding.message.is_empty(), "a finding without name: {finding:?}");
        assert!(!finding.to_string().chars().any(char::is_control), "control characters: {finding:?}");
    }
}

/// What still reads.
pub enum Good {
    /// A network, of whatever kind of file.
    Network(Box<Network>),
    /// A damage list, which needs a network to mean anything.
    Damage(relight_model::Damage),
}

/// Reads spoiled bytes; `None` if they are refused. What a MATPOWER file or a damage list said must survive writing.
pub fn read(kind: Kind, bytes: &[u8]) -> Option<Good> {
    let network = match kind {
        Kind::Matpower => {
            let (network, findings) = matpower::read(bytes);
            assert_contract(&network, &findings);
            network.inspect(round_trip)
        }
        Kind::Grid => {
            let (case, findings) = pgm::read(bytes);
            assert_contract(&case, &findings);
            case.map(|c| c.network)
        }
        Kind::Updates => read_updates(bytes),
        Kind::Pandapower => {
            let (network, findings) = pandapower::read(bytes);
            assert_contract(&network, &findings);
            network
        }
        Kind::Raw => {
            let (network, findings) = psse::read(bytes);
            assert_contract(&network, &findings);
            network
        }
        Kind::Damage => {
            let (list, findings) = damage::read(bytes);
            assert_contract(&list, &findings);
            if let Some(list) = &list {
                assert_eq!(damage::read(damage::write(list).as_bytes()).0.as_ref(), Some(list));
            }
            return list.map(Good::Damage);
        }
    };
    network.map(|network| Good::Network(Box::new(network)))
}

/// The grid after the first of the spoiled updates.
fn read_updates(bytes: &[u8]) -> Option<Network> {
    let input = pgm::read_input(GRID.as_bytes()).0.expect("a good input");
    let (updates, findings) = pgm::read_updates(bytes);
    assert_contract(&updates, &findings);
    let (input, findings) = input.updated(updates?.first()?);
    assert_contract(&input, &findings);
    let (case, findings) = input?.case();
    assert_contract(&case, &findings);
    case.map(|c| c.network)
}

/// What a case file said, the file written from it says again - unless it cannot be held, which the writer says.
fn round_trip(network: &Network) {
    if let Ok(text) = matpower::write(network) {
        assert_eq!(matpower::read(text.as_bytes()).0.as_ref(), Some(network), "differs after writing");
    }
}

/// How many spoiled inputs each test makes: what `RELIGHT_MUTATIONS` says, else `usual`.
pub fn count(usual: u64) -> u64 {
    std::env::var("RELIGHT_MUTATIONS").map_or(usual, |n| n.parse().expect("RELIGHT_MUTATIONS is a number"))
}

/// What became of the inputs of a test.
#[derive(Default)]
struct Tally {
    good: u64,
    above_aim: u64,
    slowest: Duration,
    slowest_name: String,
}

impl Tally {
    /// Runs one spoiled input; keeps its bytes where it panics or hangs.
    fn attempt(&mut self, label: &str, seed: u64, bytes: &[u8], run: impl FnOnce() -> bool) {
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(run));
        let took = start.elapsed();
        if took > self.slowest {
            (self.slowest, self.slowest_name) = (took, format!("{label}, seed {seed}"));
        }
        self.above_aim += u64::from(took > AIM);
        match outcome {
            Ok(good) if took < HANG => self.good += u64::from(good),
            outcome => {
                let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mutation-{seed}"));
                std::fs::write(&place, bytes).expect("a place for the spoiled file");
                let what = if outcome.is_err() { "panicked" } else { "hung" };
                panic!("{label}, seed {seed}: {what} ({took:?}); the spoiled file is {}", place.display());
            }
        }
    }

    /// Tells the figures. If nothing or everything came through, the mutator or the readers would be asleep.
    fn finish(self, what: &str, count: u64) {
        let Tally { good, above_aim, slowest, slowest_name } = self;
        eprintln!("{count} {what}: {good} still good, slowest {slowest:?} ({slowest_name}), {above_aim} above {AIM:?}");
        assert!(good > count / 50 && good < count * 49 / 50, "{good} of {count}");
    }
}

/// Spoils `count` files of all kinds and reads them; `compute` gets what still reads.
pub fn spoil_files(count: u64, mut compute: impl FnMut(Good)) {
    for kind in Kind::MIX {
        compute(read(kind, kind.source().as_bytes()).expect("the good file itself reads"));
    }
    let mut tally = Tally::default();
    for seed in 0..count {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let kind = Kind::MIX[random.random_range(0..Kind::MIX.len())];
        let bytes = mutate(kind.source(), &mut random);
        tally.attempt(&format!("{kind:?}"), seed, &bytes, || read(kind, &bytes).map(&mut compute).is_some());
    }
    tally.finish("spoiled files", count);
}

/// Spoils one file of the example folder, `count` times, and reads the folder; `compute` gets the scenario that still reads.
pub fn spoil_folders(count: u64, mut compute: impl FnMut(Scenario)) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two_islands");
    let files = files_below(&example);
    let texts: Vec<String> = files.iter().map(|f| std::fs::read_to_string(example.join(f)).expect("text")).collect();
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (file, text) in files.iter().zip(&texts) {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    compute(scenario::read(folder.path()).0.expect("the example itself reads"));
    let mut tally = Tally::default();
    for seed in 0..count {
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5ce7_a210);
        let which = random.random_range(0..files.len());
        let path = folder.path().join(&files[which]);
        let bytes = mutate(&texts[which], &mut random);
        std::fs::write(&path, &bytes).expect("the spoiled file");
        tally.attempt(&files[which].display().to_string(), seed, &bytes, || {
            let (scenario, findings) = scenario::read(folder.path());
            assert_contract(&scenario, &findings);
            scenario.map(&mut compute).is_some()
        });
        std::fs::write(&path, &texts[which]).expect("the good file again");
    }
    tally.finish("spoiled folders", count);
}

/// All files below a folder, relative to it, in a fixed order.
fn files_below(root: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).expect("the example").map(|e| e.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(root).expect("below the root").to_owned());
            }
        }
    }
    files.sort();
    files
}
