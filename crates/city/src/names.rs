//! Invented names, English and Ukrainian side by side. None is meant to be a real place.

/// Name of the single city.
pub(crate) const CITY: (&str, &str) = ("Winter City", "Зимове Місто");
/// Name of a country.
pub(crate) const COUNTRY: (&str, &str) = ("Winter Country", "Зимовий Край");

/// Cities of a country; a second round adds a number.
pub(crate) const CITIES: [(&str, &str); 24] = [
    ("Frostmouth", "Морозогирло"),
    ("Owlford", "Совобрід"),
    ("Snowbridge", "Снігоміст"),
    ("Rimewell", "Інієва Криниця"),
    ("Larkstead", "Жайворів"),
    ("Amberwick", "Бурштинець-Новий"),
    ("Hollowmere", "Тихоплесо"),
    ("Starling Cross", "Шпаків Перехрест"),
    ("Icehaven", "Льодогавань"),
    ("Thornmarket", "Тернів Торг"),
    ("Greyferry", "Сивий Перевіз"),
    ("Millstone", "Жорнокамінь"),
    ("Foxholm", "Лисострів"),
    ("Brightwater", "Ясноводдя"),
    ("Candleford", "Свічів Брід"),
    ("Wolfgate", "Вовча Брама"),
    ("Hazelport", "Ліщинопорт"),
    ("Sleighton", "Саночів"),
    ("Rookhill", "Граків Горб"),
    ("Saltmarsh", "Солонодрагва"),
    ("Bellhaven", "Дзвоногавань"),
    ("Windmere", "Вітроозерськ"),
    ("Emberton", "Жаринець"),
    ("Nightingale", "Солов'їнець-на-Кризі"),
];

/// Districts of a city.
pub(crate) const DISTRICTS: [(&str, &str); 24] = [
    ("Old Quay", "Стара Набережна"),
    ("Northgate", "Північна Брама"),
    ("Linden Hill", "Липовий Горб"),
    ("Glassworks", "Скляний Цех"),
    ("Heron Meadow", "Чаплина Лука"),
    ("Millbank", "Млиновий Берег"),
    ("Southfield", "Південне Поле"),
    ("Orchard Rise", "Садовий Узвіз"),
    ("Foundry", "Ливарний Кут"),
    ("Fisherside", "Рибальський Бік"),
    ("Clocktower", "Годинникова Вежа"),
    ("Birchwood", "Березовий Бір"),
    ("Eastmarket", "Східний Торг"),
    ("Copperyard", "Мідний Двір"),
    ("Snowdrop", "Пролісковий"),
    ("Ropewalk", "Канатний Ряд"),
    ("Starfield", "Зоряне Поле"),
    ("Westbrook", "Західний Струмок"),
    ("Lanternside", "Ліхтарний Бік"),
    ("Swan Reach", "Лебединий Плес"),
    ("Pine Terrace", "Соснова Тераса"),
    ("Weavers", "Ткацька Слобідка"),
    ("Observatory", "Обсерваторний"),
    ("Stonepit", "Кам'яний Яр"),
];

/// Avenues that lead out of the centre.
pub(crate) const AVENUES: [&str; 10] = [
    "Frost Avenue",
    "Lantern Avenue",
    "Heron Avenue",
    "Foundry Avenue",
    "Birch Avenue",
    "Harbour Avenue",
    "Observatory Avenue",
    "Linden Avenue",
    "Market Avenue",
    "Swan Avenue",
];

/// Name number `k` of a table: after the table is used up, with a number behind it.
pub(crate) fn numbered(table: &[(&str, &str)], k: usize) -> (String, String) {
    let (en, uk) = table[k % table.len()];
    match k / table.len() {
        0 => (en.to_owned(), uk.to_owned()),
        round => (format!("{en} {}", round + 1), format!("{uk} {}", round + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_distinct_in_both_languages() {
        for table in [&CITIES[..], &DISTRICTS[..]] {
            let names: HashSet<_> =
                (0..3 * table.len()).flat_map(|k| <[String; 2]>::from(numbered(table, k))).collect();
            assert_eq!(names.len(), 6 * table.len());
        }
    }
}
