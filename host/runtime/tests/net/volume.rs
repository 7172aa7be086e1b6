//! The client of network volumes over sockets: with an S3 server that verifies signatures, and with
//! faults.

use crate::sampling::runtime;
use crate::server::{Reply, Server, response};
use crate::words::{unavailable, wording};
use comfycheck_core::secret::{Secret, Secrets};
use comfycheck_core::suite::{Deployment, S3Keys, Volume};
use comfycheck_runtime::capabilities::{Capabilities, Offer, WorkflowText};
use comfycheck_runtime::facts::{FolderEntry, QueryError};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::cassette::Cassette;
use comfycheck_runtime::transport::cassette_v1::VolumeV1;
use comfycheck_runtime::transport::exchange::Phase;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use comfycheck_runtime::transport::record::{CassetteHead, Record, Recorder};
use comfycheck_runtime::transport::replay::Replay;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const ACCESS: &str = "user_2f0123456789abcdefghij";
const SECRET: &str = "rps_THE0SECRET0OF0THIS0TEST0000000000";

/// This server accepts no upper-case region, but RunPod's are upper case.
const DATA_CENTER: &str = "eu-ro-1";

fn deployment(address: String, secret: &str) -> Deployment {
    let volume = Volume { id: "vol7f3k2m9q".to_owned(), data_center: DATA_CENTER.to_owned(), address };
    let keys = S3Keys { access: Secret::new(ACCESS), secret: Secret::new(secret) };
    Deployment { volumes: vec![volume], s3_keys: Some(keys), ..Deployment::default() }
}

fn capabilities(deployment: &Deployment, transport: Arc<Transport>) -> Capabilities {
    Capabilities::new(Offer {
        transport,
        round: Phase::Deployment.into(),
        deployment,
        saved: None,
        date: None,
        workflow: WorkflowText { source: "".into(), is_api: false },
        samples: None,
        price: None,
        secrets: Secrets::new(deployment.keys()),
    })
}

fn live(deployment: &Deployment, runtime: &Runtime, limits: ExchangeLimits) -> Arc<Transport> {
    Arc::new(Transport::Live(
        Live::new(deployment, Secrets::new(deployment.keys()), runtime.handle().clone(), limits).unwrap(),
    ))
}

/// A folder for the server, with one bucket.
fn bucket() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let models = root.path().join("vol7f3k2m9q/models");
    for folder in ["vae", "loras/style"] {
        std::fs::create_dir_all(models.join(folder)).unwrap();
    }
    std::fs::write(models.join("vae/a b#1.safetensors"), [7; 300]).unwrap();
    std::fs::write(models.join("loras/style/ink.pt"), b"x").unwrap();
    for index in 0..30 {
        std::fs::write(models.join(format!("loras/{index:02}.pt")), b"x").unwrap();
    }
    root
}

/// Serves a folder over S3, as long as the runtime exists.
fn serve(root: &Path, runtime: &Runtime) -> String {
    let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    service.set_auth(SimpleAuth::from_single(ACCESS, SECRET));
    let service = service.build();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()));
        }
    });
    address
}

/// All queries of these tests, as one text.
fn ask_all(capabilities: &Capabilities, runtime: &Runtime) -> String {
    runtime.block_on(async {
        let volume = "vol7f3k2m9q";
        let path = "models/vae/a b#1.safetensors";
        let size = |found: Option<comfycheck_runtime::facts::FileFacts>| found.map(|facts| facts.size);
        let name = |(name, entry): &(String, FolderEntry)| match entry {
            FolderEntry::Folder => format!("{name}/"),
            FolderEntry::File(facts) => format!("{name} {}", facts.size),
        };
        let list = async |path: &str| {
            let entries = capabilities.volume_list(volume, path).await.answer.unwrap();
            entries.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let loras = list("models/loras").await;
        format!(
            "{:?} {:?} {:?} [{}] [{}] [{}] {} {:?}",
            capabilities.volumes(),
            capabilities.volume_stat(volume, path).await.answer.map(size),
            capabilities.volume_stat(volume, "models/vae/none").await.answer.map(size),
            list("").await,
            list("models/vae").await,
            list("models/none").await,
            loras.split(", ").count(),
            capabilities.volume_read(volume, path, 290, 64).await.answer,
        )
    })
}

const EXPECTED: &str = "Ok([VolumeRef { id: \"vol7f3k2m9q\", data_center: \"eu-ro-1\" }]) Ok(Some(300)) Ok(None) [models/] \
                        [a b#1.safetensors 300] [] 31 Ok(b\"\\x07\\x07\\x07\\x07\\x07\\x07\\x07\\x07\\x07\\x07\")";

#[test]
fn a_server_that_verifies_signatures_takes_ours() {
    let (runtime, root) = (runtime(), bucket());
    let deployment = deployment(serve(root.path(), &runtime), SECRET);
    let transport = live(&deployment, &runtime, ExchangeLimits::default());
    assert_eq!(ask_all(&capabilities(&deployment, transport), &runtime), EXPECTED);
}

#[test]
fn a_key_in_a_file_is_not_returned_in_parts() {
    let (runtime, root) = (runtime(), bucket());
    let file = format!("S3_SECRET={SECRET}\nS3_ACCESS={ACCESS}\nthe end\n");
    std::fs::write(root.path().join("vol7f3k2m9q/models/.env"), &file).unwrap();
    let deployment = deployment(serve(root.path(), &runtime), SECRET);
    let expected = file.replace(SECRET, &"*".repeat(SECRET.len())).replace(ACCESS, &"*".repeat(ACCESS.len()));
    for length in [2, 13, 30, 1000] {
        let transport = live(&deployment, &runtime, ExchangeLimits::default());
        let capabilities = capabilities(&deployment, transport);
        let mut read = String::new();
        for offset in (0..file.len() as u64 + 20).step_by(length as usize) {
            let part = runtime.block_on(capabilities.volume_read("vol7f3k2m9q", "models/.env", offset, length)).answer;
            read.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
        }
        assert_eq!(read, expected, "{length} bytes at a time");
    }
}

#[test]
fn a_wrong_key_is_denied_and_finds_nothing_missing() {
    let (runtime, root) = (runtime(), bucket());
    let deployment = deployment(serve(root.path(), &runtime), "rps_ANOTHER0SECRET00000000000000");
    let capabilities = capabilities(&deployment, live(&deployment, &runtime, ExchangeLimits::default()));
    let stat = runtime.block_on(capabilities.volume_stat("vol7f3k2m9q", "models/vae/none")).answer;
    assert_eq!(stat, Err(QueryError::AccessDenied));
    let list = runtime.block_on(capabilities.volume_list("vol7f3k2m9q", "")).answer;
    assert_eq!(list, Err(QueryError::AccessDenied));
}

#[test]
fn what_is_recorded_is_replayed_as_it_was_and_holds_no_key_and_no_signature() {
    let (runtime, root) = (runtime(), bucket());
    let deployment = deployment(serve(root.path(), &runtime), SECRET);
    let folder = tempfile::tempdir().unwrap();
    let volume = &deployment.volumes[0];
    let head = CassetteHead {
        recorded: "2026-11-23".to_owned(),
        seed: 0,
        server: false,
        local_worker: false,
        volumes: vec![VolumeV1 { id: volume.id.clone(), data_center: volume.data_center.clone() }],
        inputs: Vec::new(),
        base_url: deployment.base_url.clone(),
        secrets: Secrets::new(deployment.keys()),
    };
    let network =
        Live::new(&deployment, Secrets::new(deployment.keys()), runtime.handle().clone(), ExchangeLimits::default())
            .unwrap();
    let recording = Arc::new(Transport::Record(Record::new(network, Recorder::create(folder.path(), head).unwrap())));
    let recorded = ask_all(&capabilities(&deployment, Arc::clone(&recording)), &runtime);
    let Transport::Record(record) = &*recording else { panic!("it records") };
    record.recorder().finish(None).unwrap();
    assert_eq!(recorded, EXPECTED);
    drop(root);

    let cassette = Cassette::load(folder.path()).unwrap();
    let replay = Arc::new(Transport::Replay(Replay::new(cassette)));
    // A replay does not depend on the suite's volumes.
    assert_eq!(ask_all(&capabilities(&Deployment::default(), replay), &runtime), recorded);
    let text = std::fs::read_to_string(folder.path().join("cassette.json")).unwrap().to_lowercase();
    for word in [ACCESS, SECRET, "signature", "authorization", "x-amz-", "aws4", "credential", "127.0.0.1"] {
        assert!(!text.contains(&word.to_lowercase()), "{word} is in {text}");
    }
}

/// A client of a server with this response to everything.
fn faulty(
    runtime: &Runtime,
    limits: ExchangeLimits,
    answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
) -> (Server, Capabilities) {
    let server = Server::start(move |request| answer(&request.line));
    let deployment = deployment(server.base(), SECRET);
    let capabilities = capabilities(&deployment, live(&deployment, runtime, limits));
    (server, capabilities)
}

#[test]
fn if_the_range_is_ignored_only_the_requested_bytes_are_read() {
    let runtime = runtime();
    let chunk = vec![b'x'; 1 << 16];
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 12309866400\r\n\r\n".to_vec();
    let (server, capabilities) = faulty(&runtime, ExchangeLimits::default(), move |request| {
        // No bytes follow the response to HEAD: they would be read as the next response.
        let is_head = request.starts_with("HEAD ");
        if is_head { Reply::Bytes(head.clone()) } else { Reply::Endless(head.clone(), chunk.clone()) }
    });
    let started = Instant::now();
    let read = runtime.block_on(capabilities.volume_read("vol7f3k2m9q", "big.safetensors", 8, 100)).answer;
    assert_eq!(read, Ok(bytes(b'x', 100)));
    assert!(started.elapsed() < Duration::from_secs(10));
    // The size of socket buffers, not of the file.
    assert!(server.sent() < 64 << 20, "{} bytes were sent", server.sent());
    // Reading up to there would exceed the limit.
    let far = runtime.block_on(capabilities.volume_read("vol7f3k2m9q", "big.safetensors", 1 << 32, 100)).answer;
    insta::assert_snapshot!(unavailable(far));
}

fn bytes(byte: u8, count: usize) -> bytes::Bytes {
    vec![byte; count].into()
}

#[test]
fn a_redirect_is_not_followed_with_the_signature() {
    let runtime = runtime();
    let other = Server::start(|_| Reply::Bytes(response(200, &["Content-Length: 0"], b"")));
    let location = format!("Location: {}/x", other.base());
    let (server, capabilities) =
        faulty(&runtime, ExchangeLimits::default(), move |_| Reply::Bytes(response(307, &[&location], b"")));
    let stat = runtime.block_on(capabilities.volume_stat("vol7f3k2m9q", "x")).answer;
    insta::assert_snapshot!(unavailable(stat));
    assert_eq!((server.times("HEAD /vol7f3k2m9q/x"), other.requests().len()), (1, 0));
}

#[test]
fn a_failing_server_is_tried_again_and_then_reported() {
    let runtime = runtime();
    let (server, capabilities) =
        faulty(&runtime, ExchangeLimits::default(), |_| Reply::Bytes(response(503, &["Retry-After: 0"], b"<Error/>")));
    let list = runtime.block_on(capabilities.volume_list("vol7f3k2m9q", "models")).answer;
    insta::assert_snapshot!(unavailable(list));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn an_answer_that_is_cut_or_never_comes_finds_nothing_missing() {
    let runtime = runtime();
    let limits = ExchangeLimits { total: Duration::from_millis(300), ..ExchangeLimits::default() };
    let mut words = Vec::new();
    for (name, reply) in [("cut", Reply::Reset as fn(Vec<u8>) -> Reply), ("never", Reply::Silence)] {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<ListBucketResult>".to_vec();
        let (_server, capabilities) = faulty(&runtime, limits, move |_| reply(head.clone()));
        let list = runtime.block_on(capabilities.volume_list("vol7f3k2m9q", "models")).answer;
        words.push((name, unavailable(list)));
    }
    insta::assert_snapshot!(wording(words));
}
