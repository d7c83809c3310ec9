//! The linear programme of all steps together, and the bound that its prices prove.

use super::units::{GeneratorUnit, StorageUnit};
use crate::deliver::bound;
use crate::deliver::copper::{Share, box_max};
use crate::deliver::dc::{Answer, Block, Found, Held, Programme};
use crate::deliver::problem::{Element, Problem};
use crate::deliver::reduce::{Column, Reduced};

/// What the programme is made from.
pub(super) struct Together<'a> {
    /// Per distinct demand.
    pub problems: &'a [Problem],
    /// Per distinct demand.
    pub reduced: &'a [Reduced],
    /// Per step: its demand.
    pub demand_of_step: &'a [u32],
    pub storages: &'a [StorageUnit],
    /// Those with limits in the programme, and which.
    pub generators: Vec<(&'a GeneratorUnit, &'a Active)>,
    pub step_h: f64,
    /// Largest worth of anything.
    pub worth: f64,
    /// Cost of using storage, in units of `worth`: enough to break ties for less use of it.
    pub wear: f64,
    /// Cost of giving power unevenly, in units of `worth`.
    pub even: f64,
    /// Per storage unit and step: may only give (true) or only take (false); `None` = as it likes.
    pub directions: Option<&'a [Vec<bool>]>,
}

/// Which limits of a generator are in the programme.
#[derive(Clone, Default)]
pub(super) struct Active {
    /// Ramps: the first step of each pair, in order.
    pub pairs: Vec<usize>,
    /// Energy.
    pub stock: bool,
}

impl Active {
    /// Adds others; says whether any of them is new.
    pub fn add(&mut self, others: &Active) -> bool {
        let known = (self.pairs.len(), self.stock);
        self.pairs.extend(&others.pairs);
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.stock |= others.stock;
        known != (self.pairs.len(), self.stock)
    }

    /// Whether any is.
    pub fn any(&self) -> bool {
        self.stock || !self.pairs.is_empty()
    }
}

/// What came of it: per step the answer of its problem, and the multipliers of the rows that hold the steps together.
pub(super) struct Solution {
    pub answers: Vec<Answer>,
    coupling: Prices,
}

/// Multipliers of the rows that hold steps together.
struct Prices {
    /// Per storage unit and step: worth of one p.u. · h stored.
    energy: Vec<Vec<f64>>,
    /// Per generator and active pair of steps: of the limit upwards and downwards, not negative.
    ramp: Vec<Vec<[f64; 2]>>,
    /// Per generator: of its energy, not negative.
    stock: Vec<f64>,
}

/// Where the rows that hold the steps together begin.
struct Rows {
    storage: usize,
    steps: usize,
    /// Per generator: its first ramp row, and its row of energy.
    generator: Vec<(usize, usize)>,
}

impl Rows {
    fn storage(&self, unit: usize, step: usize) -> u32 {
        (self.storage + unit * self.steps + step) as u32
    }

    /// Entries of a generator's injection in a step (eq. 4 and 5).
    fn generator(&self, k: usize, step: usize, active: &Active, step_h: f64) -> Vec<(u32, f64)> {
        let (ramp, energy) = self.generator[k];
        let mut entries = Vec::with_capacity(5);
        for (pair, sign) in pairs_of(active, step) {
            entries.extend([((ramp + 2 * pair) as u32, sign), ((ramp + 2 * pair + 1) as u32, -sign)]);
        }
        if active.stock {
            entries.push((energy as u32, step_h));
        }
        entries
    }
}

/// The active pairs that a step is in, as positions in their list: with 1 as the later step, with −1 as the earlier.
fn pairs_of(active: &Active, step: usize) -> impl Iterator<Item = (usize, f64)> {
    let place = |first: usize| active.pairs.binary_search(&first).ok();
    let later = step.checked_sub(1).and_then(place).map(|pair| (pair, 1.0));
    later.into_iter().chain(place(step).map(|pair| (pair, -1.0)))
}

impl Together<'_> {
    fn steps(&self) -> usize {
        self.demand_of_step.len()
    }

    fn of(&self, step: usize) -> (&Problem, &Reduced) {
        let demand = self.demand_of_step[step] as usize;
        (&self.problems[demand], &self.reduced[demand])
    }

    /// Solves it; `None` if the solver proved that no point exists.
    pub fn solve(&self) -> Option<Solution> {
        let steps = self.steps();
        let blocks_rows: usize = (0..steps).map(|t| Block::rows(self.of(t).1)).sum();
        let equalities = blocks_rows + self.storages.len() * steps;
        let rows = self.rows(blocks_rows, equalities);
        let inequalities = self.generators.iter().map(|(_, active)| 2 * active.pairs.len() + 1).sum();
        let mut p = Programme::new(equalities, inequalities);
        let mut first_row = 0;
        let mut blocks = Vec::with_capacity(steps);
        for t in 0..steps {
            let (problem, reduced) = self.of(t);
            let held = |c: &Column| self.held(&rows, t, problem, c);
            blocks.push(p.block(problem, reduced, self.worth, first_row, |c| self.even(c), held));
            first_row += Block::rows(reduced);
        }
        self.energies(&rows, &mut p);
        for ((unit, active), &(ramp, energy)) in self.generators.iter().zip(&rows.generator) {
            p.right[ramp..ramp + 2 * active.pairs.len()].fill(unit.ramp.unwrap_or(0.0));
            p.right[energy] = unit.energy.filter(|_| active.stock).unwrap_or(1.0);
        }
        let found = p.solve();
        if found.infeasible {
            return None;
        }
        let answer = |(t, block): (usize, &Block)| {
            let (problem, reduced) = self.of(t);
            block.answer(problem, reduced, self.worth, &found)
        };
        Some(Solution {
            answers: blocks.iter().enumerate().map(answer).collect(),
            coupling: self.prices(&rows, &found),
        })
    }

    fn rows(&self, storage: usize, first_inequality: usize) -> Rows {
        let mut next = first_inequality;
        let place = |(_, active): &(&GeneratorUnit, &Active)| {
            let ramp = next;
            next += 2 * active.pairs.len() + 1;
            (ramp, next - 1)
        };
        Rows { storage, steps: self.steps(), generator: self.generators.iter().map(place).collect() }
    }

    /// Position of a generator among those with limits in the programme.
    fn generator(&self, k: u32) -> Option<usize> {
        self.generators.iter().position(|(g, _)| g.generator == k)
    }

    /// Quadratic cost of what feeds in for nothing, so that sources share alike and change little from step to step (eq. 6).
    fn even(&self, column: &Column) -> f64 {
        let feeds_in = column.share.value == 0.0 && column.share.low >= 0.0 && column.share.high > 0.0;
        if feeds_in { self.even / column.share.high } else { 0.0 }
    }

    /// What a held column does in the rows that hold the steps together.
    fn held(&self, rows: &Rows, t: usize, problem: &Problem, column: &Column) -> Held {
        let storage = |k: u32| self.storages.iter().position(|u| u.storage == k);
        let only = |s: usize, gives: bool| self.directions.is_some_and(|d| d[s][t] != gives);
        match problem.items[column.items[0] as usize].element {
            Element::Charge(k) => storage(k).map(|s| {
                let unplugged = only(s, false);
                let entries = vec![(rows.storage(s, t), self.storages[s].stored_per_charge)];
                Held { entries, cost: if unplugged { -1.0 } else { -self.wear }, unplugged }
            }),
            Element::Discharge(k) => storage(k).map(|s| {
                let unplugged = only(s, true);
                let entries = vec![(rows.storage(s, t), self.storages[s].gone_per_discharge)];
                Held { entries, cost: if unplugged { 1.0 } else { self.wear }, unplugged }
            }),
            Element::Generator(k) => self
                .generator(k)
                .map(|g| Held { entries: rows.generator(g, t, self.generators[g].1, self.step_h), ..Held::default() }),
            Element::Load(_) | Element::Shunt(_) => None,
        }
        .unwrap_or_default()
    }

    /// Energy after each step (eq. 2 and 3): e after − e before + what left = 0.
    fn energies(&self, rows: &Rows, p: &mut Programme) {
        for (s, unit) in self.storages.iter().enumerate() {
            p.right[rows.storage(s, 0) as usize] = unit.energy;
            for t in 0..rows.steps {
                let last = t + 1 == rows.steps;
                let entries = [(rows.storage(s, t), 1.0), (rows.storage(s, (t + 1).min(rows.steps - 1)), -1.0)];
                let low = if last { unit.energy_end_min } else { 0.0 };
                p.column(0.0, &entries[..if last { 1 } else { 2 }], low, unit.energy_max);
            }
        }
    }

    fn prices(&self, rows: &Rows, found: &Found) -> Prices {
        let energy =
            |s: usize| (0..rows.steps).map(|t| self.worth * found.z[rows.storage(s, t) as usize]).collect::<Vec<f64>>();
        // A price below 0 of a limit is rounding; cut to 0, the bound stays one.
        let at = |row: usize| (self.worth * found.z[row]).max(0.0);
        let ramp = |((_, active), &(ramp, _)): (&(&GeneratorUnit, &Active), &(usize, usize))| {
            (0..active.pairs.len()).map(|k| [at(ramp + 2 * k), at(ramp + 2 * k + 1)]).collect()
        };
        let stock = |((_, active), &(_, energy)): (&(&GeneratorUnit, &Active), &(usize, usize))| {
            if active.stock { at(energy) } else { 0.0 }
        };
        let generators = || self.generators.iter().zip(&rows.generator);
        Prices {
            energy: (0..self.storages.len()).map(energy).collect(),
            ramp: generators().map(ramp).collect(),
            stock: generators().map(stock).collect(),
        }
    }

    /// A proven upper bound of the worth of all steps, p.u. (eq. 7): each step's own bound, its held columns paid what the
    /// other steps would give for their injections, and what the prices say of energies, ramps and stocks.
    pub fn bound(&self, solution: &Solution) -> f64 {
        let prices = &solution.coupling;
        let mut sum = 0.0;
        for (t, answer) in solution.answers.iter().enumerate() {
            let (problem, reduced) = self.of(t);
            let share = |k: usize| {
                let column = &reduced.columns[k];
                if !column.held {
                    return column.share;
                }
                Share { value: column.share.value - self.paid(prices, t, problem, column), ..column.share }
            };
            sum += bound::proven(problem, reduced, answer, share);
        }
        for (unit, y) in self.storages.iter().zip(&prices.energy) {
            sum += y[0] * unit.energy;
            for t in 0..y.len() {
                let (low, next) = if t + 1 == y.len() { (unit.energy_end_min, 0.0) } else { (0.0, y[t + 1]) };
                sum += box_max(next - y[t], low, unit.energy_max);
            }
        }
        for (((unit, _), ramp), stock) in self.generators.iter().zip(&prices.ramp).zip(&prices.stock) {
            sum += unit.ramp.unwrap_or(0.0) * ramp.iter().map(|z| z[0] + z[1]).sum::<f64>();
            sum += unit.energy.unwrap_or(0.0) * stock;
        }
        sum
    }

    /// What a held column's injection of one p.u. costs in the rows that hold the steps together.
    fn paid(&self, prices: &Prices, t: usize, problem: &Problem, column: &Column) -> f64 {
        let storage = |k: u32| self.storages.iter().position(|u| u.storage == k);
        match problem.items[column.items[0] as usize].element {
            Element::Charge(k) => storage(k).map_or(0.0, |s| prices.energy[s][t] * self.storages[s].stored_per_charge),
            Element::Discharge(k) => {
                storage(k).map_or(0.0, |s| prices.energy[s][t] * self.storages[s].gone_per_discharge)
            }
            Element::Generator(k) => self.generator(k).map_or(0.0, |g| {
                let net = |(pair, sign): (usize, f64)| sign * (prices.ramp[g][pair][0] - prices.ramp[g][pair][1]);
                pairs_of(self.generators[g].1, t).map(net).sum::<f64>() + prices.stock[g] * self.step_h
            }),
            Element::Load(_) | Element::Shunt(_) => 0.0,
        }
    }
}
