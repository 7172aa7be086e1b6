//! GPUs, volumes and bills.

use crate::platform::Platform;
use crate::scenario::{Gpu, Kind, Scenario, Volume};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// RunPod's words for how many there are, from none to many.
const AVAILABILITIES: [&str; 4] = ["NONE", "LOW", "MEDIUM", "HIGH"];

/// The default price of a GPU, in USD per hour.
const PRICE: f64 = 1.1;

/// The stock of GPUs. By default there are enough.
pub(super) fn gpus(scenario: &Scenario) -> Value {
    let high = |center: &String| (center.clone(), "HIGH".to_owned());
    let enough = || Gpu {
        gpu: Kind::default().gpu,
        pool: "ADA_24".to_owned(),
        memory: 24,
        price: PRICE,
        availability: scenario.endpoint.data_centers.iter().map(high).collect::<BTreeMap<_, _>>(),
    };
    let gpus = if scenario.gpus.is_empty() { vec![enough()] } else { scenario.gpus.clone() };
    json!({"gpus": gpus.iter().map(gpu).collect::<Vec<_>>()})
}

fn gpu(gpu: &Gpu) -> Value {
    let rank = |availability: &&String| AVAILABILITIES.iter().position(|known| known == availability);
    let best = gpu.availability.values().max_by_key(rank);
    let center = |(id, availability): (&String, &String)| json!({"id": id, "name": id, "availability": availability});
    json!({
        "id": gpu.gpu, "name": gpu.gpu.trim_start_matches("NVIDIA ").trim_start_matches("GeForce "), "pool": gpu.pool,
        "manufacturer": "NVIDIA", "memory": gpu.memory, "secure": true, "community": false,
        "price": {"serverless": gpu.price}, "availability": best.map_or("NONE", String::as_str),
        "dataCenters": gpu.availability.iter().map(center).collect::<Vec<_>>(),
    })
}

pub(super) fn volumes(scenario: &Scenario) -> Value {
    json!({"networkVolumes": scenario.volumes.iter().map(describe).collect::<Vec<_>>()})
}

pub(super) fn volume(scenario: &Scenario, id: &str) -> Option<Value> {
    scenario.volumes.iter().find(|volume| volume.id == id).map(describe)
}

fn describe(volume: &Volume) -> Value {
    json!({
        "id": volume.id, "name": volume.name, "size": volume.size, "dataCenter": volume.data_center,
        "type": "STANDARD",
    })
}

/// The cost of the workers since the start. Only amounts: RunPod reports no times.
pub(super) fn billing(platform: &Platform) -> Value {
    let scenario = &platform.scenario;
    let per_hour = scenario.gpus.first().map_or(PRICE, |gpu| gpu.price) * f64::from(scenario.endpoint.gpu_count.get());
    let amount = (platform.billed().as_secs_f64().ceil() * per_hour / 3600.0 * 1e6).round() / 1e6;
    let amounts = json!({"totalAmount": amount, "gpuAmount": amount, "cpuAmount": 0, "diskAmount": 0, "feeAmount": 0});
    let mut record = json!({
        "startTime": format!("{}T00:00:00Z", scenario.date), "endTime": format!("{}T23:59:59Z", scenario.date),
        "serverlessId": scenario.endpoint_id(),
    });
    if let (Some(record), Some(amounts)) = (record.as_object_mut(), amounts.as_object()) {
        record.extend(amounts.clone());
    }
    json!({
        "records": [record],
        "metadata": {"query": {}, "recordCount": 1, "totals": amounts, "uniqueServerlessCount": 1},
    })
}
