function mpc = small
%SMALL  A made-up network of six buses, for tests.
mpc.version = '2';
mpc.baseMVA = 200/2;
%% bus data
%	bus_i	type	Pd	Qd	Gs	Bs	area	Vm	Va	baseKV	zone	Vmax	Vmin
mpc.bus = [
	1	3	0	0	0	0	1	1.02	0	110	1	1.1	0.9;
	2	2	20	5	0	0	1	1.01	0	110	1	1.1	0.9;
	3	1	30	10	0	12	1	1	0	110	1	1.1	0.9;
	4	1	25	8	0.5	0	2	1	0	60/sqrt(3)	1	1.1	0.9;
	5	1	-4	1	0	0	2	1	0	35	1	1.1	0.9; % feeds in
	6	1	15	4	0	0	2	1	0	35	1	1.1	0.9;
];
mpc.gen = [
	1	60	0	Inf	-Inf	1.02	100	1	120	0;
	2	30	0	40	-40	1.01	100	1	50	10;
];
%	fbus	tbus	r	x	b	rateA	rateB	rateC	ratio	angle	status	angmin	angmax
mpc.branch = [
	1	2	0.01	0.05	0.02	100	0	0	0	0	1	-360	360;
	1	3	0.02	0.08	0.02	80	0	0	0	0	1	-360	360;
	2	3	0.02	0.07	0.01	80	0	0	0	0	1	-30	30;
	3	4	0.005	0.1	0	60	0	0	0.98	0	1	-360	360;
	2	5	0.005	0.12	0	60	0	0	1.02	-1.5	1	-360	360;
	4	6	0.03	0.06	0.005	40	0	0	0	0	1	-360	360;
	5	6	0.03	0.06	0.005	40	0	0	0	0	0	-360	360;
];
mpc.dcline = [
	3	6	1	5	4.8	0	0	1	1	0	10	-5	5	-5	5	0.1	0.02;
];
mpc.gencost = [
	2	0	0	3	0.01	20	0	0;
	1	5	1	2	0	0	50	1500;
];
mpc.bus_name = { 'North'; 'West'; 'Mid'; 'South'; 'It''s'; "East" };
mpc.storage = [
	6	0	0	20	100	5	7	0.8	0.9	100	-5	7	0	0	0	0	1;
];
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV] = idx_bus;
pf = 0.95;
mpc.bus(:, QD) = mpc.bus(:, QD) * sqrt(1 - pf^2) / 0.3;
mpc.bus(:, [PD QD]) = mpc.bus(:, [PD, QD]) .* 1e3 / 1e3;
