//! All outages on several threads: who solves which, in what order, and what comes of it.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use relight_model::outcome::FlowStatus;

use crate::admittance::Complex;
use crate::contingency::ac::AcWorker;
use crate::contingency::afresh::Afresh;
use crate::contingency::dc::DcWorker;
use crate::contingency::outcome::{Answer, OutageResult};
use crate::contingency::{Contingency, LANES, Physics};
use relight_model::safety::Outage;

/// Outages that a thread takes at a time in DC, where each is a matter of microseconds.
const DC_GRAIN: usize = 16 * LANES;

/// How a run is carried out; none of it changes a result.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Threads to use.
    pub threads: NonZero<usize>,
    /// Set from outside to stop: the run ends with what is ready by then.
    pub stop: Option<&'a AtomicBool>,
    /// Called from the threads with how many outages are done and how many there are.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl Default for Control<'_> {
    /// One thread, never stopped, nobody listening.
    fn default() -> Self {
        Self { threads: NonZero::<usize>::MIN, stop: None, progress: &|_, _| {} }
    }
}

/// A result with what the run wants to know of it.
struct Done {
    result: OutageResult,
    /// Whether screening passes it on to AC.
    look_closer: bool,
    afresh: bool,
}

impl Contingency<'_> {
    /// Solves `outages`, which [`Contingency::list`] gave.
    pub fn run(&self, outages: &[Outage], control: &Control<'_>) -> Answer {
        let all: Vec<u32> = (0..outages.len() as u32).collect();
        match self.physics {
            Physics::Ac => self.collect(outages, &self.hardest_first(outages, all), false, control, 0),
            Physics::Dc => self.collect(outages, &all, true, control, 0),
            Physics::Screened => {
                let dc = self.spread(outages, &all, true, control);
                let closer = |k: &u32| dc[*k as usize].as_ref().is_some_and(|d| d.look_closer);
                let chosen: Vec<u32> = all.into_iter().filter(closer).collect();
                let harmless = dc.iter().flatten().count() - chosen.len();
                drop(dc);
                self.collect(outages, &self.hardest_first(outages, chosen), false, control, harmless)
            }
        }
    }

    fn collect(&self, outages: &[Outage], order: &[u32], dc: bool, control: &Control<'_>, harmless: usize) -> Answer {
        let done = self.spread(outages, order, dc, control);
        let solved_afresh = done.iter().flatten().filter(|d| d.afresh).count();
        let results: Vec<OutageResult> = done.into_iter().flatten().map(|d| d.result).collect();
        let not_done = outages.len() - results.len() - harmless;
        Answer { outages: results, screened_out: harmless, not_done, solved_afresh }
    }

    /// Solves the outages at the positions `order`, in that order; the answers stand where the outages stand.
    fn spread(&self, outages: &[Outage], order: &[u32], dc: bool, control: &Control<'_>) -> Vec<Option<Done>> {
        let grain = if dc { DC_GRAIN } else { LANES };
        let (next, ready) = (AtomicUsize::new(0), AtomicUsize::new(0));
        (control.progress)(0, order.len());
        let work = || {
            let mut worker = Worker::new(self, dc);
            let mut done: Vec<(u32, Done)> = Vec::new();
            while !control.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                let first = next.fetch_add(grain, Ordering::Relaxed);
                if first >= order.len() {
                    break;
                }
                let mine = &order[first..order.len().min(first + grain)];
                for batch in mine.chunks(LANES) {
                    worker.solve(self, outages, batch, &mut done);
                }
                let count = ready.fetch_add(mine.len(), Ordering::Relaxed) + mine.len();
                (control.progress)(count, order.len());
            }
            done
        };
        let threads = control.threads.get().min(order.len().div_ceil(grain)).max(1);
        let mut placed: Vec<Option<Done>> = outages.iter().map(|_| None).collect();
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let rest = others.into_iter().flat_map(|o| match o.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            for (k, done) in own.into_iter().chain(rest) {
                placed[k as usize] = Some(done);
            }
        });
        placed
    }

    /// Outages that change much come first: those solved side by side then take about as many iterations. The order is that
    /// of the power that is lost its way, so it does not depend on threads.
    fn hardest_first(&self, outages: &[Outage], mut chosen: Vec<u32>) -> Vec<u32> {
        let Some(ac) = &self.ac else { return chosen };
        let through = |k: usize| {
            let slots = &self.structure.slots[k];
            let v = |node: u32| ac.voltage(node);
            let (from, to) = self.structure.two_ports[k].flows(v(slots.from), v(slots.to));
            size(from).max(size(to))
        };
        let key = |outage: Outage| match outage {
            Outage::Branch(k) => through(k.i()),
            Outage::Generator(g) => {
                let g = &self.network.generators[g.i()];
                size([g.p_mw, g.q_mvar]) / self.network.base_mva
            }
            Outage::Bus(b) | Outage::Substation(b) => {
                let node = self.structure.node_of_bus[b.i()];
                self.tree.branches_at(node).iter().map(|&k| through(k as usize)).sum()
            }
        };
        let keys: Vec<f64> = outages.iter().map(|&outage| key(outage)).collect();
        chosen.sort_by(|&a, &b| keys[b as usize].total_cmp(&keys[a as usize]).then(a.cmp(&b)));
        chosen
    }
}

fn size(s: Complex) -> f64 {
    s[0].hypot(s[1])
}

/// What one thread works with.
struct Worker<'n> {
    ac: Option<AcWorker>,
    dc: Option<DcWorker>,
    in_dc: bool,
    afresh: Afresh<'n>,
    batch: Vec<Outage>,
    ac_found: Vec<crate::contingency::ac::AcFinding>,
    dc_found: Vec<crate::contingency::dc::DcFinding>,
}

impl<'n> Worker<'n> {
    fn new(study: &Contingency<'n>, in_dc: bool) -> Self {
        let before = study.before();
        Self {
            ac: (!in_dc && study.ac.is_some()).then(|| AcWorker::new(&before, &study.watch)),
            dc: (in_dc && study.dc.is_some()).then(|| DcWorker::new(&before, &study.watch)),
            in_dc,
            afresh: Afresh::new(),
            batch: Vec::with_capacity(LANES),
            ac_found: Vec::with_capacity(LANES),
            dc_found: Vec::with_capacity(LANES),
        }
    }

    fn solve(&mut self, study: &Contingency<'n>, outages: &[Outage], batch: &[u32], done: &mut Vec<(u32, Done)>) {
        self.batch.clear();
        self.batch.extend(batch.iter().map(|&k| outages[k as usize]));
        self.ac_found.clear();
        self.dc_found.clear();
        if let (Some(worker), Some(base)) = (&mut self.ac, &study.ac) {
            worker.solve(&study.before(), &study.watch, base, &self.batch, &mut self.ac_found);
        }
        if let (Some(worker), Some(base)) = (&mut self.dc, &study.dc) {
            worker.solve(&study.before(), &study.watch, base, &self.batch, &mut self.dc_found);
        }
        let people = study.people_by_load.is_some();
        for (p, (&k, &outage)) in batch.iter().zip(&self.batch).enumerate() {
            let (found, raised) = match (self.ac_found.get(p), self.dc_found.get(p)) {
                (Some(f), _) => (Some((f.islands, f.dark_islands, f.lost, f.extremes)), 0),
                (None, Some(f)) => (Some((f.islands, f.dark_islands, f.lost, f.extremes)), f.raised),
                (None, None) => (None, 0),
            };
            let (result, afresh) = match found {
                Some((islands, dark_islands, lost, Some(extremes))) => {
                    let result = OutageResult {
                        outage,
                        status: FlowStatus::Converged,
                        islands,
                        dark_islands,
                        lost_mw: lost[0],
                        lost_people: people.then_some(lost[1]),
                        extremes: Some(extremes),
                    };
                    (result, false)
                }
                _ => (self.afresh.solve(study, outage, self.in_dc), true),
            };
            let split = result.islands != study.base.islands || result.lost_mw > 0.0;
            let look_closer = raised > 0 || split || afresh;
            done.push((k, Done { result, look_closer, afresh }));
        }
    }
}
