//! The plan folder: `plan.json`, `brief.html`, tables, and the scenario it was made from, written all or nothing.

use crate::args::Lang;
use crate::report::{self, Refused};
use relight_brief::{BriefSettings, Checked, Summary, tables};
use relight_formats::scenario::Existing;
use relight_model::outcome::Limit;
use relight_model::plan::Plan;
use relight_model::{Finding, Scenario, UtcSecond};
use relight_verify::Verdict;
use std::fs;
use std::path::{Path, PathBuf};

/// What goes into the folder.
pub struct Contents<'a> {
    /// What the plan was made from.
    pub scenario: &'a Scenario,
    /// The plan.
    pub plan: &'a Plan,
    /// What the independent check said.
    pub verdict: &'a Verdict,
    /// What limits the first step.
    pub limits: &'a [Limit],
    /// Instant that the age of the data counts to.
    pub written_at: UtcSecond,
}

/// A folder in the making, beside its final place. Dropped before [`Staging::finish`], it leaves nothing behind.
pub struct Staging {
    work: PathBuf,
    target: PathBuf,
}

impl Staging {
    /// Checks that the folder may be written and makes the place to write to.
    pub fn begin(target: &Path, overwrite: bool, lang: Lang) -> Result<Self, Refused> {
        let occupied = target.is_file() || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_some());
        if occupied && !overwrite {
            report::refuse_existing(target, lang)?;
        }
        if occupied && !target.join("plan.json").is_file() {
            return report::refuse(
                Finding::error("not-a-plan-folder", "--overwrite replaces plan folders only, and this is none")
                    .file(target.display().to_string())
                    .hint("choose another folder"),
                lang,
            );
        }
        let name = target.file_name().map_or_else(|| "plan".into(), |n| n.to_string_lossy().into_owned());
        let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let work = parent.join(format!(".{name}.{}.tmp", std::process::id()));
        let made = fs::create_dir_all(parent).and_then(|()| fs::create_dir(&work));
        made.or_else(|e| report::cannot_write(&parent.display().to_string(), &e, lang))?;
        Ok(Self { work, target: target.to_owned() })
    }

    fn write(&self, name: &str, text: &str, lang: Lang) -> Result<(), Refused> {
        let path = self.work.join(name);
        fs::write(&path, text).or_else(|e| report::cannot_write(&path.display().to_string(), &e, lang))
    }

    /// Moves the finished folder to its place; what was there before goes, or stays if the new one cannot come.
    fn finish(self, lang: Lang) -> Result<(), Refused> {
        let old = self.work.with_extension("old");
        let replaces = self.target.exists();
        let moved = if replaces { fs::rename(&self.target, &old) } else { Ok(()) };
        let moved = moved.and_then(|()| {
            fs::rename(&self.work, &self.target).inspect_err(|_| {
                if replaces {
                    // If even this fails, the plan is in the folder named `old`; the error below is told either way.
                    let _ = fs::rename(&old, &self.target);
                }
            })
        });
        if moved.is_ok() && replaces {
            // The new plan stands; a leftover of the old one is untidy, not a failure.
            let _ = fs::remove_dir_all(&old);
        }
        moved.or_else(|e| report::cannot_write(&self.target.display().to_string(), &e, lang))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Gone already when `finish` moved it.
        let _ = fs::remove_dir_all(&self.work);
    }
}

/// Writes the folder.
pub fn write(staging: Staging, contents: &Contents, lang: Lang) -> Result<(), Refused> {
    let Contents { scenario, plan, verdict, limits, written_at } = contents;
    let json = relight_formats::plan_file::write(scenario, plan)
        .or_else(|e| report::refuse(Finding::error("cannot-write-plan", e), lang))?;
    staging.write("plan.json", &json, lang)?;
    let checked = Checked {
        passed: verdict.passed,
        worst_violation_pu: plan.deliveries.iter().map(|d| d.max_violation_pu).fold(0.0, f64::max),
        checks: verdict.checks.len(),
    };
    let settings = BriefSettings {
        lang: if lang == Lang::Uk { relight_brief::Lang::Uk } else { relight_brief::Lang::En },
        written_at: *written_at,
    };
    let html = relight_brief::render(scenario, plan, limits, &checked, &settings)
        .or_else(|e| report::refuse(Finding::error("cannot-write-brief", e.to_string()), lang))?;
    staging.write("brief.html", &html, lang)?;
    let no_tables = |e: relight_brief::BriefError| Finding::error("cannot-write-brief", e.to_string());
    let summary = Summary::of(scenario, plan).or_else(|e| report::refuse(no_tables(e), lang))?;
    let feeders = tables::feeders_csv(scenario, plan).or_else(|e| report::refuse(no_tables(e), lang))?;
    staging.write("districts.csv", &tables::districts_csv(scenario, &summary), lang)?;
    staging.write("hours.csv", &tables::hours_csv(scenario, plan, &summary), lang)?;
    staging.write("feeders.csv", &feeders, lang)?;
    let snapshot = staging.work.join("scenario");
    relight_formats::scenario::write(&snapshot, scenario, Existing::Keep)
        .or_else(|e| report::refuse(Finding::error("not-writable", e.to_string()), lang))?;
    staging.finish(lang)
}
