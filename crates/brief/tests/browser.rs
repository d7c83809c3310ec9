//! What only a browser can tell: the page as Chromium lays it out on a desktop, on a phone and on A4.
//!
//! Skipped, and loudly so, where no Chromium is installed.

mod sample;

use relight_brief::{BriefSettings, Checked, Lang, render};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lays the page out in frames of both widths and both languages, and writes one line per frame.
const PROBE: &str = r#"<!doctype html><pre id="told"></pre><script>
const told = [], frames = [];
for (const width of [1280, 375]) for (const lang of ["en", "uk"]) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `border:0;width:${width}px;height:3000px`;
  frame.src = `brief.html#${lang}`;
  document.body.append(frame);
  frames.push([frame, width, lang]);
}
onload = () => {
  for (const [frame, width, lang] of frames) {
    const page = frame.contentDocument, all = (s) => [...page.querySelectorAll(s)];
    const seen = all(".label").filter((l) => l.getClientRects().length && l.getBoundingClientRect().width > 0);
    const boxes = seen.flatMap((l) => [[...l.querySelectorAll("text")]]).map((lines) => {
      const r = lines.map((t) => t.getBoundingClientRect());
      return { l: Math.min(...r.map((b) => b.left)), r: Math.max(...r.map((b) => b.right)),
               t: Math.min(...r.map((b) => b.top)), b: Math.max(...r.map((b) => b.bottom)) };
    });
    let overlaps = 0;
    boxes.forEach((a, i) => boxes.slice(0, i).forEach((b) => {
      if (a.l < b.r - 1 && b.l < a.r - 1 && a.t < b.b - 3 && b.t < a.b - 3) overlaps++;
    }));
    const cut = width < 1000 ? 0 : all(".scroll").filter((s) => s.scrollWidth > s.clientWidth + 1).length;
    const letters = Math.min(...seen.map((l) => l.querySelector("text").getBoundingClientRect().height));
    told.push([width, lang, `language=${page.documentElement.lang}`, `sideways=${page.documentElement.scrollWidth - page.documentElement.clientWidth}`,
      `labels=${seen.length}`, `overlaps=${overlaps}`, `cut=${cut}`, `legible=${letters >= 9.5}`].join(" "));
  }
  document.getElementById("told").textContent = told.join("\n");
};
</script>"#;

fn chromium() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success()));
    if found.is_none() {
        eprintln!("SKIPPED: no Chromium found; the layout of the brief was not checked (apt-get install chromium)");
    }
    found
}

/// A folder with the page of an invented town.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("the folder of the tests is writable");
    let (scenario, plan) = sample::town(4, 3);
    let checked = Checked { passed: true, worst_violation_pu: 3.2e-10, checks: 17 };
    let settings = BriefSettings { lang: Lang::Uk, written_at: scenario.as_of };
    let html = render(&scenario, &plan, &sample::town_limits(&scenario), &checked, &settings).expect("the town fits");
    std::fs::write(folder.join("brief.html"), html).expect("writable");
    std::fs::write(folder.join("probe.html"), PROBE).expect("writable");
    folder
}

/// Runs Chromium on a file of the folder. The sandbox is off because containers that run as root have none; the page is
/// our own. The probe may look into its frames only if files may read files.
fn run(chromium: &str, folder: &Path, option: &str, file: &str) -> String {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", &profile])
        .args(["--no-pdf-header-footer", option])
        .arg(format!("file://{}", folder.join(file).display()))
        .output()
        .expect("Chromium starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn nothing_overflows_or_overlaps_on_desktop_and_phone() {
    let Some(chromium) = chromium() else { return };
    let dom = run(chromium, &folder("brief-screen"), "--dump-dom", "probe.html");
    let told = dom.split("id=\"told\">").nth(1).and_then(|s| s.split("</pre>").next()).expect("the probe tells");
    let lines: Vec<&str> = told.lines().collect();
    let expected = [(1280, "en"), (1280, "uk"), (375, "en"), (375, "uk")].map(|(width, lang)| {
        format!("{width} {lang} language={lang} sideways=0 labels=12 overlaps=0 cut=0 legible=true")
    });
    assert_eq!(lines, expected);
}

#[test]
fn a_city_prints_on_two_pages() {
    let Some(chromium) = chromium() else { return };
    let folder = folder("brief-print");
    let pdf = folder.join("brief.pdf");
    for lang in ["en", "uk"] {
        run(chromium, &folder, &format!("--print-to-pdf={}", pdf.display()), &format!("brief.html#{lang}"));
        let bytes = std::fs::read(&pdf).expect("the PDF is there");
        let text = String::from_utf8_lossy(&bytes);
        let pages = text.matches("/Type /Page").count() - text.matches("/Type /Pages").count();
        assert_eq!(pages, 2, "{lang}");
    }
}
