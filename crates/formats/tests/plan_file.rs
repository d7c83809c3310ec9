//! A plan that was written reads as the same, with all that only some deliveries have.

use relight_formats::plan_file;
use relight_model::outcome::{
    BoundBy, BranchState, BusState, Delivery, DeliveryStatus, FailureReason, Formulation, GeneratorState, Island,
    IslandFailure,
};
use relight_model::plan::{Coupling, Margin, Plan, Safety};
use relight_model::safety::{Breach, Harm, Outage};
use relight_model::{Assumption, BranchIdx, BusIdx, GeneratorIdx, HvdcLine, Scenario, Situation, Storage};

fn scenario() -> Scenario {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/two_islands");
    let mut scenario = relight_formats::scenario::read(dir.as_ref()).0.expect("the example reads");
    scenario.network.hvdc_lines = vec![HvdcLine {
        from: BusIdx(0),
        to: BusIdx(1),
        in_service: true,
        p_from_mw: 0.0,
        q_from_mvar: 0.0,
        q_to_mvar: 0.0,
        vm_from_pu: 1.0,
        vm_to_pu: 1.0,
        p_mw_min: 0.0,
        p_mw_max: 50.0,
        q_from_mvar_min: -5.0,
        q_from_mvar_max: 5.0,
        q_to_mvar_min: -5.0,
        q_to_mvar_max: 5.0,
        loss_mw: 0.0,
        loss_share: 0.0,
        row: 1,
    }];
    scenario.network.storages = vec![Storage {
        bus: BusIdx(1),
        in_service: true,
        p_mw: 0.0,
        q_mvar: 0.0,
        energy_mwh: 1.0,
        energy_mwh_max: 2.0,
        charge_mw_max: 1.0,
        discharge_mw_max: 1.0,
        charge_efficiency: 0.9,
        discharge_efficiency: 0.9,
        q_mvar_min: -1.0,
        q_mvar_max: 1.0,
        row: 1,
    }];
    scenario
}

/// An AC delivery in which every field differs from what reading would put in its place.
fn plan_of(scenario: &Scenario) -> Plan {
    let n = &scenario.network;
    let flow = BranchState {
        in_service: true,
        p_from_mw: 1.0,
        q_from_mvar: 2.0,
        p_to_mw: 3.0,
        q_to_mvar: 4.0,
        loading_percent: Some(5.0),
    };
    let reason = FailureReason::NoOperatingPoint { bus: BusIdx(1), mismatch_pu: 0.25 };
    let island = Island { buses: 1, energized: true, slack_bus: Some(BusIdx(0)), load_mw: 1.0, max_mismatch_pu: 1e-9 };
    let delivery = Delivery {
        formulation: Formulation::Ac,
        status: DeliveryStatus::Feasible,
        demand_mw: 3.0,
        served_mw: 2.0,
        objective_mw: 2.0,
        bound_mw: 2.5,
        bound_by: BoundBy::Soc,
        gap: 0.2,
        max_violation_pu: 1e-8,
        load_served: vec![0.5; n.loads.len()],
        shunt_served: vec![0.25; n.shunts.len()],
        generators: vec![GeneratorState { p_mw: 1.0, q_mvar: -2.0 }; n.generators.len()],
        storage_p_mw: vec![-0.5],
        storage_q_mvar: vec![0.25],
        buses: vec![BusState { vm_pu: 1.01, va_deg: -3.0, island: Some(0), energized: true }; n.buses.len()],
        branches: vec![flow; n.branches.len()],
        hvdc_p_from_mw: vec![Some(10.0)],
        hvdc_q_from_mvar: vec![3.0],
        hvdc_q_to_mvar: vec![-4.0],
        islands: vec![island],
        failures: vec![IslandFailure { island: 0, reason }],
        opened: vec![BranchIdx(0)],
        darkened: vec![BusIdx(1)],
        cost_per_hour: Some(12.5),
    };
    Plan {
        horizon: scenario.horizon,
        situation: Situation {
            as_of: scenario.as_of,
            revision: scenario.revision,
            ..Situation::damaged(n, &scenario.damage).expect("the example's damage fits")
        },
        deliveries: vec![delivery],
        demand_factors: vec![vec![1.0; n.loads.len()]],
        delivery_of_step: vec![0; scenario.horizon.steps as usize],
        coupling: Some(Coupling {
            storage_energy_mwh: vec![vec![1.25; scenario.horizon.steps as usize + 1]],
            objective_mwh: 5.0,
            bound_mwh: 6.0,
            gap: 1.0 / 6.0,
        }),
        safety: Some(Safety {
            branches: true,
            generators: false,
            margins: vec![Margin {
                extra_shed_mw: 1.5,
                breaking_before: vec![
                    Breach {
                        outage: Outage::Branch(BranchIdx(1)),
                        harm: Harm::Overload { branch: BranchIdx(0), at_mva: 31.5, limit_mva: 30.25, overloads: 2 },
                    },
                    Breach { outage: Outage::Generator(GeneratorIdx(0)), harm: Harm::Headroom { missing_mw: 0.1 } },
                    Breach { outage: Outage::Bus(BusIdx(1)), harm: Harm::NoFlow },
                ],
                unsafe_left: vec![Breach { outage: Outage::Branch(BranchIdx(0)), harm: Harm::Lost { lost_mw: 7.0 } }],
            }],
        }),
        assumptions: vec![Assumption::StorageKeepsEnergy, Assumption::StorageMayEndEmpty],
    }
}

#[test]
fn an_ac_plan_reads_as_it_was_written() {
    let scenario = scenario();
    let plan = plan_of(&scenario);
    let text = plan_file::write(&scenario, &plan).expect("finite numbers");
    let (read, findings) = plan_file::read(text.as_bytes(), &scenario);
    assert!(!findings.has_errors(), "{findings:?}");
    assert_eq!(read, Some(plan));
}

#[test]
fn reactive_power_of_converters_must_fit_the_network() {
    let scenario = scenario();
    let mut plan = plan_of(&scenario);
    plan.deliveries[0].hvdc_q_to_mvar.push(1.0);
    let text = plan_file::write(&scenario, &plan).expect("finite numbers");
    let (read, findings) = plan_file::read(text.as_bytes(), &scenario);
    assert!(read.is_none() && findings.has_errors());
}

#[test]
fn a_plan_without_reactive_power_of_converters_does_not_speak_of_it() {
    let scenario = scenario();
    let mut plan = plan_of(&scenario);
    plan.deliveries[0].hvdc_q_from_mvar = vec![0.0];
    plan.deliveries[0].hvdc_q_to_mvar = vec![0.0];
    let text = plan_file::write(&scenario, &plan).expect("finite numbers");
    assert!(!text.contains("hvdc_q"));
    assert_eq!(plan_file::read(text.as_bytes(), &scenario).0, Some(plan));
}

#[test]
fn energies_of_storage_must_fit_network_and_horizon() {
    let scenario = scenario();
    let refused = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan_of(&scenario);
        change(&mut plan);
        let text = plan_file::write(&scenario, &plan).expect("finite numbers");
        let (read, findings) = plan_file::read(text.as_bytes(), &scenario);
        read.is_none() && findings.has_errors()
    };
    assert!(refused(&|p| p.deliveries[0].storage_p_mw.push(1.0)));
    assert!(refused(&|p| p.coupling.as_mut().expect("is there").storage_energy_mwh.clear()));
    assert!(refused(&|p| p.coupling.as_mut().expect("is there").storage_energy_mwh[0].truncate(3)));
}

#[test]
fn safety_must_fit_network_and_deliveries() {
    let scenario = scenario();
    let text = plan_file::write(&scenario, &plan_of(&scenario)).expect("finite numbers");
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} is not in the file");
        let (read, findings) = plan_file::read(text.replace(from, to).as_bytes(), &scenario);
        read.is_none() && findings.has_errors()
    };
    assert!(!refused("\"extra_shed_mw\":1.5", "\"extra_shed_mw\":2.5"));
    assert!(refused("\"branch_row\":1", "\"branch_row\":0"));
    assert!(refused("\"out\":\"bus\",\"row\":2", "\"out\":\"bus\",\"row\":99999"));
    assert!(refused(
        "\"margin\":[{",
        "\"margin\":[{\"extra_shed_mw\":0.0,\"breaking_before\":[],\"unsafe_left\":[]},{"
    ));
}

#[test]
fn a_plan_of_steps_on_their_own_speaks_of_no_storage() {
    let scenario = scenario();
    let mut plan = plan_of(&scenario);
    (plan.coupling, plan.assumptions) = (None, Vec::new());
    (plan.deliveries[0].storage_p_mw, plan.deliveries[0].storage_q_mvar) = (vec![0.0], vec![0.0]);
    let text = plan_file::write(&scenario, &plan).expect("finite numbers");
    assert!(!text.contains("storage") && !text.contains("coupling"));
    assert_eq!(plan_file::read(text.as_bytes(), &scenario).0, Some(plan));
}
