//! The fill of an elimination, found once per graph.

use crate::{Ordering, Pattern};

/// The elimination order of a graph, its pattern in that order, and the pattern of the factors L and U = (pattern of L)ᵀ.
///
/// All indices are positions in the elimination ("new" numbers). Found with the elimination tree (Liu 1990): row `i` of L
/// is the union of the tree paths from the neighbours `j < i` of `i` up to `i`.
#[derive(Debug, Clone)]
pub struct Symbolic {
    ordering: Ordering,
    pattern: Pattern,
    pub(crate) lower_start: Vec<u32>,
    pub(crate) lower_columns: Vec<u32>,
    pub(crate) upper_start: Vec<u32>,
    pub(crate) upper_columns: Vec<u32>,
    /// `chain[k]` = how many rows k, k+1, ... of U follow each other with the same pattern beyond (a supernode's rest).
    pub(crate) chain: Vec<u32>,
}

const NO_PARENT: u32 = u32::MAX;

impl Symbolic {
    /// Orders `pattern` (in the caller's numbering) by approximate minimum degree, and finds the fill.
    pub fn new(pattern: &Pattern) -> Self {
        Self::with_ordering(pattern, Ordering::amd(pattern))
    }

    /// Finds the fill for a given elimination order.
    ///
    /// # Panics
    /// If the ordering is for another number of nodes, or the factors hold 2^32 entries or more.
    pub fn with_ordering(pattern: &Pattern, ordering: Ordering) -> Self {
        assert_eq!(pattern.nodes(), ordering.len(), "ordering and pattern differ in size");
        let pattern = pattern.permuted(&ordering);
        let (parent, upper_start) = elimination_tree(&pattern);
        let n = pattern.nodes();
        let entries = upper_start[n] as usize;
        let mut upper_columns = vec![0u32; entries];
        let mut next: Vec<u32> = upper_start[..n].to_vec();
        let mut lower_start = vec![0u32; n + 1];
        let mut lower_columns = vec![0u32; entries];
        let mut mark = vec![NO_PARENT; n];
        let mut filled = 0usize;
        for i in 0..n {
            mark[i] = i as u32;
            let from = filled;
            for &j in &pattern.columns()[pattern.row(i)] {
                if j as usize >= i {
                    break;
                }
                let mut k = j;
                while mark[k as usize] != i as u32 {
                    mark[k as usize] = i as u32;
                    upper_columns[next[k as usize] as usize] = i as u32;
                    next[k as usize] += 1;
                    lower_columns[filled] = k;
                    filled += 1;
                    k = parent[k as usize];
                }
            }
            lower_columns[from..filled].sort_unstable();
            lower_start[i + 1] = filled as u32;
        }
        let chain = chains(&upper_start, &upper_columns);
        Self { ordering, pattern, lower_start, lower_columns, upper_start, upper_columns, chain }
    }

    /// The elimination order.
    pub fn ordering(&self) -> &Ordering {
        &self.ordering
    }

    /// The matrix pattern in elimination order.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.pattern.nodes()
    }

    /// Entries of L strictly below the diagonal (U has as many above).
    pub fn factor_entries(&self) -> usize {
        self.lower_columns.len()
    }

    /// Block updates of one factorisation: what its cost is proportional to.
    pub fn updates(&self) -> u64 {
        self.lower_columns.iter().map(|&k| self.upper_row(k as usize).len() as u64).sum()
    }

    pub(crate) fn lower_row(&self, i: usize) -> std::ops::Range<usize> {
        self.lower_start[i] as usize..self.lower_start[i + 1] as usize
    }

    pub(crate) fn upper_row(&self, i: usize) -> std::ops::Range<usize> {
        self.upper_start[i] as usize..self.upper_start[i + 1] as usize
    }
}

/// Parent of each node in the elimination tree, and where each row of U starts (from the column counts of L).
fn elimination_tree(pattern: &Pattern) -> (Vec<u32>, Vec<u32>) {
    let n = pattern.nodes();
    let mut parent = vec![NO_PARENT; n];
    let mut mark = vec![NO_PARENT; n];
    let mut count = vec![0u32; n];
    for i in 0..n {
        mark[i] = i as u32;
        for &j in &pattern.columns()[pattern.row(i)] {
            if j as usize >= i {
                break;
            }
            let mut k = j;
            // Paths already walked for this row stop the walk, so the total work is the number of entries of L.
            while mark[k as usize] != i as u32 {
                if parent[k as usize] == NO_PARENT {
                    parent[k as usize] = i as u32;
                }
                count[k as usize] += 1;
                mark[k as usize] = i as u32;
                k = parent[k as usize];
            }
        }
    }
    let mut start = vec![0u32; n + 1];
    for i in 0..n {
        start[i + 1] = start[i].checked_add(count[i]).expect("invariant: factors below 2^32 entries");
    }
    (parent, start)
}

fn chains(start: &[u32], columns: &[u32]) -> Vec<u32> {
    let n = start.len() - 1;
    let row = |k: usize| &columns[start[k] as usize..start[k + 1] as usize];
    let mut chain = vec![1u32; n];
    for k in (0..n.saturating_sub(1)).rev() {
        let (this, next) = (row(k), row(k + 1));
        // The pattern of L is closed: if k+1 is k's parent, row k without k+1 lies inside row k+1.
        if this.len() == next.len() + 1 && this[0] as usize == k + 1 {
            chain[k] = chain[k + 1] + 1;
        }
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_fills_one_chord_per_elimination() {
        let n = 6u32;
        let edges: Vec<(u32, u32)> = (0..n).map(|i| (i, (i + 1) % n)).collect();
        let s = Symbolic::with_ordering(&Pattern::from_edges(6, &edges), Ordering::natural(6));
        // Eliminating a ring in order joins 1..4 to the last node: 5 ring edges, 1 closing edge, 3 chords.
        assert_eq!(s.factor_entries(), 9);
        assert_eq!(s.chain, [1, 1, 1, 3, 2, 1]);
    }

    #[test]
    fn fill_equals_boolean_elimination() {
        let edges = [(0, 3), (3, 5), (5, 1), (1, 2), (2, 4), (4, 0), (2, 6), (6, 7), (7, 0), (3, 6)];
        let s = Symbolic::new(&Pattern::from_edges(8, &edges));
        let p = s.pattern();
        let mut a = [[false; 8]; 8];
        for (i, row) in a.iter_mut().enumerate() {
            for &j in &p.columns()[p.row(i)] {
                row[j as usize] = true;
            }
        }
        for k in 0..8 {
            for i in k + 1..8 {
                for j in k + 1..8 {
                    a[i][j] |= a[i][k] && a[k][j];
                }
            }
        }
        for (i, row) in a.iter().enumerate() {
            let upper: Vec<u32> = (i + 1..8).filter(|&j| row[j]).map(|j| j as u32).collect();
            let lower: Vec<u32> = (0..i).filter(|&j| row[j]).map(|j| j as u32).collect();
            assert_eq!(&s.upper_columns[s.upper_row(i)], upper);
            assert_eq!(&s.lower_columns[s.lower_row(i)], lower);
        }
    }
}
