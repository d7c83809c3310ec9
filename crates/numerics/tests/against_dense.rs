//! Block LU, its fallback and the transposed and multiple solves, judged by dense LU with partial pivoting.
#![allow(clippy::unwrap_used)] // helpers of tests: a panic here is a failed test

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relight_numerics::{
    BlockLu, BlockMatrix, DenseLu, LaneFactors, Ordering, PathSolver, Paths, Pattern, RobustLu, ScalarMatrix, Symbolic,
    ThresholdLu,
};

/// A ring of `n` nodes with chords, a few leaves and (`split`) a part of its own.
fn graph(n: u32, rng: &mut ChaCha8Rng) -> Pattern {
    let mut edges: Vec<(u32, u32)> = (0..n).map(|i| (i, (i + 1) % n)).collect();
    for _ in 0..n / 2 {
        edges.push((rng.random_range(0..n), rng.random_range(0..n)));
    }
    let leaves = n / 4;
    for leaf in 0..leaves {
        edges.push((n + leaf, rng.random_range(0..n)));
    }
    edges.push((n + leaves, n + leaves + 1)); // an island
    Pattern::from_edges((n + leaves + 2) as usize, &edges)
}

fn random_blocks<const N: usize>(symbolic: &Symbolic, rng: &mut ChaCha8Rng, diagonal: f64) -> BlockMatrix<N> {
    let pattern = symbolic.pattern();
    let mut a = BlockMatrix::zeros(pattern);
    for value in a.values.as_flattened_mut().as_flattened_mut() {
        *value = rng.random_range(-1.0..1.0);
    }
    for &d in pattern.diagonal() {
        for (r, row) in a.values[d as usize].iter_mut().enumerate() {
            row[r] += diagonal;
        }
    }
    a
}

fn dense<const N: usize>(pattern: &Pattern, a: &BlockMatrix<N>) -> Vec<f64> {
    let order = N * pattern.nodes();
    let mut m = vec![0.0; order * order];
    for i in 0..pattern.nodes() {
        for at in pattern.row(i) {
            let j = pattern.columns()[at] as usize;
            for r in 0..N {
                for c in 0..N {
                    m[(N * i + r) * order + N * j + c] = a.values[at][r][c];
                }
            }
        }
    }
    m
}

fn rhs<const N: usize>(n: usize, rng: &mut ChaCha8Rng) -> Vec<[f64; N]> {
    (0..n).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect()
}

fn close(got: &[f64], want: &[f64], tolerance: f64) {
    let size = want.iter().fold(1e-300f64, |m, v| m.max(v.abs()));
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= tolerance * size, "{g} instead of {w}, largest {size}");
    }
}

fn check_all_solves<const N: usize>(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let symbolic = Symbolic::new(&graph(30, &mut rng));
    let a = random_blocks::<N>(&symbolic, &mut rng, 4.0);
    let n = symbolic.nodes();
    let full = dense(symbolic.pattern(), &a);
    let judge = DenseLu::factor(N * n, &full).unwrap();
    let mut lu = BlockLu::new(&symbolic);
    assert!(lu.refactor(&symbolic, &a).unwrap().keeps_digits(9));

    let b = rhs::<N>(n, &mut rng);
    let mut want = b.as_flattened().to_vec();
    judge.solve(&mut want);
    let mut x = b.clone();
    lu.solve(&symbolic, &mut x);
    close(x.as_flattened(), &want, 1e-11);

    let order = N * n;
    let transposed: Vec<f64> = (0..order * order).map(|p| full[(p % order) * order + p / order]).collect();
    let mut want_t = b.as_flattened().to_vec();
    DenseLu::factor(order, &transposed).unwrap().solve(&mut want_t);
    let mut x = b.clone();
    lu.solve_transposed(&symbolic, &mut x);
    close(x.as_flattened(), &want_t, 1e-11);

    let mut many: Vec<[[f64; 3]; N]> = b.iter().map(|b| b.map(|v| [v, -2.0 * v, 0.0])).collect();
    lu.solve_many(&symbolic, &mut many);
    for (m, w) in many.as_flattened().iter().zip(&want) {
        close(m, &[*w, -2.0 * w, 0.0], 1e-10);
    }

    check_lanes(&symbolic, &lu, &b, &want);
    check_paths(&symbolic, &lu, n as u32 - 3, &judge);

    let scalar = ScalarMatrix::from_blocks(symbolic.pattern(), &a);
    close(&ThresholdLu::factor(&scalar, 0.1).unwrap().solve(b.as_flattened()), &want, 1e-11);
}

/// Both halves of a solve in lanes, in double and in single precision.
fn check_lanes<const N: usize>(symbolic: &Symbolic, lu: &BlockLu<N>, b: &[[f64; N]], want: &[f64]) {
    let factors = LaneFactors::<f64, N>::new(lu);
    let mut x: Vec<[[f64; 3]; N]> = b.iter().map(|b| b.map(|v| [v, -2.0 * v, 0.0])).collect();
    factors.forward(symbolic, &mut x);
    factors.backward(symbolic, &mut x);
    for (x, w) in x.as_flattened().iter().zip(want) {
        close(x, &[*w, -2.0 * w, 0.0], 1e-10);
    }
    let factors = LaneFactors::<f32, N>::new(lu);
    let mut x: Vec<[[f32; 2]; N]> = b.iter().map(|b| b.map(|v| [v as f32, 0.0])).collect();
    factors.forward(symbolic, &mut x);
    factors.backward(symbolic, &mut x);
    let x: Vec<f64> = x.as_flattened().iter().map(|x| f64::from(x[0])).collect();
    close(&x, want, 1e-4);
}

/// A right-hand side at two nodes, solved on their paths alone.
fn check_paths<const N: usize>(symbolic: &Symbolic, lu: &BlockLu<N>, node: u32, judge: &DenseLu) {
    let n = symbolic.nodes();
    let solver = PathSolver::new(symbolic, lu);
    let mut paths = Paths::new(n);
    let mut path = Vec::new();
    for given in [[node, 0], [2, 1], [0, 0]] {
        paths.from_nodes(symbolic, &given, &mut path);
        assert!(path.windows(2).all(|w| w[0] < w[1]) && given.iter().all(|i| path.contains(i)));
        let mut x = vec![[0.0; N]; n];
        x[given[0] as usize] = [1.0; N];
        x[given[1] as usize][0] -= 0.5;
        let mut want = x.as_flattened().to_vec();
        judge.solve(&mut want);
        solver.forward(symbolic, &path, &mut x);
        let off_path = |i: u32| !path.contains(&i);
        assert!((0..n as u32).filter(|&i| off_path(i)).all(|i| x[i as usize] == [0.0; N]), "filled beside its path");
        solver.backward(symbolic, &path, &mut x);
        let here = |x: &[f64]| -> Vec<f64> { path.iter().flat_map(|&i| x[i as usize * N..][..N].to_vec()).collect() };
        close(&here(x.as_flattened()), &here(&want), 1e-11);
    }
}

#[test]
fn every_solve_agrees_with_dense_lu() {
    for seed in 0..8 {
        check_all_solves::<1>(seed);
        check_all_solves::<2>(seed + 100);
        check_all_solves::<4>(seed + 200);
    }
}

#[test]
fn refactoring_leaves_no_trace_of_the_matrix_before() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let symbolic = Symbolic::new(&graph(40, &mut rng));
    let first = random_blocks::<2>(&symbolic, &mut rng, 4.0);
    let second = random_blocks::<2>(&symbolic, &mut rng, 3.0);
    let mut singular = first.clone();
    singular.values[symbolic.pattern().diagonal()[0] as usize] = [[1.0, 2.0], [2.0, 4.0]];
    let b = rhs::<2>(symbolic.nodes(), &mut rng);
    let mut fresh = BlockLu::new(&symbolic);
    fresh.refactor(&symbolic, &second).unwrap();
    let mut want = b.clone();
    fresh.solve(&symbolic, &mut want);
    let mut used = BlockLu::new(&symbolic);
    used.refactor(&symbolic, &first).unwrap();
    assert!(used.refactor(&symbolic, &singular).is_err(), "the first pivot block is singular and nothing precedes it");
    used.refactor(&symbolic, &second).unwrap();
    let mut got = b;
    used.solve(&symbolic, &mut got);
    assert_eq!(got, want);
}

/// Solves with [`RobustLu`] and demands a small backward error, whatever path it took; says which.
fn robust<const N: usize>(symbolic: &Symbolic, a: &BlockMatrix<N>, rng: &mut ChaCha8Rng) -> (bool, Vec<f64>, Vec<f64>) {
    let n = symbolic.nodes();
    let b = rhs::<N>(n, rng);
    let mut lu = RobustLu::new(symbolic);
    lu.factor(symbolic, a);
    let mut x = vec![[0.0; N]; n];
    let report = lu.solve(symbolic, a, &b, &mut x).unwrap();
    assert!(report.backward_error <= 1e-10, "{report:?}");
    let mut want = b.as_flattened().to_vec();
    DenseLu::factor(N * n, &dense(symbolic.pattern(), a)).unwrap().solve(&mut want);
    (report.fell_back, x.as_flattened().to_vec(), want)
}

#[test]
fn weak_diagonals_are_solved() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..20 {
        let symbolic = Symbolic::new(&graph(25, &mut rng));
        let a = random_blocks::<2>(&symbolic, &mut rng, 0.0);
        let (_, got, want) = robust(&symbolic, &a, &mut rng);
        close(&got, &want, 1e-7);
    }
}

#[test]
fn zero_pivot_blocks_fall_back_to_the_pivot_search() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let symbolic = Symbolic::new(&graph(25, &mut rng));
    let mut a = random_blocks::<2>(&symbolic, &mut rng, 2.0);
    a.values[symbolic.pattern().diagonal()[0] as usize] = [[0.0; 2]; 2];
    let (fell_back, got, want) = robust(&symbolic, &a, &mut rng);
    assert!(fell_back);
    close(&got, &want, 1e-9);
}

#[test]
fn tiny_pivots_are_noticed() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let symbolic = Symbolic::new(&graph(25, &mut rng));
    let mut a = random_blocks::<1>(&symbolic, &mut rng, 2.0);
    a.values[symbolic.pattern().diagonal()[0] as usize] = [[1e-15]];
    let quality = BlockLu::new(&symbolic).refactor(&symbolic, &a).unwrap();
    assert!(quality.growth > 1e12 && !quality.keeps_digits(8), "{quality:?}");
    let (_, got, want) = robust(&symbolic, &a, &mut rng);
    close(&got, &want, 1e-9);
}

/// Laplacians as networks give them: `weights` per edge, grounded a little at node 0.
fn laplacian(pattern: &Pattern, weight: impl Fn(usize, usize) -> f64) -> BlockMatrix<1> {
    let mut a = BlockMatrix::zeros(pattern);
    for i in 0..pattern.nodes() {
        let diagonal = pattern.diagonal()[i] as usize;
        for at in pattern.row(i) {
            let j = pattern.columns()[at] as usize;
            if i != j {
                let w = weight(i.min(j), i.max(j));
                a.values[at][0][0] -= w;
                a.values[diagonal][0][0] += w;
            }
        }
        a.values[diagonal][0][0] += 0.01;
    }
    a
}

#[test]
fn couplings_of_1e9_beside_ones() {
    let mut rng = ChaCha8Rng::seed_from_u64(10);
    let symbolic = Symbolic::new(&graph(30, &mut rng));
    let a = laplacian(symbolic.pattern(), |i, j| if (i + j) % 5 == 0 { 1e9 } else { 1.0 });
    let (fell_back, got, want) = robust(&symbolic, &a, &mut rng);
    assert!(!fell_back);
    close(&got, &want, 1e-4); // the condition number is about 1e12, so that both answers keep some 4 digits
}

#[test]
fn negative_couplings() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for _ in 0..10 {
        let symbolic = Symbolic::new(&graph(30, &mut rng));
        let a = laplacian(symbolic.pattern(), |i, j| if (i + j) % 7 == 0 { -3.0 } else { 1.0 + (i % 3) as f64 });
        let (_, got, want) = robust(&symbolic, &a, &mut rng);
        close(&got, &want, 1e-9);
    }
}

#[test]
fn near_singular_keeps_its_backward_error() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let symbolic = Symbolic::new(&graph(30, &mut rng));
    let mut a = laplacian(symbolic.pattern(), |_, _| 1.0);
    for &d in symbolic.pattern().diagonal() {
        a.values[d as usize][0][0] -= 0.01 - 1e-11;
    }
    robust(&symbolic, &a, &mut rng);
}

#[test]
fn singular_and_not_a_number_are_errors() {
    let symbolic = Symbolic::with_ordering(&Pattern::from_edges(2, &[(0, 1)]), Ordering::natural(2));
    for bad in [1.0, f64::NAN, f64::INFINITY] {
        let a = BlockMatrix { values: vec![[[1.0]], [[1.0]], [[1.0]], [[bad]]] };
        let mut lu = RobustLu::new(&symbolic);
        lu.factor(&symbolic, &a);
        let mut x = vec![[0.0]; 2];
        assert!(lu.solve(&symbolic, &a, &[[1.0], [0.0]], &mut x).is_err(), "{bad}: {x:?}");
    }
}
