//! Writing a scenario folder: all of it or nothing.

use super::{SCHEMA, heat, heat_text, map, text, weather};
use crate::damage;
use relight_model::{Damage, HeatDamage, HeatNetwork, Scenario};
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What to do with a scenario that stands there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and refuse.
    Keep,
    /// Replace the files of the scenario; files that relight did not write stay.
    Replace,
}

/// Why a folder was not written. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something stands there that must not be lost.
    #[error("{dir}: the folder is not empty; hint: name another folder{}", if *.is_scenario { ", or ask for the scenario in it to be replaced" } else { "" })]
    NotEmpty {
        /// The folder.
        dir: String,
        /// Whether it is a scenario, which could be replaced.
        is_scenario: bool,
    },
    /// The name is that of a file, or of no folder that can be made.
    #[error("{dir}: this cannot be a folder: {why}; hint: name another folder")]
    NotAFolder {
        /// The name.
        dir: String,
        /// Why.
        why: &'static str,
    },
    /// The scenario holds something that the format cannot hold.
    #[error("the scenario cannot be written: {what} (allowed: {allowed})")]
    NotWritable {
        /// What it is.
        what: String,
        /// What the format holds.
        allowed: &'static str,
    },
    /// The operating system refused.
    #[error("{path}: cannot be written: {source}; hint: check permissions and free space of the folder")]
    Io {
        /// What was being written.
        path: String,
        /// Why not.
        source: io::Error,
    },
}

/// Writes a scenario as a folder, with its network as tables.
///
/// The files are written into a temporary folder beside `dir`, which then takes its name: a reader never sees half a
/// scenario. Rows are counted anew, so elements get the rows of their tables here.
///
/// # Errors
/// See [`WriteError`].
pub fn write(dir: &Path, scenario: &Scenario, existing: Existing) -> Result<(), WriteError> {
    check(scenario)?;
    let base_mva = Some(scenario.network.base_mva);
    let toml = text::scenario_toml(scenario, "network", base_mva).ok_or(WriteError::NotWritable {
        what: "an instant is out of range".to_owned(),
        allowed: "years 1900 to 2200",
    })?;
    let mut files: Vec<(PathBuf, Vec<u8>)> = vec![("scenario.toml".into(), toml.into_bytes())];
    for (name, table) in text::network_tables(scenario) {
        files.push((Path::new("network").join(name), table.into_bytes()));
    }
    files.push(("feeders.csv".into(), text::feeders(scenario).into_bytes()));
    if !scenario.profiles.is_empty() {
        files.push(("profiles.csv".into(), text::profiles(scenario).into_bytes()));
    }
    if !scenario.geography.districts.is_empty() {
        files.push(("districts.csv".into(), text::districts(scenario).into_bytes()));
    }
    if !scenario.geography.buildings.is_empty() {
        files.push(("buildings.csv".into(), text::buildings(scenario).into_bytes()));
    }
    if let Some(map) = map::text(&scenario.geography) {
        files.push(("geography.geojson".into(), map.into_bytes()));
    }
    for (name, table) in scenario.heat.iter().flat_map(|net| heat_text::tables(scenario, net)) {
        files.push((Path::new(heat::FOLDER).join(name), table.into_bytes()));
    }
    if let Some(series) = &scenario.weather {
        let table = weather::text(series).ok_or(WriteError::NotWritable {
            what: "an instant of the weather is out of range".to_owned(),
            allowed: "years 1900 to 2200",
        })?;
        files.push((weather::FILE.into(), table.into_bytes()));
    }
    if !scenario.thermometers.is_empty() {
        let table = text::thermometers(scenario).ok_or(WriteError::NotWritable {
            what: "a thermometer's instant is out of range".to_owned(),
            allowed: "years 1900 to 2200",
        })?;
        files.push(("thermometers.csv".into(), table.into_bytes()));
    }
    if scenario.damage != Damage::default() || scenario.heat_damage != HeatDamage::default() {
        files.push(("damage.json".into(), damage::write_all(&scenario.damage, &scenario.heat_damage).into_bytes()));
    }
    put(dir, &files, existing)
}

/// What the text formats cannot hold: ids that are empty or have blanks around them, control characters, other steps.
fn check(scenario: &Scenario) -> Result<(), WriteError> {
    let refuse = |what: String, allowed| Err(WriteError::NotWritable { what, allowed });
    let ids = (scenario.feeders.iter().map(|f| ("feeder", &f.id)))
        .chain(scenario.feeders.iter().filter_map(|f| f.queue.as_ref().map(|q| ("queue", q))))
        .chain(scenario.profiles.iter().map(|p| ("profile", &p.id)))
        .chain(scenario.geography.districts.iter().map(|d| ("district", &d.id)))
        .chain(scenario.geography.buildings.iter().map(|b| ("building", &b.id)));
    let ids = ids.chain(scenario.heat.iter().flat_map(heat_ids));
    for (kind, id) in ids {
        if id.trim() != id || id.is_empty() || id.chars().any(char::is_control) {
            return refuse(
                format!("the id {id:?} of a {kind}"),
                "ids without blanks around them and control characters",
            );
        }
    }
    let names = (scenario.feeders.iter().map(|f| &f.name))
        .chain(scenario.geography.districts.iter().flat_map(|d| [&d.name, &d.name_uk]))
        .chain(scenario.network.buses.iter().map(|b| &b.name))
        .chain(scenario.network.branches.iter().map(|b| &b.name))
        .chain(scenario.network.generators.iter().flat_map(|g| [&g.name, &g.fuel]))
        .chain(scenario.heat.iter().flat_map(|net| net.sources.iter().map(|s| &s.name)));
    for name in names {
        if name.contains(['\0', '\r', '\n']) {
            return refuse(format!("the name {name:?}"), "names on one line");
        }
    }
    let heat = scenario.heat.as_ref().and_then(heat_text::unwritable);
    if let Some((what, allowed)) = heat.or_else(|| scenario.weather.as_ref().and_then(weather::unwritable)) {
        return refuse(what.to_owned(), allowed);
    }
    if !scenario.horizon.step_s.is_multiple_of(60) {
        return refuse(format!("a step of {} s", scenario.horizon.step_s), "steps of whole minutes");
    }
    if let Some(profile) = scenario.profiles.iter().find(|p| p.factor_by_half_hour.len() != 48) {
        return refuse(
            format!("profile {} of {} factors", profile.id, profile.factor_by_half_hour.len()),
            "48 factors",
        );
    }
    Ok(())
}

/// Kind and id of everything in a heat network.
fn heat_ids(net: &HeatNetwork) -> impl Iterator<Item = (&'static str, &String)> {
    (net.junctions.iter().map(|j| ("junction", &j.id)))
        .chain(net.pipes.iter().map(|p| ("pipe", &p.id)))
        .chain(net.valves.iter().map(|v| ("valve", &v.id)))
        .chain(net.pumps.iter().map(|p| ("pump", &p.id)))
        .chain(net.sources.iter().map(|s| ("source", &s.id)))
        .chain(net.substations.iter().map(|s| ("substation", &s.id)))
}

/// Puts files into a new folder `dir`, or into the place of a scenario.
pub(super) fn put(dir: &Path, files: &[(PathBuf, Vec<u8>)], existing: Existing) -> Result<(), WriteError> {
    let target = Target::find(dir)?;
    let replaces = target.occupied(existing)?;
    let new = target.sibling("new")?;
    let done = fill(&new, files).and_then(|()| match replaces {
        false => {
            // An empty folder gives way; one that got files meanwhile does not.
            if target.path.is_dir() {
                fs::remove_dir(&target.path).map_err(|e| failed(&target.path, e))?;
            }
            fs::rename(&new, &target.path).map_err(|e| failed(&target.path, e))
        }
        true => target.exchange(&new),
    });
    if done.is_err() {
        // The first fault is the one to tell; a left-over temporary folder is not worth hiding it.
        let _ = fs::remove_dir_all(&new);
    }
    done
}

struct Target {
    path: PathBuf,
    parent: PathBuf,
    name: OsString,
}

impl Target {
    fn find(dir: &Path) -> Result<Self, WriteError> {
        let shown = dir.display().to_string();
        let not_a_folder = |why| WriteError::NotAFolder { dir: shown.clone(), why };
        let path = if dir.exists() { dir.canonicalize().map_err(|e| failed(dir, e))? } else { dir.to_path_buf() };
        if path.is_file() {
            return Err(not_a_folder("it is a file"));
        }
        let name = path.file_name().ok_or_else(|| not_a_folder("it has no name"))?.to_os_string();
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(|e| failed(&parent, e))?;
        Ok(Self { path, parent, name })
    }

    /// Whether a scenario stands there that may be replaced.
    fn occupied(&self, existing: Existing) -> Result<bool, WriteError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(mut entries) => entries.next().is_some(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            Err(e) => return Err(failed(&self.path, e)),
        };
        if !entries {
            return Ok(false);
        }
        let is_scenario = fs::read_to_string(self.path.join("scenario.toml")).is_ok_and(|t| t.contains(SCHEMA));
        if is_scenario && existing == Existing::Replace {
            return Ok(true);
        }
        Err(WriteError::NotEmpty { dir: self.path.display().to_string(), is_scenario })
    }

    /// A new empty folder beside the target.
    fn sibling(&self, purpose: &str) -> Result<PathBuf, WriteError> {
        let name = |k: u32| format!(".{}.{purpose}-{}-{k}", self.name.to_string_lossy(), std::process::id());
        for k in 0..100 {
            let path = self.parent.join(name(k));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(path),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(&self.path, e)),
            }
        }
        Err(failed(&self.path, io::ErrorKind::AlreadyExists.into()))
    }

    /// Gives the new folder the target's name and takes over what relight did not write.
    fn exchange(&self, new: &Path) -> Result<(), WriteError> {
        let old = self.sibling("old")?;
        fs::remove_dir(&old).map_err(|e| failed(&old, e))?;
        fs::rename(&self.path, &old).map_err(|e| failed(&self.path, e))?;
        if let Err(e) = fs::rename(new, &self.path) {
            let _ = fs::rename(&old, &self.path);
            return Err(failed(&self.path, e));
        }
        let ours: HashSet<&str> = FILES.into_iter().collect();
        for entry in fs::read_dir(&old).map_err(|e| failed(&old, e))? {
            let entry = entry.map_err(|e| failed(&old, e))?;
            let name = entry.file_name();
            if !name.to_str().is_some_and(|n| ours.contains(n)) {
                fs::rename(entry.path(), self.path.join(&name)).map_err(|e| failed(&entry.path(), e))?;
            }
        }
        fs::remove_dir_all(&old).map_err(|e| failed(&old, e))
    }
}

/// What a scenario folder consists of.
pub(super) const FILES: [&str; 12] = [
    "scenario.toml",
    "network",
    "feeders.csv",
    "profiles.csv",
    "districts.csv",
    "buildings.csv",
    "bus_positions.csv",
    "geography.geojson",
    "damage.json",
    "heat",
    "weather.csv",
    "thermometers.csv",
];

fn fill(dir: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<(), WriteError> {
    for (name, bytes) in files {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
        }
        fs::write(&path, bytes).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> WriteError {
    WriteError::Io { path: path.display().to_string(), source }
}
