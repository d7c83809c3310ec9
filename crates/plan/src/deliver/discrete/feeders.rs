//! Which feeders are on.
//!
//! A solve with slightly spread weights leaves few feeders in between (eq. 4); what these take is room that is filled anew at
//! each bus with whole feeders (eq. 5) and by exchanging one that is on for a better one that fits (eq. 6). Then the rest is
//! offered what room is left anywhere, and so on until nothing is gained. The last solve fixes every share (eq. 7).

use super::super::{Commitment, DeliverError};
use super::desk::Desk;
use relight_model::Network;
use relight_model::outcome::Delivery;

/// Share from which a feeder counts as on, and up to which it takes no room.
const ON: f64 = 1.0 - 1e-4;
const TRACE: f64 = 1e-4;
/// Spread of weights among feeders of one bus: the largest is worth this part more than the smallest.
const SPREAD: f64 = 2e-3;
/// What a wish is worth more than its weight says.
const WISH: f64 = 30.0;
/// Repairs after which an island without a valid point is left without load.
const REPAIRS: u32 = 3;
/// Room left in part of what is served that is not worth another solve.
const SMALL: f64 = 5e-4;
/// Solves that are kept for the answer: one with every share fixed, a repair and one more, and the offer before.
const ANSWER: u32 = 4;
/// Exchanges at one bus in one round.
const EXCHANGES: usize = 4;

/// What is decided about a feeder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    On,
    /// It is offered what room is left.
    Off,
    /// As off, and worth more than all that are not wished for.
    Wish,
    /// Off for good: it was offered room and did not fit.
    Out,
}

/// Chooses feeders and solves with every share fixed.
pub(super) fn whole(desk: &mut Desk, near: Delivery) -> Result<Delivery, DeliverError> {
    let mut feeders = Feeders::new(desk);
    let first = desk.solve(&feeders.spread, None, &near)?;
    desk.accept(&first);
    let mut at = feeders.rounds(desk, first)?;
    let goal_mw = desk.worth_mw(&near);
    let mut tried = vec![false; near.load_served.len()];
    while desk.may_solve(ANSWER + 2) && feeders.worth_on_mw() < (1.0 - SMALL) * goal_mw {
        let Some(wished) = feeders.nearest(&near, &tried) else { break };
        tried[wished as usize] = true;
        let mut other = feeders.afresh(wished);
        let offered = desk.solve(&other.offer_weights(), Some(other.shares(true)), &at)?;
        if offered.failures.len() > at.failures.len() {
            continue;
        }
        desk.accept(&offered);
        let reached = other.rounds(desk, offered)?;
        if other.worth_on_mw() > feeders.worth_on_mw() * (1.0 + 1e-9) {
            other.wishes.push(wished);
            (feeders, at) = (other, reached);
        }
    }
    feeders.settled(desk, at)
}

#[derive(Clone)]
struct Feeders<'a> {
    network: &'a Network,
    weights: Vec<f64>,
    /// Weights with the spread.
    spread: Vec<f64>,
    choice: Vec<Choice>,
    /// Feeders that are wished for from the start.
    wishes: Vec<u32>,
    /// Loads by bus.
    at_bus: Vec<Vec<u32>>,
}

impl<'a> Feeders<'a> {
    fn new(desk: &Desk<'a>) -> Self {
        let network = desk.network;
        let mut at_bus = vec![Vec::new(); network.buses.len()];
        let mut by_size: Vec<u32> = (0..network.loads.len() as u32).collect();
        by_size.sort_by(|&a, &b| {
            let [a_mw, b_mw] = [a, b].map(|k| network.loads[k as usize].p_mw);
            b_mw.total_cmp(&a_mw).then(a.cmp(&b))
        });
        let mut spread = desk.weights.clone();
        for (rank, &k) in by_size.iter().enumerate() {
            let load = &network.loads[k as usize];
            if load.in_service {
                at_bus[load.bus.i()].push(k);
            }
            spread[k as usize] *= 1.0 - SPREAD * rank as f64 / by_size.len() as f64;
        }
        Self {
            network,
            weights: desk.weights.clone(),
            spread,
            choice: vec![Choice::Off; network.loads.len()],
            wishes: Vec::new(),
            at_bus,
        }
    }

    /// Ranges of shares: those that are on are fixed, so are the others unless they are offered room.
    fn shares(&self, offer: bool) -> Vec<(f64, f64)> {
        let range = |choice: &Choice| match choice {
            Choice::On => (1.0, 1.0),
            Choice::Off | Choice::Wish if offer => (0.0, 1.0),
            _ => (0.0, 0.0),
        };
        self.choice.iter().map(range).collect()
    }

    /// Weights of an offer. Feeders that are on cannot move and weigh nothing: what is offered is then weighed the more exactly.
    fn offer_weights(&self) -> Vec<f64> {
        let weight = |(choice, weight): (&Choice, &f64)| match choice {
            Choice::On => 0.0,
            Choice::Wish => WISH * weight,
            _ => *weight,
        };
        self.choice.iter().zip(&self.spread).map(weight).collect()
    }

    /// The same with nothing decided, but for what was wished for with gain and for `wished`.
    fn afresh(&self, wished: u32) -> Self {
        let mut other = self.clone();
        other.choice.fill(Choice::Off);
        for &k in self.wishes.iter().chain([&wished]) {
            other.choice[k as usize] = Choice::Wish;
        }
        other
    }

    /// The feeder that is not on and yet would have the most worth with shares.
    fn nearest(&self, continuous: &Delivery, tried: &[bool]) -> Option<u32> {
        let worth = |&k: &u32| continuous.load_served[k as usize] * self.worth_mw(k);
        let left =
            (0..self.choice.len() as u32).filter(|&k| self.choice[k as usize] != Choice::On && !tried[k as usize]);
        left.filter(|k| continuous.load_served[*k as usize] > TRACE)
            .max_by(|a, b| worth(a).total_cmp(&worth(b)).then(b.cmp(a)))
    }

    fn worth_on_mw(&self) -> f64 {
        (0..self.choice.len() as u32).filter(|&k| self.choice[k as usize] == Choice::On).map(|k| self.worth_mw(k)).sum()
    }

    /// Takes up what `at` serves and offers what is left, until little is.
    fn rounds(&mut self, desk: &mut Desk, mut at: Delivery) -> Result<Delivery, DeliverError> {
        while self.take_up(&at) && desk.may_solve(ANSWER) {
            let offered = desk.solve(&self.offer_weights(), Some(self.shares(true)), &at)?;
            if offered.failures.len() > at.failures.len() {
                return self.repaired(desk, &at);
            }
            at = offered;
        }
        Ok(at)
    }

    fn worth_mw(&self, k: u32) -> f64 {
        self.weights[k as usize] * self.network.loads[k as usize].p_mw.abs()
    }

    /// Takes what is served whole as on, fills the room of what is served in part at each bus, and wishes for what the room left
    /// over the network may hold; whether there is anything more to offer.
    fn take_up(&mut self, d: &Delivery) -> bool {
        let mut gained = false;
        // Feeders in between, and the room that they leave: of these buses and of the island of each.
        let mut between: Vec<(f64, u32)> = Vec::new();
        let mut left_mw = vec![0.0; d.islands.len()];
        for bus in 0..self.at_bus.len() {
            let loads = std::mem::take(&mut self.at_bus[bus]);
            let mut room = Room::default();
            for &k in &loads {
                let share = d.load_served[k as usize];
                let choice = &mut self.choice[k as usize];
                if matches!(*choice, Choice::Off | Choice::Wish) {
                    if share >= ON {
                        *choice = Choice::On;
                        gained = true;
                    } else if share > TRACE {
                        room.add(self.network, k, share);
                    }
                }
            }
            if room != Room::default() {
                gained |= self.fill(&loads, &mut room);
                self.exchange(&loads, &mut room);
                if let Some(island) = d.buses[bus].island {
                    left_mw[island as usize] += room.p_mw.max(0.0);
                }
            }
            for &k in &loads {
                let share = d.load_served[k as usize];
                match self.choice[k as usize] {
                    Choice::Off if share > TRACE => between.push((share, k)),
                    // It was worth more than anything and yet did not fit.
                    Choice::Wish => self.choice[k as usize] = Choice::Out,
                    _ => {}
                }
            }
            self.at_bus[bus] = loads;
        }
        let left: f64 = left_mw.iter().sum();
        let more = self.wish(d, between, left_mw, gained) || gained;
        more && left > SMALL * d.served_mw
    }

    /// Of the feeders in between, those that come nearest to being on are wished for as long as they fit into the room left in
    /// their island (eq. 7); those that are larger than all of it are out, and so are all if nothing was gained otherwise.
    fn wish(&mut self, d: &Delivery, mut between: Vec<(f64, u32)>, left_mw: Vec<f64>, gained: bool) -> bool {
        between.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut free_mw = left_mw.clone();
        let mut wished = false;
        for &(_, k) in &between {
            let load = &self.network.loads[k as usize];
            let Some(island) = d.buses[load.bus.i()].island.map(|i| i as usize) else { continue };
            if load.p_mw > left_mw[island] {
                self.choice[k as usize] = Choice::Out;
            } else if load.p_mw <= free_mw[island] {
                free_mw[island] -= load.p_mw;
                self.choice[k as usize] = Choice::Wish;
                wished = true;
            }
        }
        if !wished && !gained {
            between.iter().for_each(|&(_, k)| self.choice[k as usize] = Choice::Out);
        }
        wished || !between.is_empty()
    }

    /// Turns on what fits into the room of a bus, the worthiest per MW first, of equals the largest (eq. 5).
    fn fill(&mut self, loads: &[u32], room: &mut Room) -> bool {
        let mut gained = false;
        let mut order: Vec<u32> = loads.iter().copied().filter(|&k| self.choice[k as usize] == Choice::Off).collect();
        // Stable: `loads` are sorted by size.
        order.sort_by(|&a, &b| self.weights[b as usize].total_cmp(&self.weights[a as usize]));
        for k in order {
            if self.network.loads[k as usize].p_mw > 0.0 && room.fits(self.network, k, None) {
                room.add(self.network, k, -1.0);
                self.choice[k as usize] = Choice::On;
                gained = true;
            }
        }
        gained
    }

    /// Exchanges a feeder of a bus that is on for one of more worth that fits into its place and the room (eq. 6).
    fn exchange(&mut self, loads: &[u32], room: &mut Room) {
        for _ in 0..EXCHANGES {
            let mut best: Option<(f64, u32, u32)> = None;
            let of = |wanted: bool| {
                let (network, choice) = (self.network, &self.choice);
                loads.iter().copied().filter(move |&k| {
                    (choice[k as usize] == Choice::On) == wanted && network.loads[k as usize].p_mw > 0.0
                })
            };
            for come in of(false) {
                for go in of(true) {
                    let gain = self.worth_mw(come) - self.worth_mw(go);
                    if gain > best.map_or(1e-9, |b| b.0) && room.fits(self.network, come, Some(go)) {
                        best = Some((gain, come, go));
                    }
                }
            }
            let Some((_, come, go)) = best else { break };
            room.add(self.network, come, -1.0);
            room.add(self.network, go, 1.0);
            self.choice[come as usize] = Choice::On;
            self.choice[go as usize] = Choice::Out;
        }
    }

    /// Solves with every share fixed, and repairs until every island has a valid point that has one at all.
    fn settled(mut self, desk: &mut Desk, mut at: Delivery) -> Result<Delivery, DeliverError> {
        let weights = self.weights.clone();
        for repair in 0..=REPAIRS {
            let fixed = desk.solve(&weights, Some(self.shares(false)), &at)?;
            if fixed.failures.len() <= at.failures.len() {
                return Ok(fixed);
            }
            if repair == REPAIRS {
                self.clear(desk, &fixed);
            } else {
                at = self.repaired(desk, &at)?;
            }
        }
        desk.solve(&weights, Some(self.shares(false)), &at)
    }

    /// Nothing has to be served, nothing new may be: what then is not served whole goes off. Where all of it still is and yet has
    /// no valid point once fixed, the least worth of each island goes.
    fn repaired(&mut self, desk: &mut Desk, near: &Delivery) -> Result<Delivery, DeliverError> {
        let may = self.choice.iter().map(|c| (0.0, if *c == Choice::On { 1.0 } else { 0.0 })).collect();
        let soft = desk.solve(&self.spread, Some(may), near)?;
        desk.accept(&soft);
        let mut shed = false;
        for (choice, share) in self.choice.iter_mut().zip(&soft.load_served) {
            if *choice == Choice::On && *share < ON {
                *choice = Choice::Out;
                shed = true;
            }
        }
        if !shed {
            let mut least: Vec<Option<u32>> = vec![None; soft.islands.len()];
            for k in (0..self.choice.len()).filter(|&k| self.choice[k] == Choice::On) {
                if let Some(island) = soft.buses[self.network.loads[k].bus.i()].island {
                    let least = &mut least[island as usize];
                    if least.is_none_or(|l| self.worth_mw(k as u32) < self.worth_mw(l)) {
                        *least = Some(k as u32);
                    }
                }
            }
            least.into_iter().flatten().for_each(|k| self.choice[k as usize] = Choice::Out);
        }
        Ok(soft)
    }

    /// Islands that have no valid point with what was chosen are left without load and without units.
    fn clear(&mut self, desk: &mut Desk, failed: &Delivery) {
        let given_up = |bus: relight_model::BusIdx| {
            failed.buses[bus.i()].island.is_some_and(|i| failed.failures.iter().any(|f| f.island == i))
        };
        for (choice, load) in self.choice.iter_mut().zip(&self.network.loads) {
            if given_up(load.bus) {
                *choice = Choice::Out;
            }
        }
        for (commitment, unit) in desk.commitment.iter_mut().zip(&self.network.generators) {
            if given_up(unit.bus) && *commitment == Commitment::On {
                *commitment = Commitment::Off;
            }
        }
    }
}

/// Power that may be taken more at a bus, MW and Mvar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Room {
    p_mw: f64,
    q_mvar: f64,
}

impl Room {
    fn add(&mut self, network: &Network, k: u32, share: f64) {
        let load = &network.loads[k as usize];
        self.p_mw += share * load.p_mw;
        self.q_mvar += share * load.q_mvar;
    }

    /// Whether `come` fits in once `go` is off. Reactive power counts where it is taken.
    fn fits(&self, network: &Network, come: u32, go: Option<u32>) -> bool {
        let (mut p, mut q) = (network.loads[come as usize].p_mw, network.loads[come as usize].q_mvar);
        if let Some(go) = go {
            p -= network.loads[go as usize].p_mw;
            q -= network.loads[go as usize].q_mvar;
        }
        p <= self.p_mw && q <= self.q_mvar.max(0.0)
    }
}
