//! `scenario.toml`: names, times, horizon, weights, and where the network is.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use relight_model::{Assumption, Class, Finding, Findings, Horizon, UtcSecond};
use toml::de::{DeTable, DeValue};

/// The value of `schema`.
pub const SCHEMA: &str = "relight.scenario/1";
/// Default length of a step, minutes.
pub const STEP_MINUTES_DEFAULT: u32 = 30;
/// Default number of steps: 72 h of 30 minutes.
pub const STEPS_DEFAULT: u32 = 144;
/// Most steps: 42 days of half-hours, or 5 years of days.
pub const STEPS_MAX: u32 = 2016;

const KEYS: &[&str] = &[
    "schema",
    "name",
    "name_uk",
    "time_zone",
    "as_of",
    "revision",
    "hvdc",
    "horizon",
    "network",
    "weights",
    "assumed",
];
const HORIZON_KEYS: &[&str] = &["start", "step_minutes", "steps"];
const NETWORK_KEYS: &[&str] = &["file", "base_mva", "name"];
/// Keys of `[assumed]`; the words of [`Assumption`].
const ASSUMED_KEYS: &[&str] = &[
    "people_per_mw",
    "constant_demand",
    "all_homes",
    "dc_only",
    "no_repairs",
    "partial_feeders",
    "no_hvdc",
    "no_storage",
    "storage_may_end_empty",
    "storage_keeps_energy",
];

/// What `scenario.toml` says.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioFile {
    /// Name for people, English.
    pub name: String,
    /// Name for people, Ukrainian.
    pub name_uk: String,
    /// IANA time zone, known to jiff.
    pub time_zone: String,
    /// Steps of the plan.
    pub horizon: Horizon,
    /// Instant up to which the data is known.
    pub as_of: UtcSecond,
    /// Revision of the data.
    pub revision: u64,
    /// Whether HVDC lines carry power.
    pub hvdc: bool,
    /// Folder of tables or case file, inside the scenario folder.
    pub network_file: String,
    /// Name of a network given as tables; that of the scenario where the file gives none.
    pub network_name: String,
    /// Base power of a network given as tables, MVA.
    pub base_mva: Option<f64>,
    /// Weights in the order of [`Class::ALL`].
    pub class_weights: [f64; Class::ALL.len()],
    /// Assumptions in the order of the file.
    pub assumptions: Vec<Assumption>,
}

/// Reads the text of `scenario.toml`. `None` only together with an error.
pub fn parse(text: &str) -> (Option<ScenarioFile>, Findings) {
    let mut findings = Findings::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(e) => {
            let line = e.span().map_or(0, |span| line_of(text, span.start));
            let message = format!("this is no valid TOML: {}", e.message().lines().next().unwrap_or_default());
            findings.push(Finding::error("broken-toml", message).at("", line).hint("texts need double quotes"));
            return (None, findings);
        }
    };
    let empty = DeTable::default();
    let mut keys = Keys { text, section: "", table: root.get_ref(), empty: &empty, findings: &mut findings };
    keys.only(KEYS);
    let file = read_root(&mut keys);
    (if findings.has_errors() { None } else { file }, findings)
}

fn read_root(keys: &mut Keys<'_, '_>) -> Option<ScenarioFile> {
    let schema = keys.text("schema", None);
    if let Some(schema) = &schema
        && schema != SCHEMA
    {
        keys.fault("unknown-schema", "schema", schema, "this version of the format is not known", SCHEMA, "");
    }
    let name = keys.text("name", None);
    let name_uk = keys.text("name_uk", Some(name.as_deref().unwrap_or_default()));
    let time_zone = keys.text("time_zone", None);
    if let Some(zone) = &time_zone
        && TimeZone::get(zone).is_err()
    {
        keys.fault("unknown-time-zone", "time_zone", zone, "no such time zone", "an IANA name such as Europe/Kyiv", "");
    }
    let as_of = keys.instant("as_of");
    let revision = keys.whole("revision", Some(0), 0, i64::MAX as u64);
    let hvdc = keys.flag("hvdc", false);
    let horizon = keys.section("horizon", |keys| {
        keys.only(HORIZON_KEYS);
        let start = keys.instant("start")?;
        let step_minutes = keys.whole("step_minutes", Some(STEP_MINUTES_DEFAULT.into()), 5, 1440)? as u32;
        if 60 % step_minutes != 0 && !step_minutes.is_multiple_of(60) {
            let allowed = "5, 6, 10, 12, 15, 20, 30, or whole hours up to 1440";
            let what = "steps must divide the hour or be whole hours";
            keys.fault("out-of-range", "step_minutes", &step_minutes.to_string(), what, allowed, "");
        }
        let steps = keys.whole("steps", Some(STEPS_DEFAULT.into()), 1, STEPS_MAX.into())? as u32;
        Some(Horizon { start, step_s: step_minutes * 60, steps })
    });
    let network = keys.section("network", |keys| {
        keys.only(NETWORK_KEYS);
        let file = keys.text("file", Some("network"))?;
        // A scenario folder is passed around: it must not reach files outside itself.
        let inside = std::path::Path::new(&file).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        if !inside || file.is_empty() {
            let allowed = "a name inside the scenario folder";
            keys.fault(
                "outside-folder",
                "file",
                &file,
                "the network must lie inside the folder",
                allowed,
                "copy it there",
            );
        }
        let network_name = keys.text("name", Some(name.as_deref().unwrap_or_default()))?;
        Some((file, network_name, keys.number("base_mva", 1e-6, 1e6)))
    });
    let class_weights = keys.section("weights", read_weights);
    let assumptions = keys.section("assumed", read_assumed);
    let (network_file, network_name, base_mva) = network?;
    Some(ScenarioFile {
        name: name?,
        name_uk: name_uk?,
        time_zone: time_zone?,
        horizon: horizon?,
        as_of: as_of?,
        revision: revision?,
        hvdc: hvdc?,
        network_file,
        network_name,
        base_mva,
        class_weights,
        assumptions,
    })
}

fn read_weights(keys: &mut Keys<'_, '_>) -> [f64; Class::ALL.len()] {
    let mut weights = Class::ALL.map(Class::default_weight);
    keys.only(&Class::ALL.map(Class::name));
    for class in Class::ALL {
        if let Some(weight) = keys.number(class.name(), f64::MIN_POSITIVE, 1e9) {
            weights[class.i()] = weight;
        }
    }
    weights
}

/// `[assumed]`, in the order of the file: the brief shows it in that order.
fn read_assumed(keys: &mut Keys<'_, '_>) -> Vec<Assumption> {
    keys.only(ASSUMED_KEYS);
    let mut found: Vec<(usize, Assumption)> = Vec::new();
    for (key, value) in keys.table {
        let place = key.span().start;
        if key.get_ref() == "people_per_mw" {
            if let Some(people_per_mw) = keys.number("people_per_mw", 0.0, 1e6) {
                found.push((place, Assumption::PeopleFromPower { people_per_mw }));
            }
        } else if let Some(assumption) = assumption_of(key.get_ref()) {
            match value.get_ref() {
                DeValue::Boolean(true) => found.push((place, assumption)),
                DeValue::Boolean(false) => {}
                other => keys.wrong_type(key.get_ref(), other, "true or false"),
            }
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, assumption)| assumption).collect()
}

fn assumption_of(key: &str) -> Option<Assumption> {
    Some(match key {
        "constant_demand" => Assumption::ConstantDemand,
        "all_homes" => Assumption::AllHomes,
        "dc_only" => Assumption::DcOnly,
        "no_repairs" => Assumption::NoRepairs,
        "partial_feeders" => Assumption::PartialFeeders,
        "no_hvdc" => Assumption::NoHvdc,
        "no_storage" => Assumption::NoStorage,
        "storage_may_end_empty" => Assumption::StorageMayEndEmpty,
        "storage_keeps_energy" => Assumption::StorageKeepsEnergy,
        _ => return None,
    })
}

/// Key and value of an assumption in `[assumed]`.
pub fn assumed_line(assumption: &Assumption) -> String {
    let key = match assumption {
        Assumption::PeopleFromPower { people_per_mw } => return format!("people_per_mw = {people_per_mw:?}"),
        Assumption::ConstantDemand => "constant_demand",
        Assumption::AllHomes => "all_homes",
        Assumption::DcOnly => "dc_only",
        Assumption::NoRepairs => "no_repairs",
        Assumption::PartialFeeders => "partial_feeders",
        Assumption::NoHvdc => "no_hvdc",
        Assumption::NoStorage => "no_storage",
        Assumption::StorageMayEndEmpty => "storage_may_end_empty",
        Assumption::StorageKeepsEnergy => "storage_keeps_energy",
    };
    format!("{key} = true")
}

/// An instant as RFC 3339 in UTC; `None` outside the years that jiff knows.
pub fn instant_text(instant: UtcSecond) -> Option<String> {
    Timestamp::from_second(instant.0).ok().map(|t| t.to_string())
}

/// What [`instant_of`] reads.
pub(super) const INSTANT_ALLOWED: &str = "an instant with offset, such as 2026-01-20T06:00:00Z, years 1900 to 2200";

/// An instant from RFC 3339 text with an offset; whole seconds of the years that jiff's zones are known for.
pub(super) fn instant_of(text: &str) -> Option<UtcSecond> {
    const YEARS: std::ops::Range<i64> = -2_208_988_800..7_258_118_400;
    let instant = text.parse::<Timestamp>().ok().filter(|t| t.subsec_nanosecond() == 0)?;
    YEARS.contains(&instant.as_second()).then(|| UtcSecond(instant.as_second()))
}

/// One table of the file and its keys.
struct Keys<'a, 'f> {
    text: &'a str,
    section: &'a str,
    table: &'a DeTable<'a>,
    /// Stands for absent sections.
    empty: &'a DeTable<'a>,
    findings: &'f mut Findings,
}

impl<'a> Keys<'a, '_> {
    fn get(&self, key: &str) -> Option<&'a DeValue<'a>> {
        self.table.get(key).map(|v| v.get_ref())
    }

    fn line(&self, key: &str) -> u32 {
        self.table.get_key_value(key).map_or(0, |(k, _)| line_of(self.text, k.span().start))
    }

    fn path(&self, key: &str) -> String {
        if self.section.is_empty() { key.to_owned() } else { format!("{}.{key}", self.section) }
    }

    /// An error for every key that is not in the list.
    fn only(&mut self, known: &[&str]) {
        const NAMED_MAX: usize = 20;
        let mut unknown: Vec<(usize, &str)> = (self.table.keys())
            .map(|k| (k.span().start, k.get_ref().as_ref()))
            .filter(|(_, key)| !known.contains(key))
            .collect();
        unknown.sort_unstable();
        for &(place, key) in unknown.iter().take(NAMED_MAX) {
            let what = match (self.section, unknown.len()) {
                (_, all) if all > NAMED_MAX => format!("unknown key, one of {all}"),
                ("", _) => "unknown key".to_owned(),
                (section, _) => format!("unknown key in [{section}]"),
            };
            let finding = Finding::error("unknown-key", what)
                .at("", line_of(self.text, place))
                .field("key", key)
                .allowed(known.join(", "))
                .hint("check the spelling and the [section] it stands in");
            self.findings.push(finding);
        }
    }

    fn fault(&mut self, code: &'static str, key: &str, value: &str, what: &str, allowed: &str, hint: &str) {
        let line = self.line(key);
        let finding = Finding::error(code, what).at("", line).field(self.path(key), value).allowed(allowed).hint(hint);
        self.findings.push(finding);
    }

    fn wrong_type(&mut self, key: &str, found: &DeValue<'_>, allowed: &str) {
        self.fault("wrong-type", key, found.type_str(), "the value has the wrong type", allowed, "");
    }

    fn missing(&mut self, key: &str, allowed: &str) {
        let finding = Finding::error("missing-key", "a key is missing").field("key", self.path(key)).allowed(allowed);
        self.findings.push(finding.hint("docs/formats/scenario.md lists all keys"));
    }

    fn text(&mut self, key: &str, default: Option<&str>) -> Option<String> {
        match (self.get(key), default) {
            (Some(DeValue::String(text)), _) => Some(text.clone().into_owned()),
            (Some(other), _) => {
                self.wrong_type(key, other, "a text in double quotes");
                None
            }
            (None, Some(default)) => Some(default.to_owned()),
            (None, None) => {
                self.missing(key, "a text in double quotes");
                None
            }
        }
    }

    fn flag(&mut self, key: &str, default: bool) -> Option<bool> {
        match self.get(key) {
            None => Some(default),
            Some(DeValue::Boolean(flag)) => Some(*flag),
            Some(other) => {
                self.wrong_type(key, other, "true or false");
                None
            }
        }
    }

    fn whole(&mut self, key: &str, default: Option<u64>, low: u64, high: u64) -> Option<u64> {
        let Some(value) = self.get(key) else { return default };
        let DeValue::Integer(number) = value else {
            self.wrong_type(key, value, &format!("a whole number, {low} to {high}"));
            return None;
        };
        let parsed = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| (low..=high).contains(n));
        if parsed.is_none() {
            self.fault("out-of-range", key, &number.to_string(), "out of range", &format!("{low} to {high}"), "");
        }
        parsed
    }

    /// A number, if the key is there.
    fn number(&mut self, key: &str, low: f64, high: f64) -> Option<f64> {
        let written = match self.get(key)? {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            other => {
                self.wrong_type(key, other, "a number");
                return None;
            }
        };
        match written.parse::<f64>() {
            Ok(value) if value >= low && value <= high => Some(value),
            Ok(value) if !value.is_finite() => {
                self.fault("not-finite", key, written, "this is not a finite number", "a finite number", "");
                None
            }
            _ => {
                let allowed = if low == f64::MIN_POSITIVE {
                    format!("above 0, at most {high}")
                } else {
                    format!("{low} to {high}")
                };
                self.fault("out-of-range", key, written, "out of range", &allowed, "");
                None
            }
        }
    }

    /// An instant as RFC 3339 text or TOML date-time, with an offset; whole seconds.
    fn instant(&mut self, key: &str) -> Option<UtcSecond> {
        const ALLOWED: &str = INSTANT_ALLOWED;
        let written = match self.get(key) {
            Some(DeValue::String(text)) => text.clone().into_owned(),
            Some(DeValue::Datetime(instant)) => instant.to_string(),
            Some(other) => {
                self.wrong_type(key, other, ALLOWED);
                return None;
            }
            None => {
                self.missing(key, ALLOWED);
                return None;
            }
        };
        let instant = instant_of(&written);
        if instant.is_none() {
            let hint = "end it with Z for UTC, or with an offset such as +02:00";
            self.fault("not-an-instant", key, &written, "this is no instant in whole seconds", ALLOWED, hint);
        }
        instant
    }

    /// What a `[section]` says; an absent section is an empty one.
    fn section<T>(&mut self, key: &'a str, read: impl FnOnce(&mut Keys<'a, '_>) -> T) -> T {
        let table = match self.get(key) {
            Some(DeValue::Table(table)) => table,
            Some(other) => {
                self.wrong_type(key, other, &format!("a section [{key}]"));
                self.empty
            }
            None => self.empty,
        };
        read(&mut Keys { text: self.text, section: key, table, empty: self.empty, findings: self.findings })
    }
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|&&b| b == b'\n').count() as u32
}
