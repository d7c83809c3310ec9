//! Small networks for tests.

use relight_model::{Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Generator, Load, LoadModel, Network};

pub(crate) fn branch(from: u32, to: u32, r_pu: f64, x_pu: f64) -> Branch {
    Branch {
        name: String::new(),
        kind: BranchKind::Line,
        from: BusIdx(from),
        to: BusIdx(to),
        r_pu,
        x_pu,
        g_from_pu: 0.0,
        b_from_pu: 0.0,
        g_to_pu: 0.0,
        b_to_pu: 0.0,
        tap: 1.0,
        shift_deg: 0.0,
        rate_a_mva: Some(100.0),
        rate_b_mva: None,
        rate_c_mva: None,
        angle_deg_min: f64::NEG_INFINITY,
        angle_deg_max: f64::INFINITY,
        in_service: true,
        row: 0,
    }
}

pub(crate) fn bus(id: u32, kind: BusKind) -> Bus {
    Bus {
        id: BusId(id),
        name: String::new(),
        kind,
        base_kv: 110.0,
        vm_pu: 1.0,
        va_deg: 0.0,
        vm_pu_max: 1.1,
        vm_pu_min: 0.9,
        area: 1,
        zone: 1,
        row: id,
    }
}

pub(crate) fn generator(bus: u32, p_mw: f64, p_mw_max: f64) -> Generator {
    Generator {
        name: String::new(),
        bus: BusIdx(bus),
        p_mw,
        q_mvar: 0.0,
        p_mw_max,
        p_mw_min: 0.0,
        q_mvar_max: 300.0,
        q_mvar_min: -300.0,
        vm_pu: 1.02,
        mbase_mva: 100.0,
        in_service: true,
        fuel: String::new(),
        cost: None,
        ramp_mw_per_min: None,
        energy_mwh: None,
        row: 1,
    }
}

pub(crate) fn load(bus: u32, p_mw: f64, q_mvar: f64) -> Load {
    Load { bus: BusIdx(bus), p_mw, q_mvar, model: LoadModel::ConstantPower, in_service: true, row: bus + 1 }
}

/// A ring of six buses with a spur: slack at 0, generators at 2 and 4, loads elsewhere, one transformer with shift.
pub(crate) fn ring() -> Network {
    let mut n = Network::empty("ring", 100.0);
    for i in 0..7 {
        let kind = match i {
            0 => BusKind::Slack,
            2 | 4 => BusKind::Pv,
            _ => BusKind::Pq,
        };
        n.buses.push(bus(i + 1, kind));
    }
    for i in 0..6 {
        n.branches.push(branch(i, (i + 1) % 6, 0.01, 0.08));
        n.branches[i as usize].b_from_pu = 0.02;
        n.branches[i as usize].b_to_pu = 0.02;
        n.branches[i as usize].row = i + 1;
    }
    let mut t = branch(3, 6, 0.002, 0.1);
    t.kind = BranchKind::Transformer;
    t.tap = 0.97;
    t.shift_deg = 30.0;
    t.row = 7;
    n.branches.push(t);
    n.generators = vec![generator(0, 0.0, 200.0), generator(2, 60.0, 100.0), generator(4, 40.0, 150.0)];
    for (k, g) in n.generators.iter_mut().enumerate() {
        g.row = k as u32 + 1;
    }
    n.loads = vec![load(1, 45.0, 10.0), load(3, 30.0, 12.0), load(5, 50.0, 5.0), load(6, 20.0, 8.0)];
    n
}

/// The folder of reference data, beside the workspace or where `RELIGHT_SHARED` says; `None`, said loudly, without it.
pub(crate) fn shared_folder() -> Option<std::path::PathBuf> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RELIGHT_SHARED").map_or(beside, std::path::PathBuf::from);
    if folder.join("cases").is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no reference data at {} (set RELIGHT_SHARED)", folder.display());
    None
}
