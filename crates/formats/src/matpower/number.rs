//! Decimal numbers, fast where they are short.

/// Powers of ten that doubles hold exactly.
const TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// Longest number, bytes.
const NUMBER_BYTES_MAX: usize = 800;

/// A decimal number without sign at the beginning of `text`, and its length in bytes. `d` and `D` are exponents too.
///
/// Where digits and exponent are small, one multiplication or division of two exact doubles rounds once and is therefore
/// the nearest double (Clinger, "How to read floating point numbers accurately", 1990); all else goes to the standard
/// library.
#[inline]
pub(super) fn unsigned(text: &[u8]) -> Option<(f64, usize)> {
    let mut i = 0;
    let mut digits: u64 = 0;
    let mut count = 0usize;
    let mut scale = 0i32;
    let mut any = false;
    while let Some(d) = text.get(i).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
        digits = digits.wrapping_mul(10).wrapping_add(u64::from(d));
        count += usize::from(count > 0 || d > 0);
        any = true;
        i += 1;
    }
    if text.get(i) == Some(&b'.') && !matches!(text.get(i + 1), Some(b'*' | b'/' | b'^')) {
        i += 1;
        while let Some(d) = text.get(i).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
            digits = digits.wrapping_mul(10).wrapping_add(u64::from(d));
            count += usize::from(count > 0 || d > 0);
            scale = scale.saturating_sub(1);
            any = true;
            i += 1;
        }
    }
    if !any {
        return None;
    }
    let mantissa_end = i;
    let mut exponent = 0i32;
    if matches!(text.get(i), Some(b'e' | b'E' | b'd' | b'D')) {
        let mut j = i + 1;
        let negative = text.get(j) == Some(&b'-');
        if matches!(text.get(j), Some(b'+' | b'-')) {
            j += 1;
        }
        let first = j;
        while let Some(d) = text.get(j).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
            exponent = exponent.saturating_mul(10).saturating_add(i32::from(d));
            j += 1;
        }
        if j > first {
            i = j;
            exponent = if negative { -exponent } else { exponent };
        }
    }
    if i > NUMBER_BYTES_MAX {
        return None;
    }
    let power = scale.saturating_add(exponent);
    if count <= 15 && power.unsigned_abs() < 23 {
        let ten = TEN[power.unsigned_abs() as usize];
        let value = digits as f64;
        return Some((if power < 0 { value / ten } else { value * ten }, i));
    }
    let mantissa = std::str::from_utf8(&text[..mantissa_end]).ok()?;
    let value = if i == mantissa_end { mantissa.parse() } else { format!("{mantissa}e{exponent}").parse() };
    value.ok().map(|value: f64| (value, i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_every_shape() {
        let read = |text: &str| unsigned(text.as_bytes());
        assert_eq!(read("12 3"), Some((12.0, 2)));
        assert_eq!(read(".5;"), Some((0.5, 2)));
        assert_eq!(read("5.]"), Some((5.0, 2)));
        assert_eq!(read("5./3"), Some((5.0, 1)));
        assert_eq!(read("1.33E-05"), Some((1.33e-5, 8)));
        assert_eq!(read("1d3"), Some((1000.0, 3)));
        assert_eq!(read("1e"), Some((1.0, 1)));
        assert_eq!(read("1e999"), Some((f64::INFINITY, 5)));
        assert_eq!(read("0.00000000000000000000000000001"), Some((1e-29, 31)));
        assert_eq!(read("."), None);
        assert_eq!(read("-1"), None);
        assert_eq!(read(&"9".repeat(1000)), None);
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(bits in any::<u64>()) {
            let value = f64::from_bits(bits & !(1 << 63));
            prop_assume!(value.is_finite());
            for text in [format!("{value}"), format!("{value:e}"), format!("{value:.6}"), format!("{value:.3e}")] {
                if text.len() <= NUMBER_BYTES_MAX {
                    let expected: f64 = text.parse().unwrap();
                    let (read, len) = unsigned(text.as_bytes()).unwrap();
                    prop_assert_eq!(read.to_bits(), expected.to_bits(), "{}", text);
                    prop_assert_eq!(len, text.len());
                }
            }
        }

        #[test]
        fn short_numbers_too(digits in 0u64..1_000_000_000, point in 0usize..9) {
            let text = format!("{digits:09}");
            let text = format!("{}.{}", &text[..point], &text[point..]);
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(unsigned(text.as_bytes()).unwrap().0.to_bits(), expected.to_bits());
        }
    }
}
