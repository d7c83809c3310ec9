//! The document: head, headline, tiles, and the order of the sections. Reads like the page.

use crate::html::Html;
use crate::numbers::{self, count, count_of};
use crate::places::Place;
use crate::text::{Both, Lang, Noun, Word, phrase};
use crate::times::Clock;
use crate::{BriefSettings, Checked, Summary, districts, hours, lists, map, trust};
use relight_model::outcome::{Formulation, Limit};
use relight_model::plan::Plan;
use relight_model::{Class, Scenario};

const STYLE: &str = include_str!("style.css");

/// Follows the language switch: sets the language of the document, and starts in the one the address asks for (`#uk`).
const SCRIPT: &str = include_str!("script.js");

/// SHA-256 of [`SCRIPT`], base64: the only script the page may run. A test holds the two together.
const POLICY: &str = concat!(
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-",
    include_str!("script.sha256"),
    "'; base-uri 'none'; form-action 'none'\">"
);

/// All that the sections read.
pub(crate) struct Page<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) plan: &'a Plan,
    pub(crate) limits: &'a [Limit],
    pub(crate) checked: &'a Checked,
    pub(crate) settings: &'a BriefSettings,
    pub(crate) summary: &'a Summary,
    pub(crate) places: &'a [Place],
    pub(crate) clock: &'a Clock,
}

impl Page<'_> {
    /// The whole document.
    pub(crate) fn write(&self) -> String {
        let mut html = Html::default();
        self.head(&mut html);
        self.header(&mut html);
        html.raw("<main>");
        self.headline(&mut html);
        self.tiles(&mut html);
        html.raw("<section class=\"where\"><h2>").both(&Word::Where.both()).raw("</h2><div class=\"split\"><div>");
        map::draw(&mut html, self);
        html.raw("</div><div>").with(|h| districts::by_district(h, self)).raw("</div></div></section>");
        html.raw("<div class=\"split even sheet\"><section><h2>").both(&Word::OutNow.both()).raw("</h2>");
        html.with(|h| lists::outages(h, self)).raw("</section><section><h2>").both(&Word::Limits.both()).raw("</h2>");
        html.with(|h| lists::limits(h, self)).raw("</section></div>");
        html.raw("<section class=\"what\"><h2>").both(&Word::What.both()).raw("</h2><div class=\"split even\"><div>");
        html.with(|h| districts::by_class(h, self)).raw("</div><div>");
        html.with(|h| districts::by_both(h, self)).raw("</div></div></section>");
        html.raw("<section class=\"hours\">");
        html.with(|h| hours::section(h, self)).raw("</section><section class=\"trust\"><h2>");
        html.both(&Word::Trust.both()).raw("</h2>").with(|h| trust::section(h, self)).raw("</section></main><footer>");
        html.both(&Word::Footer.both()).raw("</footer><script>").raw(SCRIPT).raw("</script></body></html>\n");
        html.finish()
    }

    /// Name of the scenario in both languages.
    fn name(&self) -> Both {
        if self.scenario.name.trim().is_empty() {
            Word::Unnamed.both()
        } else {
            Both::of(&self.scenario.name, &self.scenario.name_uk)
        }
    }

    fn head(&self, html: &mut Html) {
        let title = phrase(Word::Title, &[("name", &self.name())]);
        let (lang, first, second) = match self.settings.lang {
            Lang::En => ("<!doctype html>\n<html lang=\"en\">", &title.en, &title.uk),
            Lang::Uk => ("<!doctype html>\n<html lang=\"uk\">", &title.uk, &title.en),
        };
        html.raw(lang).raw("<head><meta charset=\"utf-8\">").raw(POLICY);
        html.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
        html.text(first).raw(" | ").text(second).raw("</title><style>").raw(STYLE).raw("</style></head>");
    }

    /// The switch is two radio buttons, so that it works by keyboard and without scripts.
    fn header(&self, html: &mut Html) {
        let (en, uk) = match self.settings.lang {
            Lang::En => (" checked", ""),
            Lang::Uk => ("", " checked"),
        };
        html.raw(
            "<body><input type=\"radio\" name=\"lang\" id=\"lang-en\" autocomplete=\"off\" aria-label=\"English\"",
        );
        html.raw(en)
            .raw("><input type=\"radio\" name=\"lang\" id=\"lang-uk\" autocomplete=\"off\" aria-label=\"Українська\"");
        html.raw(uk).raw("><header><div><p class=\"kind\">").both(&Word::Kind.both()).raw("</p><p class=\"name\">");
        html.both(&self.name()).raw("</p></div><div class=\"switch\" role=\"presentation\">");
        html.raw("<label for=\"lang-en\" lang=\"en\" class=\"keep\">English</label>");
        html.raw("<label for=\"lang-uk\" lang=\"uk\" class=\"keep\">Українська</label></div></header>");
    }

    fn headline(&self, html: &mut Html) {
        let now = &self.summary.now;
        let all = count_of(numbers::people(now.people), Noun::Person);
        let off = numbers::people(now.people_off);
        let sentence = if now.people <= 0.0 {
            phrase(
                Word::HeadMw,
                &[
                    ("served", &numbers::mw(now.served_mw)),
                    ("demand", &numbers::mw(now.demand_mw)),
                    ("dc", &self.dc_mark()),
                ],
            )
        } else if off == 0 {
            phrase(Word::HeadNobody, &[("all", &all)])
        } else {
            phrase(Word::HeadPeople, &[("off", &Both::same(numbers::grouped(off))), ("all", &all)])
        };
        html.both_in("<h1", &sentence, "</h1>").raw("<p class=\"lead\">");
        let horizon = &self.plan.horizon;
        let (from, to) = (self.clock.full(horizon.at(0)), self.clock.hour_minute(horizon.at(1)));
        html.both(&phrase(Word::NowMeans, &[("from", &from), ("to", &Both::same(to))])).raw(" ");
        html.both(&trust::one_line(self)).raw("</p>");
        let note = match (now.people <= 0.0, self.is_dc()) {
            (true, _) => Word::NoPeople,
            (false, true) => Word::PeopleEstimate,
            (false, false) => Word::PeopleChecked,
        };
        html.both_in("<p class=\"note estimate\"", &note.both(), "</p>");
    }

    fn tiles(&self, html: &mut Html) {
        let s = self.summary;
        html.raw("<div class=\"tiles\">");
        let power = [("served", &numbers::mw(s.now.served_mw)), ("demand", &numbers::mw(s.now.demand_mw))];
        tile(html, Word::TilePower, &phrase(Word::MwOf, &power), &self.physics().both());
        let worst = &s.steps[s.worst_step];
        let dc_mark = self.dc_mark();
        let dc = ("dc", &dc_mark);
        let bad = if worst.people_off > 0.0 {
            phrase(Word::WorstPeople, &[("off", &count(numbers::people(worst.people_off), Noun::Person)), dc])
        } else {
            phrase(Word::WorstMw, &[("missing", &numbers::mw(worst.demand_mw - worst.served_mw)), dc])
        };
        tile(html, Word::TileWorst, &self.clock.short(self.plan.horizon.at(s.worst_step as u32)), &bad);
        let hours = self.horizon_hours();
        let energy = [("served", &numbers::mw(s.served_mwh)), ("demand", &numbers::mw(s.demand_mwh)), dc];
        let energy = phrase(Word::EnergyOf, &energy);
        let counted = s.now.people > 0.0;
        let head = if counted { Word::TileMeanPeople } else { Word::TileMean };
        let head = phrase(head, &[("hours", &hours)]);
        let mean = if counted {
            count(numbers::people(s.people_off_mean), Noun::Person)
        } else {
            numbers::percent(if s.demand_mwh > 0.0 { s.served_mwh / s.demand_mwh } else { 1.0 })
        };
        tile_with_head(html, &head, &mean, &energy);
        let critical = Class::ALL.iter().filter(|c| is_critical(**c)).map(|c| &s.classes[c.i()]);
        let (cut, all) =
            critical.fold((0u64, 0u64), |sum, t| (sum.0 + u64::from(t.feeders_cut()), sum.1 + u64::from(t.feeders)));
        let slots = [("cut", &Both::same(numbers::grouped(cut))), ("all", &count_of(all, Noun::Feeder))];
        tile(html, Word::TileCritical, &phrase(Word::CriticalOf, &slots), &Word::CriticalNote.both());
        html.raw("</div>");
    }

    /// Whether any figure of the plan is a DC estimate: then all are called so.
    pub(crate) fn is_dc(&self) -> bool {
        self.plan.deliveries.iter().any(|d| d.formulation == Formulation::Dc)
    }

    /// What follows a figure: " (DC estimate)", or nothing where voltages were checked.
    pub(crate) fn dc_mark(&self) -> Both {
        if self.is_dc() { Word::DcMark.both() } else { Both::default() }
    }

    fn physics(&self) -> Word {
        if self.is_dc() { Word::DcEstimate } else { Word::AcChecked }
    }

    /// Length of the horizon in hours, with the noun in the right form.
    pub(crate) fn horizon_hours(&self) -> Both {
        let seconds = u64::from(self.plan.horizon.steps) * u64::from(self.plan.horizon.step_s);
        if seconds.is_multiple_of(3600) { count(seconds / 3600, Noun::Hour) } else { numbers::span(seconds as i64) }
    }
}

/// Classes that keep people alive and the city together.
fn is_critical(class: Class) -> bool {
    match class {
        Class::Hospital | Class::Water | Class::Heat | Class::Emergency | Class::Telecom | Class::Shelter => true,
        Class::Homes | Class::Commerce | Class::Industry => false,
    }
}

fn tile(html: &mut Html, head: Word, figure: &Both, note: &Both) {
    tile_with_head(html, &head.both(), figure, note);
}

fn tile_with_head(html: &mut Html, head: &Both, figure: &Both, note: &Both) {
    html.raw("<div class=\"tile\">").both_in("<h2", head, "</h2>").both_in("<p class=\"figure\"", figure, "</p>");
    html.both_in("<p class=\"note\"", note, "</p>").raw("</div>");
}

/// A table head cell over a column of numbers.
pub(crate) fn column(html: &mut Html, word: Word) {
    html.both_in("<th scope=\"col\"", &word.both(), "</th>");
}

/// A number cell.
pub(crate) fn cell(html: &mut Html, text: &Both) {
    html.both_in("<td", text, "</td>");
}
