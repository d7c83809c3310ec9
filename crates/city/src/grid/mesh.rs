//! Which stations get a line between them.

use crate::geometry::P;

/// A corridor between two of the places, by their positions in the list.
pub(crate) type Edge = (usize, usize);

/// A planar mesh: the greedy spanner (Althöfer et al. 1993) of the Gabriel graph (Gabriel and Sokal 1969).
///
/// A candidate is built, shortest first, when the way around through what is built already is longer than `detour` times the
/// direct way. The result holds the minimum spanning tree. Then every place with one line gets a second where there is a
/// candidate.
pub(crate) fn mesh(places: &[P], detour: f64) -> Vec<Edge> {
    let candidates = gabriel(places);
    let mut neighbours: Vec<Vec<(usize, f64)>> = vec![Vec::new(); places.len()];
    let mut built = Vec::new();
    let mut left = Vec::new();
    for &(a, b, length) in &candidates {
        if way(&neighbours, a, b, detour * length) > detour * length {
            connect(&mut neighbours, a, b, length);
            built.push((a, b));
        } else {
            left.push((a, b, length));
        }
    }
    for (a, b, length) in left {
        if neighbours[a].len() < 2 || neighbours[b].len() < 2 {
            connect(&mut neighbours, a, b, length);
            built.push((a, b));
        }
    }
    built
}

fn connect(neighbours: &mut [Vec<(usize, f64)>], a: usize, b: usize, length: f64) {
    neighbours[a].push((b, length));
    neighbours[b].push((a, length));
}

/// Pairs with no third place inside the circle over them, shortest first.
fn gabriel(places: &[P]) -> Vec<(usize, usize, f64)> {
    let mut pairs = Vec::new();
    for a in 0..places.len() {
        for b in a + 1..places.len() {
            let middle = places[a].toward(places[b], 0.5);
            let radius = places[a].distance(places[b]) / 2.0;
            let free = |c: usize| c == a || c == b || places[c].distance(middle) >= radius * (1.0 - 1e-9);
            if (0..places.len()).all(free) {
                pairs.push((a, b, 2.0 * radius));
            }
        }
    }
    pairs.sort_by(|x, y| x.2.total_cmp(&y.2).then((x.0, x.1).cmp(&(y.0, y.1))));
    pairs
}

/// Length of the shortest way from `a` to `b`, infinite if longer than `limit` (Dijkstra; cities have tens of stations).
fn way(neighbours: &[Vec<(usize, f64)>], a: usize, b: usize, limit: f64) -> f64 {
    let mut distance = vec![f64::INFINITY; neighbours.len()];
    let mut done = vec![false; neighbours.len()];
    distance[a] = 0.0;
    loop {
        let open = (0..neighbours.len()).filter(|&i| !done[i] && distance[i] <= limit);
        let Some(at) = open.min_by(|&i, &j| distance[i].total_cmp(&distance[j])) else { return f64::INFINITY };
        if at == b {
            return distance[b];
        }
        done[at] = true;
        for &(next, length) in &neighbours[at] {
            distance[next] = distance[next].min(distance[at] + length);
        }
    }
}

/// Edges whose loss would cut the graph in two (Tarjan's low points, without recursion).
pub(crate) fn bridges(n: usize, edges: &[Edge]) -> Vec<bool> {
    let mut neighbours = vec![Vec::new(); n];
    for (e, &(a, b)) in edges.iter().enumerate() {
        neighbours[a].push((b, e));
        neighbours[b].push((a, e));
    }
    let (mut entered, mut low) = (vec![usize::MAX; n], vec![usize::MAX; n]);
    let mut bridge = vec![false; edges.len()];
    let mut clock = 0;
    for root in 0..n {
        if entered[root] != usize::MAX {
            continue;
        }
        (entered[root], low[root]) = (clock, clock);
        clock += 1;
        let mut stack = vec![(root, usize::MAX, 0)];
        while let Some(top) = stack.last_mut() {
            let (at, by, k) = *top;
            top.2 += 1;
            if let Some(&(next, e)) = neighbours[at].get(k) {
                if e == by {
                    continue;
                }
                if entered[next] == usize::MAX {
                    (entered[next], low[next]) = (clock, clock);
                    clock += 1;
                    stack.push((next, e, 0));
                } else {
                    low[at] = low[at].min(entered[next]);
                }
            } else {
                stack.pop();
                if let Some(&(parent, _, _)) = stack.last() {
                    low[parent] = low[parent].min(low[at]);
                    bridge[by] = low[at] > entered[parent];
                }
            }
        }
    }
    bridge
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::p;

    #[test]
    fn a_square_becomes_a_loop_and_a_tail_a_bridge() {
        let places = [p(0.0, 0.0), p(1.0, 0.0), p(1.0, 1.01), p(0.0, 1.0), p(3.0, 0.0)];
        let edges = mesh(&places[..4], 2.0);
        assert_eq!(edges.len(), 4);
        assert!(bridges(4, &edges).iter().all(|b| !b));
        let with_tail: Vec<Edge> = edges.iter().copied().chain([(1, 4)]).collect();
        assert_eq!(bridges(5, &with_tail), [false, false, false, false, true]);
    }

    #[test]
    fn a_mesh_connects_everything() {
        let places: Vec<P> = (0..60).map(|k| p(f64::from(k * 37 % 61), f64::from(k * 17 % 59))).collect();
        let edges = mesh(&places, 2.2);
        let mut reached = vec![false; places.len()];
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                open.extend(edges.iter().filter(|e| e.0 == at).map(|e| e.1));
                open.extend(edges.iter().filter(|e| e.1 == at).map(|e| e.0));
            }
        }
        assert!(reached.iter().all(|&r| r));
        assert!(edges.len() < 2 * places.len());
    }
}
