//! Samples in real time, from a server on this machine.

use super::{image_hosts, sampling, workflow};
use crate::event::{Listener, RunEvent};
use crate::interruption::Interruption;
use crate::sampler::{SamplingRequest, run_samples};
use crate::transport::Transport;
use crate::transport::live::{ExchangeLimits, Live};
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::report::Signal;
use comfycheck_core::request::JobRequest;
use comfycheck_core::sample::{Sample, Start};
use comfycheck_core::secret::{Secret, Secrets};
use comfycheck_core::suite::Deployment;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A RunPod on this machine. It answers requests in parallel, by their path, and forwards their
/// request lines.
fn serve(answer: impl Fn(&str) -> Value + Send + Sync + 'static) -> (String, Receiver<String>) {
    let answer = Arc::new(answer);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v2", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (answer, sender) = (Arc::clone(&answer), sender.clone());
            thread::spawn(move || answer_one(BufReader::new(stream.unwrap()), &*answer, &sender));
        }
    });
    (base, requests)
}

fn answer_one(mut stream: BufReader<TcpStream>, answer: &dyn Fn(&str) -> Value, sender: &Sender<String>) {
    let (mut line, mut header, mut length) = (String::new(), String::new(), 0);
    stream.read_line(&mut line).unwrap();
    while stream.read_line(&mut header).is_ok_and(|_| header != "\r\n") {
        length = header.strip_prefix("content-length: ").map_or(length, |length| length.trim().parse().unwrap());
        header.clear();
    }
    stream.read_exact(&mut vec![0; length]).unwrap();
    let request = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let _ = sender.send(request.clone());
    let body = answer(&request).to_string();
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.get_mut().write_all((head + &body).as_bytes()).unwrap();
}

/// Runs a sample in real time. Interrupts it at the first event that `continues` rejects.
fn take_live(base: &str, continues: impl Fn(&RunEvent) -> bool + Send + Sync) -> Sample {
    let (interrupter, interruption) = Interruption::new();
    let listener = |event: RunEvent| {
        if !continues(&event) {
            interrupter.interrupt(Signal::Terminate);
        }
    };
    take_until(base, &interruption, &listener)
}

/// Runs a sample in real time, unless it is interrupted.
fn take_until(base: &str, interruption: &Interruption, listener: Listener<'_>) -> Sample {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let deployment = Deployment {
        endpoint: Some("ep1".to_owned()),
        key: Some(Secret::new("rpa_0123456789")),
        base_url: base.to_owned(),
        ..Deployment::default()
    };
    let live =
        Live::new(&deployment, Secrets::new(deployment.keys()), runtime.handle().clone(), ExchangeLimits::default())
            .unwrap();
    let planned = [PlannedSample { index: 0, seed: None, workflow: workflow(0).to_string().into() }];
    let request = SamplingRequest {
        samples: &planned,
        job: &JobRequest::default(),
        sampling: &sampling(1),
        image_hosts: &image_hosts(),
        output_path: None,
        secrets: &Secrets::default(),
        price: None,
        before: &[],
        watcher: None,
        load: None,
    };
    let run = runtime.block_on(run_samples(request, &Arc::new(Transport::Live(live)), interruption, listener));
    run.samples.into_iter().next().unwrap()
}

#[test]
fn a_sample_runs_in_real_time_as_in_virtual_time() {
    let (base, _requests) = serve(|request| match request {
        "GET /v2/ep1/health" => json!({"workers": {"ready": 0}}),
        "POST /v2/ep1/run" => json!({"id": "job-0"}),
        "GET /v2/ep1/status/job-0" => json!({"status": "COMPLETED", "workerId": "w1", "delayTime": 1, "output": "x"}),
        other => panic!("{other}"),
    });
    let sample = take_live(&base, |_| true);
    assert_eq!((sample.ending.word(), sample.start), ("succeeded", Start::Cold));
    assert!(sample.submitted >= Some(Duration::from_millis(1)), "health is read first");
    assert!(sample.finished >= sample.submitted.map(|submitted| submitted + Duration::from_millis(500)));
}

#[test]
fn in_real_time_an_interruption_does_not_wait_for_the_next_poll() {
    let (base, requests) = serve(|request| match request {
        "GET /v2/ep1/health" => json!({"workers": {"ready": 0}}),
        "POST /v2/ep1/run" => json!({"id": "job-0"}),
        "GET /v2/ep1/status/job-0" => json!({"status": "IN_QUEUE"}),
        "POST /v2/ep1/cancel/job-0" => json!({"status": "CANCELLED"}),
        other => panic!("{other}"),
    });
    let submitted = |event: &RunEvent| matches!(event, RunEvent::SampleSeen { .. });
    let sample = take_live(&base, |event| !submitted(event));
    assert_eq!(sample.ending.word(), "cancelled");
    let requests: Vec<_> = requests.try_iter().collect();
    assert_eq!(requests, ["GET /v2/ep1/health", "POST /v2/ep1/run", "POST /v2/ep1/cancel/job-0"]);
}

#[test]
fn in_real_time_an_interruption_does_not_wait_for_an_answer_that_does_not_come() {
    for hangs in ["GET /v2/ep1/health", "GET /v2/ep1/status/job-0"] {
        let (interrupter, interruption) = Interruption::new();
        let (never, silence) = mpsc::channel::<()>();
        let silence = Mutex::new(silence);
        let (base, requests) = serve(move |request| {
            if request == hangs {
                interrupter.interrupt(Signal::Interrupt);
                // Until the test has ended.
                let _ = silence.lock().unwrap().recv();
            }
            match request {
                "POST /v2/ep1/run" => json!({"id": "job-0"}),
                _ => json!({"workers": {}}),
            }
        });
        let sample = take_until(&base, &interruption, &|_| ());
        let cancelled = requests.try_iter().any(|request| request == "POST /v2/ep1/cancel/job-0");
        let expected = if hangs.contains("status") { ("cancelled", true) } else { ("not-submitted", false) };
        assert_eq!((sample.ending.word(), cancelled), expected);
        drop(never);
    }
}
