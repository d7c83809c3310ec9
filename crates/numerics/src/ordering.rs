//! The order in which nodes are eliminated.

use crate::Pattern;

/// A permutation of the nodes: position in the elimination for each node, and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordering {
    old_of_new: Vec<u32>,
    new_of_old: Vec<u32>,
}

impl Ordering {
    /// Approximate minimum degree (Amestoy, Davis, Duff 1996) over the graph, postordered by the elimination tree.
    ///
    /// Nodes of very high degree are put last (the dense rows of AMD), which keeps hubs from spoiling the order.
    pub fn amd(pattern: &Pattern) -> Self {
        let n = pattern.nodes();
        let start: Vec<i32> = pattern.row_start().iter().map(|&p| p as i32).collect();
        let columns: Vec<i32> = pattern.columns().iter().map(|&j| j as i32).collect();
        match amd::order(n as i32, &start, &columns, &amd::Control::default()) {
            Ok((old_of_new, _, _)) => {
                let old_of_new = old_of_new[..n].iter().map(|&i| i as u32).collect();
                Self::from_elimination(old_of_new).expect("invariant: AMD returns a permutation")
            }
            Err(_) => unreachable!("invariant: a Pattern is sorted, in range and square"),
        }
    }

    /// Nodes in the order given.
    pub fn natural(n: usize) -> Self {
        let old_of_new: Vec<u32> = (0..n as u32).collect();
        Self { new_of_old: old_of_new.clone(), old_of_new }
    }

    /// The ordering that eliminates `old_of_new[0]` first; `None` if that is no permutation.
    pub fn from_elimination(old_of_new: Vec<u32>) -> Option<Self> {
        let n = old_of_new.len();
        let mut new_of_old = vec![u32::MAX; n];
        for (new, &old) in old_of_new.iter().enumerate() {
            let slot = new_of_old.get_mut(old as usize)?;
            if *slot != u32::MAX {
                return None;
            }
            *slot = new as u32;
        }
        Some(Self { old_of_new, new_of_old })
    }

    /// Node eliminated at each position.
    pub fn old_of_new(&self) -> &[u32] {
        &self.old_of_new
    }

    /// Position of each node in the elimination.
    pub fn new_of_old(&self) -> &[u32] {
        &self.new_of_old
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.old_of_new.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.old_of_new.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amd_eliminates_leaves_of_a_star_before_its_hub() {
        let edges: Vec<(u32, u32)> = (1..6).map(|leaf| (0, leaf)).collect();
        let o = Ordering::amd(&Pattern::from_edges(6, &edges));
        assert!(o.new_of_old()[0] >= 4, "hub at {}", o.new_of_old()[0]);
    }

    #[test]
    fn empty_graph_and_repeated_node() {
        assert!(Ordering::amd(&Pattern::from_edges(0, &[])).is_empty());
        assert!(Ordering::from_elimination(vec![0, 0]).is_none());
        assert!(Ordering::from_elimination(vec![0, 2]).is_none());
    }
}
