//! Workers: starting, scaling, stopping, and every way in which none comes.

use crate::scene::{check, plain};

#[test]
fn an_idle_worker_stops_after_its_idle_timeout() {
    check(
        plain("workers = { ready = 2 }\nendpoint = { workers-min = 1, idle-timeout-s = 5 }"),
        &[
            (0.0, "GET /health", "200 workers.idle=2 workers.ready=2"),
            (4.9, "GET /health", "200 workers.idle=2"),
            (5.0, "GET /health", "200 workers.idle=1 workers.ready=1"),
            (900.0, "GET /health", "200 workers.idle=1"),
        ],
    );
}

#[test]
fn a_worker_that_works_does_not_stop() {
    check(
        plain("workers = { ready = 1 }\nendpoint = { idle-timeout-s = 5 }"),
        &[
            (4.0, "POST /run A", "200"),
            (9.9, "GET /health", "200 workers.running=1 workers.idle=0"),
            (10.0, "GET /health", "200 workers.running=0 workers.idle=1"),
            (14.9, "GET /health", "200 workers.idle=1"),
            (15.0, "GET /health", "200 workers.idle=0"),
        ],
    );
}

#[test]
fn by_queue_delay_a_worker_is_added_for_each_job_that_waited_too_long() {
    check(
        plain("endpoint = { workers-max = 3, scaling-value = 10 }"),
        &[
            (0.0, "POST /run A", "200"),
            (5.0, "POST /run B", "200"),
            (9.9, "GET /health", "200 workers.initializing=0 jobs.inQueue=2"),
            (10.0, "GET /health", "200 workers.initializing=1"),
            (15.0, "GET /health", "200 workers.initializing=2"),
            (30.0, "GET /health", "200 workers.initializing=1 workers.running=1 jobs.inQueue=1"),
            (35.0, "GET /health", "200 workers.initializing=0 workers.running=2 jobs.inQueue=0"),
        ],
    );
}

#[test]
fn by_request_count_there_are_as_many_workers_as_the_jobs_need() {
    check(
        plain("endpoint = { workers-max = 2, scaling = \"REQUEST_COUNT\", scaling-value = 2 }"),
        &[
            (0.0, "POST /run A", "200"),
            (0.0, "GET /health", "200 workers.initializing=1"),
            (1.0, "POST /run B", "200"),
            (1.0, "GET /health", "200 workers.initializing=1"),
            (2.0, "POST /run C", "200"),
            (2.0, "GET /health", "200 workers.initializing=2"),
            (3.0, "POST /run D", "200"),
            (3.0, "POST /run E", "200"),
            (3.0, "GET /health", "200 workers.initializing=2"),
        ],
    );
}

#[test]
fn no_more_workers_are_added_than_the_endpoint_allows() {
    check(
        plain("endpoint = { workers-max = 0 }"),
        &[(0.0, "POST /run A", "200"), (600.0, "GET /health", "200 jobs.inQueue=1 workers.initializing=0")],
    );
}

#[test]
fn where_no_machine_is_found_there_is_no_worker() {
    check(
        plain("workers = { fate = \"no-machine\" }\nendpoint = { workers-min = 1 }"),
        &[
            (0.0, "POST /run A", "200"),
            (600.0, "GET /health", "200 jobs.inQueue=1 workers.initializing=0 workers.throttled=0 workers.idle=0"),
        ],
    );
}

#[test]
fn a_throttled_worker_stays_so_until_its_machine_has_room() {
    let throttled = "workers = { fate = \"throttled\"";
    check(
        plain(&format!("{throttled} }}")),
        &[(0.0, "POST /run A", "200"), (600.0, "GET /health", "200 jobs.inQueue=1 workers.throttled=1")],
    );
    check(
        plain(&format!("{throttled}, fate-until-s = 30 }}")),
        &[
            (0.0, "POST /run A", "200"),
            (29.9, "GET /health", "200 workers.throttled=1"),
            (30.0, "GET /health", "200 workers.throttled=0 workers.initializing=1"),
            (50.0, "GET /health", "200 workers.running=1 jobs.inProgress=1"),
        ],
    );
}

#[test]
fn a_container_that_crashes_starts_again_and_again() {
    check(
        plain("workers = { fate = \"crashes\", start-s = 8, restart-s = 30 }"),
        &[
            (0.0, "POST /run A", "200"),
            (5.0, "GET /health", "200 workers.initializing=1 workers.unhealthy=0"),
            (12.0, "GET /health", "200 workers.initializing=0 workers.unhealthy=1"),
            (42.0, "GET /health", "200 workers.initializing=1 workers.unhealthy=0"),
            (50.0, "GET /health", "200 workers.initializing=0 workers.unhealthy=1 jobs.inQueue=1"),
        ],
    );
}

#[test]
fn a_worker_that_takes_longer_than_seven_minutes_to_start_is_unhealthy() {
    check(
        plain("workers = { fate = \"never-ready\" }"),
        &[
            (0.0, "POST /run A", "200"),
            (423.9, "GET /health", "200 workers.initializing=1 workers.unhealthy=0"),
            (424.0, "GET /health", "200 workers.initializing=0 workers.unhealthy=1"),
        ],
    );
}

#[test]
fn one_worker_may_take_all_jobs_while_others_are_idle() {
    check(
        plain("workers = { ready = 3, dispatch = \"funnel\" }\nendpoint = { workers-min = 3 }"),
        &[
            (0.0, "POST /run A", "200"),
            (0.0, "POST /run B", "200"),
            (1.0, "GET /health", "200 jobs.inQueue=1 jobs.inProgress=1 workers.idle=2 workers.running=1"),
            (7.0, "GET /status/B", "200 status=IN_PROGRESS delayTime=6000"),
        ],
    );
}

#[test]
fn flashboot_brings_a_stopped_worker_back_quickly_and_warm() {
    let jobs = [
        (0.0, "POST /run A", "200"),
        (6.0, "GET /status/A", "200 status=COMPLETED"),
        (20.0, "GET /health", "200 workers.idle=0"),
        (20.0, "POST /run B", "200"),
    ];
    let with = [
        (26.0, "GET /status/B", "200 status=IN_PROGRESS delayTime=6000"),
        (32.0, "GET /status/B", "200 executionTime=6000"),
    ];
    let without = [
        (44.0, "GET /status/B", "200 status=IN_PROGRESS delayTime=24000"),
        (59.0, "GET /status/B", "200 executionTime=15000"),
    ];
    check(
        plain("endpoint = { flashboot = true }\nworkers = { ready = 1, flashboot-start-s = 2 }"),
        &[jobs.as_slice(), &with].concat(),
    );
    check(plain("workers = { ready = 1 }"), &[jobs.as_slice(), &without].concat());
}

#[test]
fn a_worker_that_takes_nothing_runs_and_leaves_jobs_in_the_queue() {
    check(
        plain("workers = { fate = \"takes-nothing\" }"),
        &[
            (0.0, "POST /run A", "200"),
            (60.0, "GET /health", "200 workers.running=1 workers.idle=0 jobs.inQueue=1 jobs.inProgress=0"),
            (300.0, "GET /status/A", "200 status=IN_QUEUE"),
        ],
    );
}

#[test]
fn a_rule_for_one_worker_leaves_the_others_alone() {
    check(
        plain("endpoint = { workers-min = 2 }\njobs = [{ does = \"finds-gpu-busy\", worker = 0 }]"),
        &[
            (0.0, "POST /run A", "200"),
            (0.0, "POST /run B", "200"),
            (30.0, "GET /status/A", "200 status=FAILED"),
            (30.0, "GET /status/B", "200 status=COMPLETED"),
        ],
    );
}

#[test]
fn a_rule_for_the_first_run_spares_the_next() {
    check(
        plain("endpoint = { workers-max = 1 }\njobs = [{ does = \"finds-no-comfyui\", first = \"of-worker\" }]"),
        &[
            (0.0, "POST /run A", "200"),
            (0.0, "POST /run B", "200"),
            (600.0, "GET /status/A", "200 status=FAILED"),
            (600.0, "GET /status/B", "200 status=COMPLETED"),
        ],
    );
    check(
        plain("endpoint = { workers-min = 1 }\njobs = [{ does = \"kills-worker\", first = \"of-job\" }]"),
        &[(0.0, "POST /run A", "200"), (600.0, "GET /status/A", "200 status=COMPLETED retries=1")],
    );
}
