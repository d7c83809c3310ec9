//! The most power that can flow from generators to loads if only capacities counted: an upper bound of what any power flow
//! can deliver, and good enough to tell how hard a strike hits.

use relight_model::{Network, Situation};

/// Arc of the residual graph, capacity in kW: whole numbers, so that the answer is exact.
struct Arc {
    to: usize,
    kw: i64,
}

/// Residual graph for Dinic's algorithm (1970).
struct Residual {
    arcs: Vec<Arc>,
    /// Arcs out of each node; arc `k` and `k ^ 1` are each other's reverse.
    out: Vec<Vec<usize>>,
}

impl Residual {
    fn join(&mut self, a: usize, b: usize, forth_kw: i64, back_kw: i64) {
        for (from, to, kw) in [(a, b, forth_kw), (b, a, back_kw)] {
            self.out[from].push(self.arcs.len());
            self.arcs.push(Arc { to, kw });
        }
    }

    /// Steps from the source to every node along arcs with room; `usize::MAX` where none leads.
    fn levels(&self, source: usize) -> Vec<usize> {
        let mut level = vec![usize::MAX; self.out.len()];
        level[source] = 0;
        let mut queue = std::collections::VecDeque::from([source]);
        while let Some(at) = queue.pop_front() {
            for &k in &self.out[at] {
                let Arc { to, kw } = self.arcs[k];
                if kw > 0 && level[to] == usize::MAX {
                    level[to] = level[at] + 1;
                    queue.push_back(to);
                }
            }
        }
        level
    }

    /// Pushes flow along level-increasing paths until none is left.
    fn blocking(&mut self, source: usize, sink: usize, level: &[usize]) -> i64 {
        let mut next = vec![0; self.out.len()];
        let mut path: Vec<usize> = Vec::new();
        let mut total = 0;
        loop {
            let at = path.last().map_or(source, |&k| self.arcs[k].to);
            if at == sink {
                let kw = path.iter().map(|&k| self.arcs[k].kw).min().unwrap_or(0);
                for &k in &path {
                    self.arcs[k].kw -= kw;
                    self.arcs[k ^ 1].kw += kw;
                }
                total += kw;
                let full = path.iter().position(|&k| self.arcs[k].kw == 0).unwrap_or(0);
                path.truncate(full);
                continue;
            }
            let open = |k: &usize| self.arcs[*k].kw > 0 && level[self.arcs[*k].to] == level[at] + 1;
            match self.out[at][next[at]..].iter().position(open) {
                Some(skip) => {
                    next[at] += skip;
                    path.push(self.out[at][next[at]]);
                }
                None => match path.pop() {
                    // Nothing leads on from here: the arc that came here is done with.
                    Some(k) => {
                        next[at] = self.out[at].len();
                        next[self.arcs[k ^ 1].to] += 1;
                    }
                    None => return total,
                },
            }
        }
    }
}

/// Most power that capacities let through to the loads of the buses in `part`, and their demand, MW.
pub(crate) fn served_mw(network: &Network, situation: &Situation, part: impl Fn(usize) -> bool) -> (f64, f64) {
    let kw = |mw: f64| (mw.max(0.0) * 1000.0).round() as i64;
    let n = network.buses.len();
    let (source, sink) = (n, n + 1);
    let mut graph = Residual { arcs: Vec::new(), out: vec![Vec::new(); n + 2] };
    let live = |i: usize| part(i) && !situation.bus_out[i];
    let mut give_kw = vec![0; n];
    for (k, generator) in network.generators.iter().enumerate() {
        if generator.in_service && !situation.generator_out[k] {
            give_kw[generator.bus.i()] += kw(generator.p_mw_max);
        }
    }
    let mut take_kw = vec![0; n];
    for load in network.loads.iter().filter(|l| l.in_service) {
        take_kw[load.bus.i()] += kw(load.p_mw);
    }
    let demand_kw: i64 = (0..n).filter(|&i| part(i)).map(|i| take_kw[i]).sum();
    for i in (0..n).filter(|&i| live(i)) {
        if give_kw[i] > 0 {
            graph.join(source, i, give_kw[i], 0);
        }
        if take_kw[i] > 0 {
            graph.join(i, sink, take_kw[i], 0);
        }
    }
    for (k, branch) in network.branches.iter().enumerate() {
        let (f, t) = (branch.from.i(), branch.to.i());
        if branch.in_service && !situation.branch_out[k] && live(f) && live(t) {
            let rate_kw = branch.rate_a_mva.map_or(i64::MAX / 4, kw);
            graph.join(f, t, rate_kw, rate_kw);
        }
    }
    let mut served_kw = 0;
    loop {
        let level = graph.levels(source);
        if level[sink] == usize::MAX {
            return (served_kw as f64 / 1000.0, demand_kw as f64 / 1000.0);
        }
        served_kw += graph.blocking(source, sink, &level);
    }
}
