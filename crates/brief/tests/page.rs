//! The contract of the page: well-formed, self-contained, bilingual, escaped, honest, small.

#[path = "page/markup.rs"]
mod markup;
mod sample;
#[path = "page/sha256.rs"]
mod sha256;

use markup::{Node, parse};
use relight_brief::{BriefError, BriefSettings, Checked, Lang, Summary, render, tables};
use relight_model::outcome::{DeliveryStatus, Formulation};
use relight_model::plan::Plan;
use relight_model::{Assumption, BranchIdx, BusIdx, GeoPoint, Scenario, UtcSecond};

const CHECKED: Checked = Checked { passed: true, worst_violation_pu: 3.2e-10, checks: 17 };

fn page(scenario: &Scenario, plan: &Plan, lang: Lang) -> String {
    let settings = BriefSettings { lang, written_at: UtcSecond(scenario.as_of.0 + 8_100) };
    render(scenario, plan, &sample::six_limits(), &CHECKED, &settings).expect("the sample fits")
}

/// What a reader of that language sees, one line per piece of text.
fn seen(html: &str, lang: &str) -> String {
    let mut out = String::new();
    parse(html).expect("well-formed").read(lang, &mut out);
    out
}

#[test]
fn the_page_tells_the_hand_counted_numbers_in_both_languages() {
    let (scenario, plan) = sample::six_feeders();
    let html = page(&scenario, &plan, Lang::En);
    let en = seen(&html, "en").replace('\u{202f}', " ");
    for text in [
        "4 300 of 6 050 people without power now",
        "21 of 56 MW",
        "DC estimate: voltages not checked",
        "Tue 20 Jan, 09:00",
        "5 500 people without power",
        "4 900 people",
        "1 of 2 feeders",
        "West",
        "2 250",
        "56%",
        "CHP-1",
        "Source – East",
        "around East 10 kV",
        "16 MW cut",
        "60 of 60 MW",
        "Tue 20 Jan 2026, 05:45 (UTC+2) = 2026-01-20 03:45 UTC",
        "2 h 15 min",
        "passed: 17 checks, worst violation 3.2e-10 p.u.",
        "Nothing is mended within the horizon.",
    ] {
        assert!(en.contains(text), "{text:?} is missing in\n{en}");
    }
    let uk = seen(&html, "uk").replace('\u{202f}', " ");
    for text in [
        "4 300 з 6 050 людей зараз без електрики",
        "21 з 56 МВт",
        "Оцінка DC: напруги не перевірено",
        "вт 20 січня, 09:00",
        "Західний",
        "56 %",
        "відрізано 16 МВт",
        "пройдено: 17 перевірок, найбільше порушення 3,2e-10 в. о.",
        "За час плану нічого не ремонтують.",
    ] {
        assert!(uk.contains(text), "{text:?} is missing in\n{uk}");
    }
    assert!(!uk.contains("people"), "English left over in\n{uk}");
}

#[test]
fn the_settings_choose_the_first_language_and_only_that() {
    let (scenario, plan) = sample::six_feeders();
    let (en, uk) = (page(&scenario, &plan, Lang::En), page(&scenario, &plan, Lang::Uk));
    assert!(
        en.starts_with("<!doctype html>\n<html lang=\"en\">") && uk.starts_with("<!doctype html>\n<html lang=\"uk\">")
    );
    let checked = |html: &str, id: &str| {
        let tag = html.split(&format!("id=\"{id}\"")).nth(1).expect("the button is there");
        tag.split('>').next().expect("it ends").contains(" checked")
    };
    assert!(checked(&en, "lang-en") && !checked(&en, "lang-uk"));
    assert!(checked(&uk, "lang-uk") && !checked(&uk, "lang-en"));
    assert_eq!(seen(&en, "uk"), seen(&uk, "uk"));
}

#[test]
fn every_piece_of_english_has_its_ukrainian() {
    let (scenario, plan) = sample::town(4, 3);
    let root = parse(&page(&scenario, &plan, Lang::En)).expect("well-formed");
    let count = |lang: &str| root.iter().filter(|n| n.attribute("lang") == Some(lang)).count();
    // One more each: the root carries the language of the settings.
    assert_eq!(count("en"), count("uk") + 1);
    assert!(count("uk") > 150);
}

#[test]
fn hostile_names_stay_text() {
    let (mut scenario, mut plan) = sample::six_feeders();
    let hostile = "</title></style><script>alert(1)</script><img src=x onerror='alert(2)'>\"'&{off}\u{0}\u{202e}";
    scenario.name = hostile.into();
    scenario.name_uk = hostile.into();
    scenario.time_zone = hostile.into();
    scenario.network.buses.iter_mut().for_each(|b| b.name = hostile.into());
    scenario.network.branches.iter_mut().for_each(|b| b.name = hostile.into());
    scenario.network.generators.iter_mut().for_each(|g| g.name = hostile.into());
    scenario.geography.districts.iter_mut().for_each(|d| (d.name, d.name_uk) = (hostile.into(), hostile.into()));
    let outline = scenario.geography.districts[0].outline.clone();
    scenario.geography.waters.push(relight_model::Path { name: hostile.into(), points: outline });
    plan.situation.bus_out[1] = true;
    let mut limits = sample::six_limits();
    limits.iter_mut().for_each(|l| l.name = hostile.into());
    let settings = BriefSettings { lang: Lang::En, written_at: scenario.as_of };
    let html = render(&scenario, &plan, &limits, &CHECKED, &settings).expect("fits");
    assert_eq!(html.matches("<script>").count(), 1, "only the page's own");
    assert!(!html.contains("<img") && !html.contains('\u{202e}') && !html.contains('\u{0}'));
    let root = parse(&html).expect("well-formed in spite of the names");
    let known = |name: &str| !name.starts_with("on") && name != "src" && name != "style";
    assert!(root.iter().all(|n| n.attributes.iter().all(|(name, _)| known(name))));
    assert!(seen(&html, "en").contains("<script>alert(1)</script>"), "the name is shown as it is");
    assert!(seen(&html, "en").contains("is unknown: times are UTC"));
}

#[test]
fn nothing_is_loaded_and_only_the_named_script_may_run() {
    let (scenario, plan) = sample::town(3, 2);
    let html = page(&scenario, &plan, Lang::En);
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("@import"));
    let root = parse(&html).expect("well-formed");
    for node in root.iter() {
        assert!(
            !matches!(node.name.as_str(), "link" | "img" | "iframe" | "object" | "embed" | "use" | "image"),
            "{}",
            node.name
        );
        assert!(node.attribute("src").is_none() && node.attribute("href").is_none());
    }
    let script = html.split("<script>").nth(1).and_then(|s| s.split("</script>").next()).expect("one script");
    let policy = format!("script-src 'sha256-{}'", sha256::base64(&sha256::digest(script.as_bytes())));
    assert!(html.contains(&policy), "the policy must name the script's own hash: {policy}");
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn every_number_of_the_map_stands_in_the_table() {
    let (scenario, plan) = sample::town(4, 3);
    let root = parse(&page(&scenario, &plan, Lang::En)).expect("well-formed");
    let figure = root.iter().find(|n| n.name == "figure" && n.attribute("class") == Some("map")).expect("a map");
    let table = root.iter().find(|n| n.name == "table").expect("a table");
    let row = |name: &str| {
        let is_row = |n: &&Node| n.name == "tr" && n.children.first().is_some_and(|th| th.all_text("en") == name);
        table.iter().find(is_row).map(|n| n.children.iter().map(|c| c.all_text("en")).collect::<Vec<_>>())
    };
    let labels: Vec<&Node> =
        figure.iter().filter(|n| n.attribute("class") == Some("label") && n.attribute("lang") == Some("en")).collect();
    assert_eq!(labels.len(), 12);
    for label in labels {
        let lines: Vec<String> = label.children.iter().filter(|n| n.name == "text").map(|n| n.all_text("en")).collect();
        // A number stands for a name in the key below the map.
        let key = figure.iter().filter(|n| n.name == "li" && n.children[0].name == "b");
        let named = key.map(|n| (n.children[0].all_text("en"), n.all_text("en")));
        let named =
            named.filter(|(number, _)| *number == lines[0]).map(|(number, all)| all[number.len()..].to_string());
        let shown = match named.last() {
            Some(name) => format!("{} {}", name.trim(), lines[1]),
            None => lines.join(" "),
        };
        let (name, percent) = shown.rsplit_once(' ').expect("a name and a share");
        let row = row(name).unwrap_or_else(|| panic!("{name} is not in the table"));
        assert_eq!(row[2], percent, "{name}");
    }
    // Tooltips of districts: "Name: 80% · 132 000 / ...".
    let titles = figure.iter().filter(|n| n.name == "title").map(|n| &n.children[0].text);
    let tooltips: Vec<&String> = titles.filter(|t| t.contains('·')).collect();
    assert_eq!(tooltips.len(), 12);
    for tooltip in tooltips {
        let english = tooltip.split(" / ").next().expect("two languages");
        let (name, rest) = english.split_once(": ").expect("a name");
        let (percent, off) = rest.split_once(" · ").expect("a number");
        let row = row(name).expect("in the table");
        assert_eq!((row[2].as_str(), row[1].as_str()), (percent, off));
    }
}

#[test]
fn every_place_of_a_country_stands_in_the_table() {
    let (scenario, plan) = sample::country();
    let root = parse(&page(&scenario, &plan, Lang::En)).expect("well-formed");
    let circles: Vec<&Node> =
        root.iter().filter(|n| n.attribute("class").is_some_and(|c| c.starts_with("place "))).collect();
    assert_eq!(circles.len(), 3);
    let table = root.iter().find(|n| n.name == "table").expect("a table");
    let rows: Vec<Vec<String>> = table
        .iter()
        .filter(|n| n.name == "tr")
        .map(|tr| tr.children.iter().map(|c| c.all_text("en")).collect())
        .collect();
    for circle in circles {
        let text = &circle.children[0].children[0].text;
        let english = text.split(" / ").next().expect("two languages");
        let told = |row: &Vec<String>| english == format!("{}: {} · {}", row[0], row[2], row[1]);
        assert!(rows.iter().any(told), "{text} is not in {rows:?}");
    }
    assert!(root.all_text("en").contains("are drawn together: 3 places"));
}

#[test]
fn images_and_tables_can_be_read_without_eyes() {
    let (scenario, plan) = sample::town(4, 3);
    let root = parse(&page(&scenario, &plan, Lang::En)).expect("well-formed");
    for table in root.iter().filter(|n| n.name == "table") {
        assert_eq!(table.children[0].name, "caption");
        assert!(table.iter().filter(|n| n.name == "th").all(|n| n.attribute("scope").is_some()));
    }
    let ids: Vec<&str> = root.iter().filter_map(|n| n.attribute("id")).collect();
    assert!(ids.iter().all(|id| ids.iter().filter(|other| other == &id).count() == 1), "ids are unique: {ids:?}");
    for svg in root.iter().filter(|n| n.name == "svg") {
        if svg.attribute("aria-hidden").is_some() {
            continue;
        }
        assert_eq!(svg.attribute("role"), Some("img"));
        let named = svg.attribute("aria-labelledby").expect("named by its title");
        assert!(named.split(' ').all(|id| ids.contains(&id)));
    }
    let levels: Vec<u32> = root.iter().filter_map(|n| n.name.strip_prefix('h')?.parse().ok()).collect();
    assert_eq!(levels.iter().filter(|l| **l == 1).count(), 1);
    assert_eq!(levels[0], 1);
    assert!(levels.windows(2).all(|w| w[1] <= w[0] + 1), "no level is skipped: {levels:?}");
}

#[test]
fn a_dc_figure_is_always_called_an_estimate() {
    let (mut scenario, plan) = sample::six_feeders();
    for people in [true, false] {
        if !people {
            scenario.feeders.iter_mut().for_each(|f| f.people = 0);
        }
        let html = page(&scenario, &plan, Lang::En);
        for (lang, unit, words) in [("en", " MW", "DC estimate"), ("uk", " МВт", "DC")] {
            let text = seen(&html, lang);
            let lines: Vec<&str> = text.lines().collect();
            // The headline figures: what can be carried, with the words in the same or the next piece of text.
            for (i, line) in lines.iter().enumerate().filter(|(_, l)| l.starts_with("21 ") && l.ends_with(unit)) {
                assert!(line.contains(words) || lines[i + 1].contains(words), "{line}: {}", lines[i + 1]);
            }
            assert!(text.contains(words));
        }
    }
    assert!(seen(&page(&scenario, &plan, Lang::En), "en").contains("21 of 56 MW can be carried now (DC estimate)"));
}

#[test]
fn an_ac_plan_is_not_called_dc_and_says_what_was_checked() {
    let (mut scenario, mut plan) = sample::six_feeders();
    plan.assumptions.retain(|a| *a != Assumption::DcOnly);
    plan.deliveries.iter_mut().for_each(|d| d.formulation = Formulation::Ac);
    for people in [true, false] {
        if !people {
            scenario.feeders.iter_mut().for_each(|f| f.people = 0);
        }
        let html = page(&scenario, &plan, Lang::En);
        for (lang, checked) in [
            ("en", "Voltages, reactive power and losses were checked at every step (AC)."),
            ("uk", "Напруги, реактивну потужність і втрати перевірено на кожному кроці (AC)."),
        ] {
            let text = seen(&html, lang);
            assert!(text.contains(checked), "{text}");
            assert!(!text.contains("DC") && !text.contains("not checked") && !text.contains("не перевірено"), "{text}");
        }
    }
    // One step by DC alone, and the page is an estimate again.
    plan.deliveries[1].formulation = Formulation::Dc;
    assert!(seen(&page(&scenario, &plan, Lang::En), "en").contains("21 of 56 MW can be carried now (DC estimate)"));
}

#[test]
fn what_the_plan_switches_off_is_told() {
    let (scenario, mut plan) = sample::six_feeders();
    assert!(!page(&scenario, &plan, Lang::En).contains("To be switched off"));
    plan.deliveries[1].opened = vec![BranchIdx(0)];
    plan.deliveries[1].darkened = vec![BusIdx(1)];
    let html = page(&scenario, &plan, Lang::En);
    let said = [
        ("en", "To be switched off: with these in service no voltages hold", "in 2 of 4 steps"),
        ("uk", "Вимкнути: поки вони в роботі, допустимих напруг немає", "на 2 з 4 кроків"),
    ];
    for (lang, head, when) in said {
        let text = seen(&html, lang);
        let list = &text[text.find(head).expect("told")..];
        assert!(list.contains("Source – West") && list.contains("West 10 kV"), "{list}");
        assert_eq!(list.matches(when).count(), 2, "{list}");
    }
}

#[test]
fn without_geography_the_tables_stay_and_the_page_says_why() {
    let (mut scenario, plan) = sample::six_feeders();
    scenario.geography.districts.iter_mut().for_each(|d| d.outline.clear());
    scenario.geography.buses.clear();
    let text = seen(&page(&scenario, &plan, Lang::En), "en");
    assert!(text.contains("No map: the scenario gives no outlines"), "{text}");
    assert!(text.contains("By district, most people without power first"));
    scenario.geography.districts.clear();
    scenario.feeders.iter_mut().for_each(|f| f.district = None);
    let text = seen(&page(&scenario, &plan, Lang::En), "en");
    assert!(text.contains("figures are by class alone") && text.contains("Hospitals"), "{text}");
    assert!(text.replace('\u{202f}', " ").contains("4 300 of 6 050 people without power now"));
}

#[test]
fn positions_off_the_earth_do_not_break_the_page() {
    for value in [f64::NAN, f64::INFINITY, 1e308, -200.0] {
        let (mut scenario, plan) = sample::six_feeders();
        scenario.geography.districts[0].outline.iter_mut().for_each(|p| p.lon_deg = value);
        scenario.geography.buses[1] = Some(GeoPoint { lon_deg: value, lat_deg: value });
        let html = page(&scenario, &plan, Lang::En);
        assert!(!html.contains("NaN") && !html.contains("inf ") && parse(&html).is_ok());
        scenario.geography.districts[1].outline.iter_mut().for_each(|p| p.lat_deg = value);
        scenario.geography.buses.iter_mut().for_each(|b| *b = Some(GeoPoint { lon_deg: value, lat_deg: value }));
        assert!(seen(&page(&scenario, &plan, Lang::En), "en").contains("No map"));
    }
}

#[test]
fn nobody_without_power_is_said_in_words() {
    let (scenario, mut plan) = sample::six_feeders();
    plan.deliveries[0].load_served = vec![1.0; 6];
    let html = page(&scenario, &plan, Lang::En);
    assert!(seen(&html, "en").replace('\u{202f}', " ").contains("Nobody is without power now, of 6 050 people"));
    assert!(seen(&html, "en").contains("Nothing: all demand can be carried (DC estimate)."));
}

#[test]
fn what_is_not_certain_is_said() {
    let (mut scenario, mut plan) = sample::six_feeders();
    plan.deliveries[0].status = DeliveryStatus::Feasible;
    plan.deliveries[0].gap = 0.03;
    plan.deliveries[1].status = DeliveryStatus::Failed;
    scenario.assumptions = vec![
        Assumption::PeopleFromPower { people_per_mw: 1800.0 },
        Assumption::ConstantDemand,
        Assumption::AllHomes,
        Assumption::NoHvdc,
        Assumption::NoStorage,
        Assumption::NoRepairs,
    ];
    let settings = BriefSettings { lang: Lang::En, written_at: UtcSecond(scenario.as_of.0 - 60) };
    let html = render(&scenario, &plan, &[], &CHECKED, &settings).expect("fits");
    let text = seen(&html, "en").replace('\u{202f}', " ");
    for said in [
        "not proven best in 2 of 4 steps (largest gap 3%)",
        "no valid answer in 2 of 4 steps",
        "1 800 per MW",
        "dated after this page was written",
        "No single element stands at its limit",
    ] {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    assert_eq!(text.matches("Nothing is mended").count(), 1, "assumed twice, said once");
}

#[test]
fn the_clock_change_is_told() {
    let (mut scenario, mut plan) = sample::six_feeders();
    // 2026-03-29 00:00 UTC; an hour later clocks go forward.
    plan.horizon.start = UtcSecond(1_774_742_400);
    scenario.horizon = plan.horizon;
    let html = page(&scenario, &plan, Lang::En);
    assert!(seen(&html, "en").contains("The clock changes within the horizon: UTC+2 at its start, UTC+3 at its end."));
    let csv = tables::hours_csv(&scenario, &plan, &Summary::of(&scenario, &plan).expect("fits"));
    assert!(csv.contains("2026-03-29T00:30:00Z,2026-03-29T02:30:00+02:00,"));
    assert!(csv.contains("2026-03-29T01:00:00Z,2026-03-29T04:00:00+03:00,"));
}

#[test]
fn a_plan_that_was_not_accepted_is_not_shown() {
    let (scenario, mut plan) = sample::six_feeders();
    let settings = BriefSettings { lang: Lang::En, written_at: scenario.as_of };
    let refused = render(&scenario, &plan, &[], &Checked { passed: false, ..CHECKED }, &settings);
    assert_eq!(refused, Err(BriefError::NotVerified));
    plan.delivery_of_step[0] = 7;
    assert!(matches!(render(&scenario, &plan, &[], &CHECKED, &settings), Err(BriefError::Position { .. })));
    assert!(tables::feeders_csv(&scenario, &plan).is_err());
}

#[test]
fn a_country_fits_three_megabytes_and_says_what_is_left_out() {
    // 2,500 districts, 10,000 substations, 80,000 feeders, 400 streets of which some are drawn.
    let (scenario, plan) = sample::town(50, 50);
    let settings = BriefSettings { lang: Lang::Uk, written_at: scenario.as_of };
    let html = render(&scenario, &plan, &sample::town_limits(&scenario), &CHECKED, &settings).expect("fits");
    assert!(html.len() < 3_000_000, "{} bytes", html.len());
    let text = seen(&html, "en").replace('\u{202f}', " ");
    assert!(text.contains("300 of 10 001 substations, 600 of 2 500 districts."), "{text:.3000}");
    assert!(text.contains("400 of 2 500 listed; the CSV files hold all."));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (scenario, plan) = sample::town(4, 3);
    assert_eq!(page(&scenario, &plan, Lang::Uk), page(&scenario.clone(), &plan.clone(), Lang::Uk));
}
