//! Factor and solve on a lattice with shortcuts, 2x2 blocks.

use divan::Bencher;
use relight_numerics::{BlockLu, BlockMatrix, Pattern, Symbolic};

fn main() {
    divan::main();
}

/// A long strip of streets: degree and fill like those of a transmission grid.
fn strip(n: u32) -> Pattern {
    let width = 12;
    let mut edges = Vec::new();
    for i in 0..n {
        if i % width != 0 && i % 3 != 0 {
            edges.push((i, i - 1));
        }
        if i >= width {
            edges.push((i, i - width));
        }
    }
    Pattern::from_edges(n as usize, &edges)
}

fn matrix(symbolic: &Symbolic) -> BlockMatrix<2> {
    let mut a = BlockMatrix::zeros(symbolic.pattern());
    a.values.fill([[-1.0, 0.1], [-0.1, -1.0]]);
    for &d in symbolic.pattern().diagonal() {
        a.values[d as usize] = [[6.0, 0.5], [-0.5, 6.0]];
    }
    a
}

#[divan::bench(args = [1_000, 10_000, 70_000])]
fn symbolic(bencher: Bencher, n: u32) {
    let pattern = strip(n);
    bencher.bench_local(|| Symbolic::new(&pattern));
}

#[divan::bench(args = [1_000, 10_000, 70_000])]
fn refactor(bencher: Bencher, n: u32) {
    let symbolic = Symbolic::new(&strip(n));
    let a = matrix(&symbolic);
    let mut lu = BlockLu::new(&symbolic);
    bencher.bench_local(|| lu.refactor(&symbolic, &a));
}

#[divan::bench(args = [1_000, 10_000, 70_000])]
fn solve(bencher: Bencher, n: u32) {
    let symbolic = Symbolic::new(&strip(n));
    let mut lu = BlockLu::new(&symbolic);
    lu.refactor(&symbolic, &matrix(&symbolic)).expect("diagonally dominant");
    let mut x = vec![[1.0, 0.5]; symbolic.nodes()];
    bencher.bench_local(|| lu.solve(&symbolic, &mut x));
}
