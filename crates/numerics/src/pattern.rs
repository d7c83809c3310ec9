//! The pattern of a structurally symmetric matrix: a graph with its diagonal.

use crate::Ordering;

/// A symmetric sparsity pattern of `n` nodes with every diagonal entry present, rows sorted by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    row_start: Vec<u32>,
    columns: Vec<u32>,
    diagonal: Vec<u32>,
}

impl Pattern {
    /// The pattern of `n` nodes joined by undirected `edges`; loops and repeated edges are merged.
    ///
    /// # Panics
    /// If an edge names a node that is not below `n`, or if there are 2^31 or more entries.
    pub fn from_edges(n: usize, edges: &[(u32, u32)]) -> Self {
        assert!(n + 2 * edges.len() < i32::MAX as usize, "pattern of {n} nodes and {} edges is too large", edges.len());
        let mut start = vec![0u32; n + 1];
        for &(a, b) in edges {
            assert!((a as usize) < n && (b as usize) < n, "edge ({a}, {b}) outside {n} nodes");
            if a != b {
                start[a as usize + 1] += 1;
                start[b as usize + 1] += 1;
            }
        }
        for i in 0..n {
            start[i + 1] += start[i] + 1; // one more for the diagonal
        }
        let mut fill: Vec<u32> = start[..n].to_vec();
        let mut raw = vec![0u32; start[n] as usize];
        for (i, next) in fill.iter_mut().enumerate() {
            raw[*next as usize] = i as u32;
            *next += 1;
        }
        for &(a, b) in edges {
            if a != b {
                raw[fill[a as usize] as usize] = b;
                fill[a as usize] += 1;
                raw[fill[b as usize] as usize] = a;
                fill[b as usize] += 1;
            }
        }
        let mut row_start = Vec::with_capacity(n + 1);
        let mut columns = Vec::with_capacity(raw.len());
        let mut diagonal = Vec::with_capacity(n);
        row_start.push(0);
        for i in 0..n {
            let row = &mut raw[start[i] as usize..start[i + 1] as usize];
            row.sort_unstable();
            let mut last = u32::MAX;
            for &mut j in row {
                if j != last {
                    if j as usize == i {
                        diagonal.push(columns.len() as u32);
                    }
                    columns.push(j);
                    last = j;
                }
            }
            row_start.push(columns.len() as u32);
        }
        Self { row_start, columns, diagonal }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.diagonal.len()
    }

    /// Number of stored entries, both triangles and the diagonal.
    pub fn entries(&self) -> usize {
        self.columns.len()
    }

    /// Where each row starts in [`Self::columns`]; `n + 1` values.
    pub fn row_start(&self) -> &[u32] {
        &self.row_start
    }

    /// Column of each entry, row after row, ascending within a row.
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// Position of each diagonal entry.
    pub fn diagonal(&self) -> &[u32] {
        &self.diagonal
    }

    /// The range of positions of row `i`.
    pub fn row(&self, i: usize) -> std::ops::Range<usize> {
        self.row_start[i] as usize..self.row_start[i + 1] as usize
    }

    /// Position of entry `(i, j)`, if it is in the pattern.
    pub fn position(&self, i: usize, j: usize) -> Option<usize> {
        let row = self.row(i);
        let j = u32::try_from(j).ok()?;
        self.columns[row.clone()].binary_search(&j).ok().map(|at| row.start + at)
    }

    /// The same graph with its nodes renumbered: node `i` here becomes `ordering.new_of_old()[i]`.
    pub fn permuted(&self, ordering: &Ordering) -> Self {
        let new_of_old = ordering.new_of_old();
        let mut edges = Vec::with_capacity(self.entries() / 2);
        for i in 0..self.nodes() {
            for &j in &self.columns[self.row(i)] {
                if (j as usize) < i {
                    edges.push((new_of_old[i], new_of_old[j as usize]));
                }
            }
        }
        Self::from_edges(self.nodes(), &edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_loops_and_parallel_edges() {
        let p = Pattern::from_edges(4, &[(0, 2), (2, 0), (1, 1), (2, 3)]);
        assert_eq!(p.row_start(), &[0, 2, 3, 6, 8]);
        assert_eq!(p.columns(), &[0, 2, 1, 0, 2, 3, 2, 3]);
        assert_eq!(p.diagonal(), &[0, 2, 4, 7]);
        assert_eq!(p.position(2, 3), Some(5));
        assert_eq!(p.position(0, 3), None);
    }

    #[test]
    fn no_nodes_is_a_pattern() {
        let p = Pattern::from_edges(0, &[]);
        assert_eq!((p.nodes(), p.entries()), (0, 0));
    }

    #[test]
    fn renumbering_moves_every_edge() {
        let p = Pattern::from_edges(3, &[(0, 1), (1, 2)]);
        let o = Ordering::from_elimination(vec![1, 0, 2]).unwrap();
        let q = p.permuted(&o);
        assert!(q.position(0, 1).is_some() && q.position(0, 2).is_some() && q.position(1, 2).is_none());
    }
}
