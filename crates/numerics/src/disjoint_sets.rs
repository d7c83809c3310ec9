//! Connected parts of a graph while its edges are met one by one.

/// Disjoint sets of positions by path halving (Tarjan & van Leeuwen, Worst-case analysis of set union algorithms, JACM 1984).
/// The representative of a set is its smallest member, so that nothing depends on the order of joins.
#[derive(Debug, Clone)]
pub struct DisjointSets {
    parent: Vec<u32>,
}

impl DisjointSets {
    /// Mark of positions without a number in [`DisjointSets::numbered`].
    pub const NONE: u32 = u32::MAX;

    /// `len` sets of one position each; `len` is below `u32::MAX`.
    pub fn new(len: usize) -> Self {
        Self { parent: (0..len as u32).collect() }
    }

    /// Smallest member of the set of `i`.
    ///
    /// # Panics
    /// If `i` is out of range.
    pub fn find(&mut self, mut i: u32) -> u32 {
        while self.parent[i as usize] != i {
            let above = self.parent[self.parent[i as usize] as usize];
            self.parent[i as usize] = above;
            i = above;
        }
        i
    }

    /// Makes the sets of `a` and `b` one.
    ///
    /// # Panics
    /// If one is out of range.
    pub fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// Per position the number of its set, and how many numbers there are. Sets are numbered by their first position that
    /// counts; positions that do not count get [`DisjointSets::NONE`].
    ///
    /// # Panics
    /// If `counts` is shorter than there are positions.
    pub fn numbered(mut self, counts: &[bool]) -> (Vec<u32>, usize) {
        let len = self.parent.len();
        let (mut number, mut of) = (vec![Self::NONE; len], vec![Self::NONE; len]);
        let mut next = 0;
        for i in (0..len).filter(|&i| counts[i]) {
            let root = self.find(i as u32) as usize;
            if number[root] == Self::NONE {
                number[root] = next;
                next += 1;
            }
            of[i] = number[root];
        }
        (of, next as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_member_stands_for_its_set_in_any_order_of_joins() {
        let joins = [(5, 3), (3, 1), (4, 2), (6, 5)];
        for turned in [false, true] {
            let mut sets = DisjointSets::new(7);
            let mut order = joins.to_vec();
            if turned {
                order.reverse();
            }
            for (a, b) in order {
                sets.join(a, b);
            }
            let found: Vec<u32> = (0..7).map(|i| sets.find(i)).collect();
            assert_eq!(found, [0, 1, 2, 1, 2, 1, 1]);
        }
    }

    #[test]
    fn numbers_follow_the_first_position_that_counts() {
        let mut sets = DisjointSets::new(5);
        sets.join(0, 4);
        sets.join(1, 2);
        let (of, count) = sets.numbered(&[false, true, true, true, true]);
        assert_eq!((of, count), (vec![DisjointSets::NONE, 0, 0, 1, 2], 3));
    }
}
