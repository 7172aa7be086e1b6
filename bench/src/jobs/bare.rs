//! The same requests by a bare `hyper` client: what HTTP itself costs.

use super::client::{cpu, workflows};
use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, client};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Connections, which comfycheck has by default for statuses.
const CONNECTIONS: usize = 200;
/// Between two questions for the same job.
const PAUSE: Duration = Duration::from_millis(500);
/// The most questions for the same job.
const ROUNDS: usize = 10_000;
/// In the status of a completed job.
const COMPLETED: &[u8] = b"\"COMPLETED\"";

/// `bare ADDRESS JOBS`: submits jobs, polls each until it is completed, and prints the costs.
#[expect(clippy::print_stdout, reason = "the figures are the output of this program")]
pub(crate) fn bare(arguments: &[String]) -> anyhow::Result<()> {
    let [address, jobs] = arguments else { anyhow::bail!("usage: bare ADDRESS JOBS") };
    let server = address.strip_prefix("http://").context("the server speaks no HTTP")?.to_owned();
    let bodies: Vec<Bytes> = workflows(jobs.parse()?)?
        .into_iter()
        .map(|workflow| {
            Ok(json!({"input": {"workflow": serde_json::from_str::<Value>(&workflow.to_string())?}}).to_string().into())
        })
        .collect::<anyhow::Result<_>>()?;
    let before = cpu()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let completed = runtime.block_on(async {
        let mut connections = JoinSet::new();
        for share in bodies.chunks(bodies.len().div_ceil(CONNECTIONS)) {
            connections.spawn(one_connection(server.clone(), share.to_vec()));
        }
        let mut completed = 0;
        while let Some(connection) = connections.join_next().await {
            completed += connection??;
        }
        anyhow::Ok(completed)
    })?;
    println!("{}", json!({ "succeeded": completed, "cpu_s": cpu()? - before }));
    Ok(())
}

/// Runs jobs over one connection, and returns how many were completed.
async fn one_connection(server: String, bodies: Vec<Bytes>) -> anyhow::Result<usize> {
    let stream = TcpStream::connect(&server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let mut jobs = Vec::with_capacity(bodies.len());
    for body in bodies {
        let answer = ask(&mut sender, &server, (Method::POST, "/v2/simulated/run"), body).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        jobs.push(format!("/v2/simulated/status/{}", answer["id"].as_str().context("a job without an id")?));
    }
    let (all, mut rounds) = (jobs.len(), 0);
    while !jobs.is_empty() {
        ensure!(rounds < ROUNDS, "{} jobs did not end", jobs.len());
        rounds += 1;
        sleep(PAUSE).await;
        let mut open = Vec::with_capacity(jobs.len());
        for job in jobs {
            let answer = ask(&mut sender, &server, (Method::GET, &job), Bytes::new()).await?;
            if !answer.windows(COMPLETED.len()).any(|window| window == COMPLETED) {
                open.push(job);
            }
        }
        jobs = open;
    }
    connection.abort();
    Ok(all)
}

async fn ask(
    sender: &mut SendRequest<Full<Bytes>>,
    server: &str,
    (method, path): (Method, &str),
    body: Bytes,
) -> anyhow::Result<Bytes> {
    let request = Request::builder().method(method).uri(path).header("host", server);
    let request = request.header("authorization", "Bearer any-key").header("content-type", "application/json");
    sender.ready().await?;
    let answer = sender.send_request(request.body(Full::new(body))?).await?;
    ensure!(answer.status().is_success(), "{path}: {}", answer.status());
    Ok(answer.into_body().collect().await?.to_bytes())
}
