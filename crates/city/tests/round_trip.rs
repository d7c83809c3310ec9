//! A generated scenario, written as a folder and read again, is the same.

use relight_city::{CitySettings, generate};
use relight_formats::scenario::{Existing, read, write};

#[test]
fn a_city_survives_its_folder() {
    for (people, seed) in [(20_000, 1), (300_000, 2)] {
        let scenario = generate(&CitySettings { people, seed }).unwrap();
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("city");
        write(&dir, &scenario, Existing::Keep).unwrap();
        let (read, findings) = read(&dir);
        assert!(findings.is_empty(), "{:?}", findings.iter().map(ToString::to_string).collect::<Vec<_>>());
        let read = read.unwrap();
        assert_eq!(read.network, scenario.network);
        assert_eq!(read.geography, scenario.geography);
        assert_eq!(read, scenario);
    }
}
