//! Findings in Ukrainian. Readers name each kind of fault by a stable code; here each code has its sentence and its hint.
//! Place, field, value and allowed range come from the finding itself. A code without an entry is shown in English, so that
//! nothing is ever hidden; a test holds that every code of the readers has its entry.

use relight_model::Finding;
use std::fmt::Write;

/// Code, sentence, hint.
const TABLE: &[(&str, &str, &str)] = &[
    ("all-isolated", "усі вузли ізольовані: планувати нічого", "перевірте стовпець типу"),
    ("bad-attributes", "attributes - не список назв", "експортуйте файл ще раз"),
    ("bad-clock", "така група з'єднання з цими обмотками неможлива", "перевірте clock"),
    ("bad-cost", "вартість генератора записана неправильно", "перевірте таблицю gencost"),
    ("bad-curve", "це не крива насоса, що піднімає тиск", "пишіть коефіцієнти \"-0.0001 0 8\" або точки \"0:8 300:6\""),
    ("bad-damage", "список пошкоджень не відповідає мережі", "рядки рахують з 1; вузли називають за номером"),
    ("bad-data-periods", "кількість записів на годину не ділить 60", "перевірте рядок DATA PERIODS"),
    (
        "bad-instant",
        "це не момент часу",
        "години, яку годинники навесні перескакують, за місцевим часом немає: пишіть UTC із Z",
    ),
    ("bad-json", "це не JSON", "перевірте дужки й коми у вказаному рядку"),
    ("bad-location", "місце метеостанції не вказано", "виправте перший рядок файлу"),
    ("bad-number", "це не число", "пишіть лише цифри, без одиниць"),
    (
        "bad-plan",
        "файл плану пошкоджено або він від іншого сценарію",
        "візьміть теку, яку записав relight plan, без змін",
    ),
    ("bad-row", "рядок має бути об'єктом або списком", "експортуйте файл ще раз"),
    ("bad-string", "текст у лапках записано неправильно", "перевірте лапки"),
    ("branch-to-itself", "обидва кінці гілки - той самий вузол", "перевірте номери вузлів"),
    ("broken-csv", "таблицю неможливо прочитати", "збережіть її як текст UTF-8 з комами"),
    ("broken-table", "таблицю неможливо прочитати", "експортуйте файл ще раз"),
    ("broken-toml", "файл TOML записано неправильно", "перевірте вказаний рядок"),
    ("cannot-deliver", "подачу неможливо обчислити", "перевірте вхідні дані"),
    ("cannot-make-city", "місто з такими параметрами неможливо створити", "3000000 - розмір самого Зимового міста"),
    ("cannot-plan", "план неможливо обчислити", "перевірте вхідні дані"),
    ("cannot-write-brief", "довідку неможливо записати", "перевірте дані сценарію"),
    ("cannot-write-plan", "план неможливо записати", "перевірте дані сценарію"),
    ("cell-too-long", "клітинка задовга", "чи не бракує лапок?"),
    ("constant-power", "навантаження, що залежать від напруги, стають фідерами сталої потужності", "решту прочитано"),
    ("demand-not-planned", "навантаження вузла без фідера не входить у план", "додайте фідер у feeders.csv"),
    ("duplicate-bus", "вузол названо двічі", "залиште один рядок"),
    ("duplicate-column", "стовпець є двічі", "приберіть один із двох"),
    ("duplicate-id", "ідентифікатор уже зайнятий", "дайте кожному рядку власний"),
    ("empty-cell", "клітинка порожня", "заповніть її"),
    ("empty-file", "файл порожній", "завантажте або експортуйте його ще раз"),
    ("exists", "тека вже є і не порожня", "оберіть іншу теку або додайте --overwrite"),
    ("file-too-large", "файл більший за будь-яку відому мережу", "перевірте, чи це той файл"),
    (
        "heating-differs",
        "будинок має тепловий пункт, а опалення вказано інше",
        "приберіть тепловий пункт або пишіть district",
    ),
    (
        "heating-not-known",
        "не вказано, чим опалюються будинки; плани тепла їх не враховують",
        "заповніть heating або substation",
    ),
    ("hvdc-reactive", "реактивну потужність перетворювачів не змодельовано", "решту прочитано"),
    ("ids-shifted", "номери вузлів зсунуто: номера 0 у relight немає", "у списку пошкоджень пишіть нові номери"),
    ("impedance-correction", "таблиці корекції опору не застосовано", "решту прочитано"),
    ("isolated-bus", "вузол ні з чим не з'єднаний", "дайте йому тип 4, якщо так і має бути"),
    ("limits-crossed", "нижня межа вища за верхню", "поміняйте межі місцями"),
    ("missing-attribute", "бракує атрибута", "додайте його"),
    ("missing-base", "немає базової потужності", "додайте mpc.baseMVA"),
    ("missing-column", "бракує стовпця", "додайте його в заголовок і в кожен рядок"),
    ("missing-file", "такого файлу немає", "перевірте шлях"),
    ("missing-folder", "такої теки немає", "перевірте шлях"),
    ("missing-key", "бракує ключа", "додайте його"),
    ("missing-table", "бракує таблиці", "перевірте, чи файл повний"),
    ("missing-version", "не вказано версію формату", "потрібна версія 2"),
    ("negative", "значення не може бути від'ємним", "перевірте знак"),
    ("negative-resistance", "опір від'ємний", "перевірте знак"),
    ("no-buses", "у мережі немає вузлів", "перевірте, чи файл повний"),
    ("no-curve", "насос не має кривої", "заповніть curve_bar або curve_points"),
    (
        "no-draw",
        "потрібне одне з двох: температура зворотної води або витрата",
        "заповніть t_return_c або mdot_kg_per_s",
    ),
    ("no-feeders", "немає жодного фідера", "додайте рядки у feeders.csv"),
    ("no-generator", "жоден генератор не працює: живити нічим", "уражене записують у список пошкоджень, а не в мережу"),
    ("no-header", "таблиця без заголовка", "назвіть стовпці в першому рядку"),
    ("no-limit", "зовнішня мережа без межі: дає, скільки просять", "вкажіть межу, якщо її знаєте"),
    ("no-load", "у мережі немає навантажень: планувати ні для кого", "перевірте файл мережі"),
    ("no-reference", "немає опорного вузла", "дайте тип 3 вузлу найбільшого генератора"),
    (
        "no-substation",
        "будинок на централізованому опаленні, але без теплового пункту; плани тепла його не враховують",
        "назвіть тепловий пункт або пишіть own, stove чи electric",
    ),
    ("not-a-file", "це не звичайний файл", "назвіть файл"),
    ("not-a-flag", "це ні true, ні false", "пишіть true або false"),
    ("not-a-list", "тут має бути список", "наприклад [3, 7]"),
    ("not-a-net", "це не мережа pandapower", "збережіть її через pandapower.to_json"),
    ("not-a-number", "це не число", "пишіть лише цифри, без одиниць; десятковий знак - крапка"),
    ("not-a-plan-folder", "--overwrite замінює лише теки планів", "оберіть іншу теку"),
    ("not-an-id", "це не ідентифікатор", "візьміть ідентифікатор у лапки"),
    ("not-an-instant", "це не момент часу", "наприклад 2026-01-20T06:00:00Z"),
    ("not-an-integer", "тут має бути ціле число", "рядки рахують з 1"),
    ("not-an-object", "тут має бути об'єкт JSON", "наприклад {\"branches\":[3],\"gens\":[],\"buses\":[101]}"),
    ("not-finite", "це не скінченне число", "перевірте значення"),
    ("not-geojson", "це не GeoJSON", "експортуйте геометрію ще раз"),
    ("not-positive", "значення має бути більше за 0", "перевірте значення та одиниці"),
    ("not-power-grid-model", "це не вхідний файл power-grid-model", "перевірте, чи це той файл"),
    ("not-text", "це не текстовий файл", "перевірте, чи це той файл"),
    ("not-used", "ці дані не використано", "решту прочитано"),
    (
        "not-verified",
        "незалежна перевірка відхиляє план; його не записано",
        "це помилка програми: повідомте про неї разом зі сценарієм",
    ),
    ("not-whole", "це не ціле число", "округліть його"),
    ("not-writable", "неможливо записати", "перевірте, чи є тека і чи маєте право писати в неї"),
    ("out-of-range", "значення поза межами", "перевірте одиницю й стовпець"),
    ("outside-folder", "файл має лежати в теці сценарію", "скопіюйте його туди"),
    ("people-differ", "кількість людей не сходиться", "перевірте таблиці"),
    ("radiation-incomplete", "дані про сонце неповні й не використані", "потрібні всі три стовпці в кожному рядку"),
    ("remote-control", "генератор тримає напругу власного вузла", "решту прочитано"),
    ("same-junction", "обидва кінці - той самий вузол теплової мережі", "подача і зворотна - різні вузли"),
    ("several-parts", "об'єкт має кілька частин", "залиште одну"),
    ("several-references", "в одній частині мережі кілька опорних вузлів", "залиште один, іншим дайте тип 2"),
    ("soc-is-no-plan", "конусна релаксація дає межу, а не план", "план AC називає цю межу"),
    ("stale-assumption", "припущення більше не відповідає таблицям", "приберіть його зі scenario.toml"),
    ("stopped", "планування зупинено", "запустіть ще раз"),
    ("too-few-columns", "у рядку замало стовпців", "порожня клітинка теж потребує коми"),
    ("too-large", "даних більше, ніж можна спланувати", "перевірте, чи це той файл"),
    ("too-many-columns", "забагато стовпців", "клітинку з комою беруть у лапки"),
    ("too-many-errors", "забагато помилок, читання зупинено", "виправте перші й спробуйте ще раз"),
    ("too-many-faults", "забагато помилок, читання зупинено", "виправте перші й спробуйте ще раз"),
    ("too-many-rows", "таблиця задовга", "перевірте, чи це той файл"),
    ("truncated-table", "таблиця обривається", "файл неповний: завантажте його ще раз"),
    ("typical-year", "місяці різних років складено в один рік", "так будують типовий рік; моменти часу умовні"),
    ("unequal-lengths", "таблиці різної довжини", "перевірте, чи файл повний"),
    ("unequal-rows", "рядки таблиці різної довжини", "перевірте вказаний рядок"),
    ("unknown-building", "такого будинку немає", "перевірте написання"),
    ("unknown-bus", "такого вузла в мережі немає", "давайте номер вузла, а не рядок"),
    ("unknown-bus-type", "невідомий тип вузла", "дозволено 1, 2, 3, 4"),
    ("unknown-class", "невідомий клас", "перевірте написання"),
    ("unknown-column", "невідомий стовпець не використано", "перевірте написання або приберіть його"),
    (
        "unknown-conversion",
        "невідомий код перетворення одиниць: не вгадуємо",
        "збережіть мережу вже у відносних одиницях",
    ),
    ("unknown-cost-model", "невідома модель вартості", "дозволено 1 і 2"),
    ("unknown-damage", "пошкодження називає те, чого немає в мережі", "рядки рахують з 1"),
    ("unknown-district", "такого району немає", "перевірте districts.csv"),
    ("unknown-feeder", "такого фідера немає", "перевірте feeders.csv"),
    ("unknown-format", "формат файлу невідомий", "читаємо .m, .json, .raw"),
    ("unknown-generator", "такого генератора немає", "вкажіть рядок таблиці генераторів, рахуючи з 1"),
    ("unknown-heating", "невідомий спосіб опалення", "district, own, stove або electric"),
    ("unknown-id", "зміна стосується того, чого в мережі немає", "перевірте номер"),
    ("unknown-junction", "такого вузла теплової мережі немає", "перевірте написання"),
    ("unknown-key", "невідомий ключ", "перевірте написання"),
    ("unknown-kind", "невідомий вид", "перевірте написання"),
    ("unknown-profile", "такого профілю немає", "перевірте profiles.csv"),
    ("unknown-schema", "записано іншою версією", "спробуйте цю версію relight ще раз"),
    ("unknown-substation", "такого теплового пункту немає", "перевірте написання"),
    ("unknown-time-zone", "невідомий часовий пояс", "наприклад Europe/Kyiv"),
    ("unreadable-file", "файл неможливо прочитати", "перевірте права доступу й диск"),
    ("unsupported-component", "такий елемент не читаємо, а без нього результат хибний", "приберіть його або замініть"),
    ("unsupported-element", "елементи цього виду не читаємо", "приберіть їх або замініть"),
    ("unsupported-revision", "читаємо лише RAW версії 33", "експортуйте мережу у версії 33"),
    ("unsupported-version", "ця версія формату не підтримується", "збережіть у підтримуваній версії"),
    ("unused-key", "ключ не використано", "приберіть його"),
    ("voltage-conflict", "лінія з'єднує вузли різної номінальної напруги", "перевірте base_kv"),
    ("weather-duplicate", "цей момент часу є двічі", "залиште один із рядків"),
    ("weather-gap", "ряд погоди не йде рівними кроками", "додайте пропущені рядки з іншого джерела"),
    (
        "weather-not-covering",
        "погода не охоплює горизонт плану",
        "візьміть довший ряд або змініть горизонт у scenario.toml",
    ),
    ("weather-order", "момент часу раніший, ніж у рядку вище", "впорядкуйте рядки за часом"),
    ("weather-step", "крок ряду закороткий або задовгий", "найкраще погодинні дані"),
    ("weather-too-short", "ряд погоди має щонайменше два кроки", "перевірте, чи файл повний"),
    ("wrong-delimiter", "стовпці розділено не комами", "збережіть CSV з комами й крапкою як десятковим знаком"),
    ("wrong-geometry", "геометрія не того виду", "райони - Polygon, вулиці - LineString"),
    ("wrong-type", "значення не того виду", "перевірте значення"),
    (
        "zero-impedance",
        "гілка не має ні активного, ні реактивного опору",
        "використайте замкнений вимикач або малий опір, як-от 1e-4",
    ),
];

/// Words of allowed ranges that are worth translating; the rest are numbers and names.
const PHRASES: &[(&str, &str)] = &[
    ("whole number", "ціле число"),
    ("or more", "або більше"),
    ("or less", "або менше"),
    ("at most", "щонайбільше"),
    ("at least", "щонайменше"),
    (" to ", " до "),
    ("required:", "потрібні:"),
    ("comma", "кома"),
];

/// One finding as a line.
pub fn line(f: &Finding) -> String {
    let Some((_, message, hint)) = TABLE.iter().find(|(code, ..)| *code == f.code) else { return f.to_string() };
    let mut out = String::new();
    if !f.file.is_empty() {
        let _ = write!(out, "{}: ", f.file);
    }
    let _ = match (f.table.is_empty(), f.row) {
        (true, 0) => Ok(()),
        (true, line) => write!(out, "рядок файлу {line}: "),
        (false, 0) => write!(out, "{}: ", f.table),
        (false, row) => write!(out, "{} рядок {row}: ", f.table),
    };
    if !f.field.is_empty() {
        let _ = write!(out, "{} = {}: ", f.field, if f.value.is_empty() { "(порожньо)" } else { &f.value });
    }
    out.push_str(message);
    if !f.allowed.is_empty() {
        let allowed = PHRASES.iter().fold(f.allowed.clone(), |text, (en, uk)| text.replace(en, uk));
        let _ = write!(out, " (дозволено: {allowed})");
    }
    let _ = write!(out, "; підказка: {hint}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// All codes in the sources below a folder: the first string of `Finding::error(`, `.fault(` and the like.
    fn codes(dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                codes(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let product = text.split("#[cfg(test)]").next().unwrap_or("");
                for call in ["error(", "warning(", "note(", "fault(", "warn("] {
                    for rest in product.split(call).skip(1) {
                        let rest = rest.trim_start();
                        if let Some(code) = rest.strip_prefix('"').and_then(|r| r.split('"').next())
                            && code.contains('-')
                            && code.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                        {
                            found.push(code.to_owned());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_of_the_readers_has_its_ukrainian_sentence() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = Vec::new();
        for room in ["model/src", "formats/src", "cli/src"] {
            codes(&crates.join(room), &mut found);
        }
        found.sort();
        found.dedup();
        assert!(found.len() > 40, "the search found too few codes: {found:?}");
        let missing: Vec<_> = found.iter().filter(|c| !TABLE.iter().any(|(code, ..)| code == c)).collect();
        assert!(missing.is_empty(), "no Ukrainian sentence for {missing:?}");
    }

    #[test]
    fn the_table_is_sorted_and_names_each_code_once() {
        assert!(TABLE.windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn a_finding_keeps_its_place_value_and_range() {
        let f = Finding::error("negative-resistance", "resistance is negative")
            .file("case.m")
            .at("branch", 7)
            .field("r_pu", -1.0)
            .allowed("0 or more");
        assert_eq!(
            line(&f),
            "case.m: branch рядок 7: r_pu = -1: опір від'ємний (дозволено: 0 або більше); підказка: перевірте знак"
        );
    }
}
