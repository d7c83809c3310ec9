//! A scenario folder with one spoiled file never panics: the first byte says which file, the rest is its content.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relight_formats::scenario;
use std::fs;
use std::path::Path;

/// The example of the repository, which reads without findings.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/two_islands");

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, content)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().expect("a scratch folder");
    copy(Path::new(EXAMPLE), folder.path()).expect("the example");
    let files = ["scenario.toml", "feeders.csv", "profiles.csv", "districts.csv", "buildings.csv", "geography.geojson"];
    let file = files[usize::from(which) % files.len()];
    fs::write(folder.path().join(file), content).expect("the spoiled file");
    let (scenario, findings) = scenario::read(folder.path());
    assert_eq!(scenario.is_none(), findings.has_errors());
});
