//! All words of the brief, English and Ukrainian side by side in one table with typed keys.
//!
//! A phrase may hold `{name}` slots; [`phrase`] fills them. A key without a translation does not compile, and a test
//! holds that both languages fill the same slots.

use relight_model::Class;

/// The same text in both languages. Plain text: the writer escapes it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Both {
    pub(crate) en: String,
    pub(crate) uk: String,
}

impl Both {
    /// A text that reads the same in both languages: numbers, ids, names without a translation.
    pub(crate) fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: text.clone(), uk: text }
    }

    /// Both languages of something that is named in two.
    pub(crate) fn of(en: &str, uk: &str) -> Self {
        Self { en: en.into(), uk: if uk.is_empty() { en.into() } else { uk.into() } }
    }
}

/// Language of the brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Ukrainian.
    Uk,
}

macro_rules! words {
    ($($key:ident: $en:literal, $uk:literal;)*) => {
        /// Key of a phrase.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Word { $($key,)* }

        impl Word {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Word] = &[$(Word::$key,)*];

            pub(crate) fn en(self) -> &'static str {
                match self { $(Word::$key => $en,)* }
            }

            pub(crate) fn uk(self) -> &'static str {
                match self { $(Word::$key => $uk,)* }
            }

            /// The phrase without slots.
            pub(crate) fn both(self) -> Both {
                Both { en: self.en().into(), uk: self.uk().into() }
            }
        }
    };
}

words! {
    // Head
    Title: "Power supply brief: {name}", "Зведення про електропостачання: {name}";
    Kind: "Power supply brief", "Зведення про електропостачання";
    Unnamed: "unnamed scenario", "сценарій без назви";
    HeadPeople: "{off} of {all} without power now", "{off} з {all} зараз без електрики";
    HeadNobody: "Nobody is without power now, of {all}", "З {all} зараз без електрики немає нікого";
    HeadMw: "{served} of {demand} MW can be carried now{dc}", "Зараз можна передати {served} з {demand} МВт{dc}";
    NowMeans: "“Now”: {from} to {to}, the first step of the plan.", "«Зараз»: {from} – {to}, перший крок плану.";
    PeopleEstimate: "People are counted from the DC estimate of what can be carried; voltages were not checked.",
                    "Людей пораховано за оцінкою DC того, що можна передати; напруги не перевірено.";
    PeopleChecked: "People are counted from what can be carried; voltages, reactive power and losses were checked.",
                   "Людей пораховано за тим, що можна передати; напруги, реактивну потужність і втрати перевірено.";
    // Tiles
    TilePower: "Power that can be carried now", "Потужність, яку зараз можна передати";
    MwOf: "{served} of {demand} MW", "{served} з {demand} МВт";
    DcMark: " (DC estimate)", " (оцінка DC)";
    AcChecked: "Voltages, reactive power and losses checked", "Напруги, реактивну потужність і втрати перевірено";
    AcMeans: "Voltages, reactive power and losses were checked at every step (AC).",
             "Напруги, реактивну потужність і втрати перевірено на кожному кроці (AC).";
    DcEstimate: "DC estimate: voltages not checked", "Оцінка DC: напруги не перевірено";
    DcMeans: "DC estimate: active power only. Voltages were not checked, and it is no bound: the real network may carry less, and now and then more.",
             "Оцінка DC: лише активна потужність. Напруги не перевірено, і це не межа: справжня мережа може передати менше, а зрідка й більше.";
    TileWorst: "Worst time", "Найгірший час";
    WorstPeople: "{off} without power{dc}", "{off} без електрики{dc}";
    WorstMw: "{missing} MW not served{dc}", "не покрито {missing} МВт{dc}";
    TileMean: "Mean over {hours}", "У середньому ({hours})";
    TileMeanPeople: "Without power, mean over {hours}", "Без електрики, у середньому ({hours})";
    EnergyOf: "{served} of {demand} MWh served{dc}", "покрито {served} з {demand} МВт·год{dc}";
    TileCritical: "Critical services cut now", "Критичні служби без повного живлення";
    CriticalOf: "{cut} of {all}", "{cut} з {all}";
    CriticalNote: "hospitals, water, heat, emergency, telecom, shelters", "лікарні, вода, тепло, екстрені служби, зв’язок, укриття";
    // Districts
    Where: "Where people are without power", "Де люди без електрики";
    MapTitle: "Map of people without power by district, now", "Карта: частка людей без електрики за районами, зараз";
    MapDesc: "Districts shaded and hatched by the share of people without power; substations by supply. The table of districts holds the same numbers.",
             "Райони заштриховано за часткою людей без електрики; підстанції позначено за живленням. Таблиця районів містить ті самі числа.";
    NoMapGeography: "No map: the scenario gives no outlines of districts and no positions of substations. The table holds all numbers.",
                    "Карти немає: у сценарії немає меж районів і координат підстанцій. Усі числа — в таблиці.";
    NoMapExtent: "No map: the positions in the scenario span no area that can be drawn. The table holds all numbers.",
                 "Карти немає: координати у сценарії не утворюють площі, яку можна зобразити. Усі числа — в таблиці.";
    NoOutlines: "Outlines of {n} of {m} districts are not in the data; they are in the table only.",
                "Меж {n} з {m} районів немає в даних; вони лише в таблиці.";
    Legend: "People without power", "Людей без електрики";
    LegendNone: "under 1%", "до 1 %";
    SubstationFull: "substation supplied", "підстанція живиться";
    SubstationPart: "supplied in part", "живиться частково";
    SubstationOut: "without supply", "без живлення";
    PlantOut: "plant or source out", "електростанція чи джерело не працює";
    PlacesDrawn: "Districts too small to be seen are drawn together: {n} places, the area of a circle by people.",
                 "Райони, замалі для карти, зображено разом: населених пунктів — {n}, площа кола — за кількістю людей.";
    PlaceTable: "By place, most people without power first", "За населеними пунктами, спершу ті, де найбільше людей без електрики";
    Place: "Place", "Населений пункт";
    Elsewhere: "Elsewhere", "Решта";
    Drawn: "Drawn: {streets} of {streets_all} streets, {stations} of {stations_all} substations, {districts} of {districts_all} districts.",
           "Зображено: вулиць {streets} з {streets_all}, підстанцій {stations} з {stations_all}, районів {districts} з {districts_all}.";
    DistrictTable: "By district, most people without power first", "За районами, спершу ті, де найбільше людей без електрики";
    District: "District", "Район";
    OffNow: "Without power now", "Зараз без електрики";
    OfPeople: "of people", "з людей";
    Share: "Share", "Частка";
    OffMost: "At worst", "Найгірше";
    OffMean: "Mean", "Середнє";
    MwServed: "MW served", "Покрито МВт";
    MwDemand: "of MW", "з МВт";
    Total: "Total", "Разом";
    OtherDistricts: "{n} more", "ще {n}";
    Outside: "Outside all districts", "Поза районами";
    AllDistricts: "All districts ({n})", "Усі райони ({n})";
    Listed: "{n} of {m} listed; the CSV files hold all.", "Наведено {n} з {m}; усі — у файлах CSV.";
    NoDistricts: "The scenario knows no districts: figures are by class alone.", "У сценарії немає районів: числа лише за категоріями.";
    NoPeople: "The scenario counts no people: figures are in MW and feeders.", "У сценарії не враховано людей: числа в МВт і фідерах.";
    Census: "The districts list {census} residents, the feeders feed {fed}; the feeders are counted here.",
            "За даними районів мешканців {census}, за даними фідерів — {fed}; тут пораховано за фідерами.";
    RoundedNote: "People are counted at the feeder that feeds them and rounded to three digits; a feeder served in part counts in part.",
                 "Людей пораховано за фідером, що їх живить, і округлено до трьох цифр; частково живлений фідер рахується частково.";
    // Classes
    What: "What is cut, by class", "Що знеструмлено, за категоріями";
    ClassTable: "By class, now, most urgent first", "За категоріями, зараз, спершу найважливіші";
    Class: "Class", "Категорія";
    Feeders: "of all", "з усіх";
    FeedersOut: "Feeders out", "Фідерів вимкнено";
    FeedersPart: "in part", "частково";
    CrossTable: "Feeders cut in whole or part / all, by district and class, now", "Фідери без повного живлення / усі, за районами й категоріями, зараз";
    CrossPeople: "People without power now, by district and class", "Люди без електрики зараз, за районами й категоріями";
    // Elements
    OutNow: "What is out", "Що не працює";
    NothingOut: "Nothing is reported damaged.", "Пошкоджень не зафіксовано.";
    GeneratorsOut: "Plants and sources", "Електростанції та джерела";
    BusesOut: "Substations with a busbar out", "Підстанції, де не працюють шини";
    TransformersOut: "Transformers", "Трансформатори";
    LinesOut: "Lines", "Лінії";
    UnitsOut: "{name}: {out} of {all} units out", "{name}: не працюють блоки — {out} з {all}";
    PartsOut: "{name}: {out} of {all} out", "{name}: не працюють {out} з {all}";
    SectionsOf: "{name}: {n} busbar sections", "{name}: секцій шин — {n}";
    AndMore: "and {n} more", "і ще {n}";
    LostMw: "{mw} MW", "{mw} МВт";
    AtVoltage: "{kv} kV", "{kv} кВ";
    Between: "{from} – {to}", "{from} – {to}";
    GeneratorAt: "source {row} at {bus}", "джерело {row}, {bus}";
    BusId: "bus {id}", "шина {id}";
    OutWithBus: "{n} more switched off because a busbar at their end is out.", "Ще {n} вимкнено, бо шина на їхньому кінці не працює.";
    OutBefore: "Out of service in the data before: {lines}, {generators}.", "Не в роботі вже за даними мережі: {lines}, {generators}.";
    SourcesLeft: "Sources left: {left} of {all} MW installed, before any limit of the network.", "Лишилося джерел на {left} з {all} МВт встановленої потужності, без урахування обмежень мережі.";
    // Limits
    Limits: "What limits supply now", "Що зараз обмежує постачання";
    NoLimit: "Nothing: all demand can be carried{dc}.", "Нічого: увесь попит можна покрити{dc}.";
    LimitUnknown: "No single element stands at its limit; demand goes unserved all the same.", "Жоден окремий елемент не на межі, проте попит покрито не весь.";
    LimitVoltage: "No line, transformer or source is full: voltages and reactive power hold the rest back.",
                  "Жодна лінія, трансформатор чи джерело не на межі: решту стримують напруги й реактивна потужність.";
    KindBranch: "Lines and transformers that carry what they may", "Лінії й трансформатори, завантажені повністю";
    KindAngle: "Lines at their limit of angle", "Лінії на межі за кутом";
    KindGenerator: "Sources that give what they can", "Джерела, що працюють на повну";
    KindHvdc: "Direct-current lines that carry what they may", "Лінії постійного струму, завантажені повністю";
    KindDark: "Parts of the network cut off from every source", "Частини мережі, відрізані від джерел";
    KindBusOut: "Busbars out, with what hangs on them", "Шини, що не працюють, разом із навантаженням";
    CarriesMva: "{at} of {limit} MVA", "{at} з {limit} МВА";
    CarriesMw: "{at} of {limit} MW", "{at} з {limit} МВт";
    DarkAt: "around {bus}", "навколо {bus}";
    CutMw: "{mw} MW cut", "відрізано {mw} МВт";
    KindOpened: "To be switched off: with these in service no voltages hold", "Вимкнути: поки вони в роботі, допустимих напруг немає";
    KindDarkened: "Busbars left without voltage for the same reason", "Шини, лишені без напруги з тієї ж причини";
    InSteps: "in {n} of {m} steps", "на {n} з {m} кроків";
    AcLimits: "Flows are those of the first step.", "Перетоки — на першому кроці.";
    DcLimits: "Flows are DC estimates, in the first step.", "Перетоки — оцінка DC, на першому кроці.";
    // Hours
    Hours: "Supply by hour ({hours})", "Постачання за годинами ({hours})";
    ChartTitle: "Demand and power served over time, MW{dc}", "Попит і покрита потужність у часі, МВт{dc}";
    ChartDesc: "Dashed line: demand. Grey area: served. Hatched: not served. The tables hold the same numbers.",
               "Пунктир — попит. Сіре — покрито. Штриховка — не покрито. Таблиці містять ті самі числа.";
    StorageEnergy: "Storage holds {start} MWh at the start, {top} MWh at its fullest, {end} MWh at the end.",
        "У накопичувачах {start} МВт·год на початку, щонайбільше {top} МВт·год, наприкінці {end} МВт·год.";
    StorageGives: "It gives most, {most} MW, from {at}.", "Найбільше, {most} МВт, вони дають від {at}.";
    Demand: "demand", "попит";
    Served: "served", "покрито";
    NotServed: "not served", "не покрито";
    BlockTable: "Means over blocks of {hours}{dc}", "Середні, проміжок — {hours}{dc}";
    HourTable: "All hours", "Усі години";
    From: "From (local)", "Від (місцевий час)";
    FromUtc: "UTC", "UTC";
    DemandMw: "Demand, MW", "Попит, МВт";
    ServedMw: "Served, MW", "Покрито, МВт";
    MissingMw: "Not served, MW", "Не покрито, МВт";
    PeopleOff: "People without power", "Людей без електрики";
    ClockChange: "The clock changes within the horizon: {before} at its start, {after} at its end.", "У межах плану переводять годинник: на початку {before}, наприкінці {after}.";
    // Trust
    Trust: "How far to trust this", "Наскільки цьому можна довіряти";
    AsOf: "Data as of", "Дані станом на";
    Age: "Age of the data", "Давність даних";
    AgeAhead: "dated after this page was written; check the clocks", "датовано пізніше за цю сторінку; перевірте годинники";
    Revision: "Revision of the data", "Версія даних";
    Written: "Written", "Складено";
    Covers: "Plan covers", "План охоплює";
    CoversValue: "{from} to {to} ({steps} of {step})", "{from} – {to} ({steps} по {step})";
    Check: "Independent check", "Незалежна перевірка";
    CheckPassed: "passed: {checks}, worst violation {worst} p.u.", "пройдено: {checks}, найбільше порушення {worst} в. о.";
    SingleOutages: "Single outages", "Одиничні відключення";
    SingleOutagesValue: "{before} would break the first step; {left} still do after cutting {cost} more for safety", "{before} порушили б перший крок; {left} порушують і після того, як заради безпеки вимкнено ще {cost}";
    Optimal: "best possible within the stated physics at every step", "найкраще можливе в межах цієї моделі на кожному кроці";
    Quality: "Quality of the answer", "Якість відповіді";
    Feasible: "valid in all steps, not proven best in {n} of {m} steps (largest gap {gap})", "допустиме на всіх кроках, не доведено найкращим на {n} з {m} кроків (найбільший розрив {gap})";
    Failed: "no valid answer in {n} of {m} steps: there everything is counted as cut", "немає допустимої відповіді на {n} з {m} кроків: там усе враховано як вимкнене";
    IslandsFailed: "parts of the network with a source left dark for want of a valid answer: {n}", "частин мережі з джерелом, лишених без живлення через брак допустимої відповіді: {n}";
    UnknownZone: "The time zone “{zone}” is unknown: times are UTC.", "Часовий пояс «{zone}» невідомий: час подано за UTC.";
    Assumed: "What was assumed", "Що припущено";
    NothingAssumed: "Nothing beyond the data.", "Нічого понад дані.";
    PeopleFromPower: "People per feeder were derived from its power: {n} per MW.", "Кількість людей на фідер виведено з його потужності: {n} на 1 МВт.";
    ConstantDemand: "Demand is the same at all hours: the data has no profiles.", "Попит однаковий у всі години: профілів у даних немає.";
    AllHomes: "All feeders count as homes: the data has no classes.", "Усі фідери враховано як житло: категорій у даних немає.";
    DcOnly: "Active power only (DC): voltages and reactive power were not checked.", "Лише активна потужність (DC): напруги й реактивну потужність не перевірено.";
    NoRepairs: "Nothing is mended within the horizon.", "За час плану нічого не ремонтують.";
    PartialFeeders: "Feeders may be served in part; a share stands for being cut part of the time.", "Фідери можна живити частково; частка означає вимкнення на частину часу.";
    NoHvdc: "Direct-current lines carry nothing.", "Лінії постійного струму нічого не передають.";
    NoStorage: "Storage units stay as they are.", "Накопичувачі лишаються як є.";
    StorageMayEndEmpty: "Energy left in storage at the end of the plan counts for nothing: it may end empty.",
        "Енергія, що лишається в накопичувачах наприкінці плану, нічого не варта: вони можуть спорожніти.";
    StorageKeepsEnergy: "Storage ends the plan with at least the energy it began with.",
        "Наприкінці плану в накопичувачах не менше енергії, ніж на початку.";
    Footer: "Made by relight. This file works offline and loads nothing.", "Складено програмою relight. Файл працює без мережі й нічого не завантажує.";
    // Classes of feeders
    Hospital: "Hospitals", "Лікарні";
    Water: "Water and sewage", "Вода й каналізація";
    Heat: "Heat supply", "Теплопостачання";
    Emergency: "Emergency services", "Екстрені служби";
    Telecom: "Telecom", "Зв’язок";
    Shelter: "Shelters, metro", "Укриття, метро";
    Homes: "Homes", "Житло";
    Commerce: "Shops, offices, schools", "Магазини, офіси, школи";
    Industry: "Industry", "Промисловість";
    // The same over narrow columns
    HospitalShort: "Hospitals", "Лікарні";
    WaterShort: "Water", "Вода";
    HeatShort: "Heat", "Тепло";
    EmergencyShort: "Emerg.", "Екстр.";
    TelecomShort: "Telecom", "Зв’язок";
    ShelterShort: "Shelters", "Укриття";
    HomesShort: "Homes", "Житло";
    CommerceShort: "Shops, offices", "Магазини, офіси";
    IndustryShort: "Industry", "Заводи";
}

/// Name of a class for people.
pub(crate) fn class_word(class: Class) -> Word {
    match class {
        Class::Hospital => Word::Hospital,
        Class::Water => Word::Water,
        Class::Heat => Word::Heat,
        Class::Emergency => Word::Emergency,
        Class::Telecom => Word::Telecom,
        Class::Shelter => Word::Shelter,
        Class::Homes => Word::Homes,
        Class::Commerce => Word::Commerce,
        Class::Industry => Word::Industry,
    }
}

/// Name of a class over a narrow column; the table of classes has the long one, in the same order.
pub(crate) fn class_word_short(class: Class) -> Word {
    match class {
        Class::Hospital => Word::HospitalShort,
        Class::Water => Word::WaterShort,
        Class::Heat => Word::HeatShort,
        Class::Emergency => Word::EmergencyShort,
        Class::Telecom => Word::TelecomShort,
        Class::Shelter => Word::ShelterShort,
        Class::Homes => Word::HomesShort,
        Class::Commerce => Word::CommerceShort,
        Class::Industry => Word::IndustryShort,
    }
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noun {
    Person,
    Feeder,
    Hour,
    Step,
    Branch,
    Generator,
    CheckDone,
}

impl Noun {
    #[cfg(test)]
    pub(crate) const ALL: [Noun; 7] =
        [Noun::Person, Noun::Feeder, Noun::Hour, Noun::Step, Noun::Branch, Noun::Generator, Noun::CheckDone];

    /// One, other.
    pub(crate) fn en(self) -> [&'static str; 2] {
        match self {
            Noun::Person => ["person", "people"],
            Noun::Feeder => ["feeder", "feeders"],
            Noun::Hour => ["hour", "hours"],
            Noun::Step => ["step", "steps"],
            Noun::Branch => ["line or transformer", "lines and transformers"],
            Noun::Generator => ["source", "sources"],
            Noun::CheckDone => ["check", "checks"],
        }
    }

    /// One, few, many.
    pub(crate) fn uk(self) -> [&'static str; 3] {
        match self {
            Noun::Person => ["людина", "людини", "людей"],
            Noun::Feeder => ["фідер", "фідери", "фідерів"],
            Noun::Hour => ["година", "години", "годин"],
            Noun::Step => ["крок", "кроки", "кроків"],
            Noun::Branch => ["лінія чи трансформатор", "лінії чи трансформатори", "ліній і трансформаторів"],
            Noun::Generator => ["джерело", "джерела", "джерел"],
            Noun::CheckDone => ["перевірка", "перевірки", "перевірок"],
        }
    }

    /// Genitive: singular, plural.
    pub(crate) fn uk_of(self) -> [&'static str; 2] {
        match self {
            Noun::Person => ["людини", "людей"],
            Noun::Feeder => ["фідера", "фідерів"],
            Noun::Hour => ["години", "годин"],
            Noun::Step => ["кроку", "кроків"],
            Noun::Branch => ["лінії чи трансформатора", "ліній і трансформаторів"],
            Noun::Generator => ["джерела", "джерел"],
            Noun::CheckDone => ["перевірки", "перевірок"],
        }
    }
}

/// A phrase with its slots filled.
pub(crate) fn phrase(word: Word, slots: &[(&str, &Both)]) -> Both {
    Both {
        en: fill(word.en(), |name| slots.iter().find(|s| s.0 == name).map(|s| s.1.en.as_str())),
        uk: fill(word.uk(), |name| slots.iter().find(|s| s.0 == name).map(|s| s.1.uk.as_str())),
    }
}

/// Fills `{name}` slots in one pass, so that braces in a filled-in name stay text.
fn fill<'a>(template: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').expect("invariant: braces of the table are paired, see the test");
        out.push_str(before);
        out.push_str(value(name).expect("invariant: every slot of the phrase is given, see the test over all pages"));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(template: &str) -> Vec<&str> {
        let mut names: Vec<_> = template.split('{').skip(1).map(|s| s.split_once('}').expect("paired").0).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn both_languages_say_everything_with_the_same_slots() {
        let cyrillic = |s: &str| s.chars().any(|c| ('а'..='я').contains(&c) || ('А'..='Я').contains(&c));
        for &word in Word::ALL {
            let (en, uk) = (word.en(), word.uk());
            assert!(!en.trim().is_empty() && !uk.trim().is_empty(), "{word:?}");
            assert_eq!(slots(en), slots(uk), "{word:?}");
            assert!(!cyrillic(en), "{word:?}: Cyrillic letters in the English text: {en}");
            if !matches!(word, Word::Between | Word::FromUtc | Word::CriticalOf) {
                assert!(cyrillic(uk), "{word:?}: no Cyrillic letters in the Ukrainian text: {uk}");
            }
        }
        for noun in Noun::ALL {
            assert!(noun.uk().into_iter().chain(noun.uk_of()).all(cyrillic), "{noun:?}");
        }
    }

    #[test]
    fn latin_lookalikes_do_not_hide_in_ukrainian_words() {
        // A Latin "i" or "o" inside a Cyrillic word breaks search and screen readers.
        for &word in Word::ALL {
            for token in word.uk().split(|c: char| !c.is_alphabetic()) {
                let latin = token.chars().any(|c| c.is_ascii_alphabetic());
                assert!(!latin || token.is_ascii(), "{word:?}: mixed alphabets in {token:?}");
            }
        }
    }

    #[test]
    fn braces_in_a_name_stay_text() {
        let name = Both::same("{off} {x");
        assert_eq!(phrase(Word::Title, &[("name", &name)]).en, "Power supply brief: {off} {x");
    }
}
