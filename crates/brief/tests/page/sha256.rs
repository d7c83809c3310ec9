//! SHA-256 (FIPS 180-4), so that the test can name the script's hash without a further library. Short inputs only.

/// First 32 bits of the fractional parts of the roots (`power` 2 or 3) of the first primes.
fn constants(count: usize, power: u32) -> Vec<u32> {
    let primes = (2u64..).filter(|n| (2..*n).all(|d| n % d != 0)).take(count);
    primes
        .map(|p| {
            // floor(p^(1/power) * 2^32) by bisection in whole numbers.
            let (mut low, mut high) = (0u128, 1u128 << 36);
            while high - low > 1 {
                let middle = (low + high) / 2;
                let below = if power == 2 {
                    middle * middle <= u128::from(p) << 64
                } else {
                    middle * middle * middle <= u128::from(p) << 96
                };
                if below { low = middle } else { high = middle }
            }
            low as u32
        })
        .collect()
}

pub fn digest(message: &[u8]) -> [u8; 32] {
    let k = constants(64, 3);
    let mut h = constants(8, 2);
    let mut data = message.to_vec();
    data.push(0x80);
    data.resize(data.len().next_multiple_of(64) + if data.len() % 64 > 56 { 64 } else { 0 }, 0);
    let end = data.len();
    data[end - 8..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in data.chunks(64) {
        let mut w: Vec<u32> = block.chunks(4).map(|c| u32::from_be_bytes([c[0], c[1], c[2], c[3]])).collect();
        for t in 16..64 {
            let s0 = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ (w[t - 15] >> 3);
            let s1 = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ (w[t - 2] >> 10);
            w.push(w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1));
        }
        let mut v = h.clone();
        for t in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choose = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let one = v[7].wrapping_add(s1).wrapping_add(choose).wrapping_add(k[t]).wrapping_add(w[t]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let two = s0.wrapping_add((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(one);
            v[0] = one.wrapping_add(two);
        }
        h.iter_mut().zip(&v).for_each(|(h, v)| *h = h.wrapping_add(*v));
    }
    let mut out = [0; 32];
    out.chunks_mut(4).zip(&h).for_each(|(o, h)| o.copy_from_slice(&h.to_be_bytes()));
    out
}

pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[test]
fn known_digest() {
    assert_eq!(base64(&digest(b"abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}
