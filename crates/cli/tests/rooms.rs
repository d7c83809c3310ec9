//! The rooms of the house depend on each other one way only (docs/ARCHITECTURE.md).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each room may use. A new room must be entered here, with the arrows that the design gives it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("numerics", &[]),
    ("formats", &["model"]),
    ("verify", &["model"]),
    ("city", &["model"]),
    ("brief", &["model"]),
    ("power", &["model", "numerics"]),
    ("heat", &["model", "numerics"]),
    ("plan", &["model", "numerics", "power", "heat"]),
    ("cli", &["model", "formats", "numerics", "power", "heat", "plan", "verify", "city", "brief"]),
];

/// Rooms that must not know of JSON and the like: they compute.
const NO_SERDE: &[&str] = &["model", "numerics", "power", "heat", "plan", "verify"];

#[test]
fn arrows_between_rooms_point_down_only() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(room, uses)| (*room, uses.iter().copied().collect())).collect();
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let mut seen = 0;
    for package in packages {
        let name = package["name"].as_str().expect("name");
        let room = name.strip_prefix("relight-").unwrap_or_else(|| panic!("{name} is not named relight-<room>"));
        let allowed = allowed.get(room).unwrap_or_else(|| panic!("room {room} is not in the table of this test"));
        seen += 1;
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            // Tests may look anywhere; the product may not.
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let used = dependency["name"].as_str().expect("name");
            if let Some(used) = used.strip_prefix("relight-") {
                assert!(allowed.contains(used), "{room} must not use {used}");
            }
            assert!(!(NO_SERDE.contains(&room) && used.starts_with("serde")), "{room} must not use {used}");
        }
    }
    assert_eq!(seen, MAY_USE.len(), "a room of the table has no crate");
}

/// Rooms below the command line are functions of their arguments: none asks what time it is.
#[test]
fn only_the_command_line_reads_a_clock() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut read = 0;
    for (room, _) in MAY_USE.iter().filter(|(room, _)| *room != "cli") {
        for file in sources(&crates.join(room).join("src")) {
            let text = fs::read_to_string(&file).expect("a source file is text");
            // Tests beside the code may time what they do.
            let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            read += 1;
            for clock in ["SystemTime", "Instant::now", "Timestamp::now"] {
                assert!(!product.contains(clock), "{} uses {clock}", file.display());
            }
        }
    }
    assert!(read > 50, "the search found only {read} files");
}

/// All source files below a folder.
fn sources(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a room has sources").flatten().map(|entry| entry.path());
    let (dirs, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = dirs.iter().flat_map(|dir| sources(dir));
    files
        .into_iter()
        .filter(|f| f.extension().is_some_and(|e| e == "rs") && !f.ends_with("tests.rs"))
        .chain(below)
        .collect()
}
