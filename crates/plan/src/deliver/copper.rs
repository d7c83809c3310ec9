//! Sharing as if no line had a limit: a fractional knapsack, solved in closed form (Dantzig 1957).

/// Something that may inject between `low <= 0` and `high >= 0`, worth `value` per unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    pub low: f64,
    pub high: f64,
    pub value: f64,
}

impl Share {
    /// The part of a group's total `x` that falls to one of its members: in proportion to what each could inject.
    /// `self` is the group, `member` one of it; 0 is always within a member's limits.
    pub fn part(&self, member: &Share, x: f64) -> f64 {
        if x > 0.0 && self.high > 0.0 {
            member.high * (x / self.high).min(1.0)
        } else if x < 0.0 && self.low < 0.0 {
            member.low * (x / self.low).min(1.0)
        } else {
            0.0
        }
    }
}

/// The most valuable injections whose sum is `total`, and the price of one more unit of total.
///
/// Maximises Σ value·x over low ≤ x ≤ high, Σ x = total: whoever is worth more than the price λ is at `high`, whoever is
/// worth less at `low`, and those worth exactly λ share the rest in proportion (eq. 9). A total out of reach is met as
/// nearly as possible.
pub(super) fn share(shares: &[Share], total: f64) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].value.total_cmp(&shares[a].value));
    let mut x: Vec<f64> = shares.iter().map(|s| s.low).collect();
    let mut missing = total - x.iter().sum::<f64>();
    let mut price = order.last().map_or(0.0, |&k| shares[k].value);
    for group in order.chunk_by(|&a, &b| shares[a].value == shares[b].value) {
        let sum = group.iter().fold(Share { low: 0.0, high: 0.0, value: 0.0 }, |sum, &k| Share {
            low: sum.low + shares[k].low,
            high: sum.high + shares[k].high,
            value: shares[k].value,
        });
        if missing <= sum.high - sum.low {
            let x_group = (sum.low + missing).max(sum.low);
            for &k in group {
                x[k] = sum.part(&shares[k], x_group);
            }
            price = sum.value;
            break;
        }
        missing -= sum.high - sum.low;
        group.iter().for_each(|&k| x[k] = shares[k].high);
    }
    (x, price)
}

/// Upper bound of Σ value·x over Σ x = 0 at any price: Σ max over the box of (value − price) x (weak duality, eq. 10).
pub(super) fn bound(shares: &[Share], price: f64) -> f64 {
    shares.iter().map(|s| box_max(s.value - price, s.low, s.high)).sum()
}

/// Largest c·x over low ≤ x ≤ high. A zero c never meets an infinite limit.
pub(super) fn box_max(c: f64, low: f64, high: f64) -> f64 {
    if c > 0.0 {
        c * high
    } else if c < 0.0 {
        c * low
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(p: f64, weight: f64) -> Share {
        Share { low: -p, high: 0.0, value: -weight }
    }

    #[test]
    fn the_weightiest_are_served_first_and_equals_share_alike() {
        let source = Share { low: 0.0, high: 5.0, value: 0.0 };
        let all = [load(2.0, 10.0), source, load(4.0, 1.0), load(2.0, 1.0)];
        let (x, price) = share(&all, 0.0);
        assert_eq!(x, vec![-2.0, 5.0, -2.0, -1.0]);
        assert_eq!(price, -1.0);
        assert!((bound(&all, price) - -(10.0 * -2.0 + -3.0)).abs() < 1e-12, "{}", bound(&all, price));
    }

    #[test]
    fn plenty_serves_all_and_sources_share_in_proportion() {
        let all =
            [load(3.0, 1.0), Share { low: -1.0, high: 4.0, value: 0.0 }, Share { low: 0.0, high: 2.0, value: 0.0 }];
        let (x, price) = share(&all, 0.0);
        assert_eq!(x, vec![-3.0, 2.0, 1.0]);
        assert_eq!(price, 0.0);
        assert_eq!(bound(&all, price), 3.0);
    }

    #[test]
    fn a_total_out_of_reach_is_met_as_nearly_as_possible() {
        let all = [load(3.0, 1.0), Share { low: 0.0, high: 2.0, value: 0.0 }];
        assert_eq!(share(&all, 9.0).0, vec![0.0, 2.0]);
        assert_eq!(share(&all, -9.0).0, vec![-3.0, 0.0]);
        assert!(share(&[], 1.0).0.is_empty());
    }
}
