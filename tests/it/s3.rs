//! The job against a real S3 server: moto's, started here on a free port and stopped at the end.
//!
//! It does not test faults of the server.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::binary::{Ran, command, finish, python, text};
use crate::shop::{Shop, files_below};

/// How long the server may take to answer for the first time.
const START_DURATION_MAX: Duration = Duration::from_mins(1);

/// A running server; its process ends with it.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(environment: &Path, log: &Path) -> Self {
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.local_addr().expect("an address").port()
        };
        let output = std::fs::File::create(log).expect("a new log");
        let process = Command::new(environment.join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .stdin(Stdio::null())
            .spawn()
            .expect("moto_server starts");
        let mut server = Self {
            process,
            address: format!("127.0.0.1:{port}"),
        };
        server.wait_until_it_answers(log);
        server
    }

    fn wait_until_it_answers(&mut self, log: &Path) {
        let started = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            let said = || std::fs::read_to_string(log).unwrap_or_default();
            let ended = self.process.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "moto_server ended: {}", said());
            let is_late = started.elapsed() > START_DURATION_MAX;
            assert!(!is_late, "moto_server does not answer: {}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// One plain request: moto asks for no signature.
    fn request(&self, method: &str, path: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server answers");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request\r\n\
             Connection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("a sent head");
        stream.write_all(body).expect("a sent body");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let is_well = answer
            .lines()
            .next()
            .is_some_and(|line| line.contains(" 200 "));
        assert!(is_well, "{method} {path}: {answer}");
        answer
    }

    /// Copies every file below `folder` into the bucket.
    fn upload(&self, bucket: &str, folder: &Path) {
        for file in files_below(folder) {
            let key = file.strip_prefix(folder).expect("below the folder");
            let bytes = std::fs::read(&file).expect("a readable file");
            self.request("PUT", &format!("/{bucket}/{}", text(key)), &bytes);
        }
    }

    /// The binary with this server for S3.
    fn crowdrank(&self, arguments: &[&str]) -> Ran {
        let mut command = command();
        command
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1");
        finish(command.args(arguments))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The child may have ended by itself; there is nothing left to do about either failure.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

const CONFIG: &str = r#"[inputs.responses]
urls = ["s3://crowd/responses/"]
[inputs.products]
urls = ["s3://crowd/products/*.parquet"]
[inputs.pools]
urls = ["s3://crowd/pools/"]
[inputs.restrictions]
urls = ["s3://crowd/restrictions/"]
[output]
url = "s3://training/goes-well-with/"
"#;

#[test]
fn a_run_reads_one_bucket_and_commits_to_another() {
    let Some(environment) = python() else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(&environment, &folder.path().join("moto.log"));
    server.request("PUT", "/crowd", b"");
    server.request("PUT", "/training", b"");
    let shop = Shop::generate("0.001", "9");
    server.upload("crowd", &shop.path("data"));
    let config = folder.path().join("crowdrank.toml");
    std::fs::write(&config, CONFIG).expect("the configuration is written");
    let run = ["run", "--config", text(&config)];

    let first = server.crowdrank(&run).succeeded();
    assert!(first.stdout.contains("published commit 1: "), "{first}");
    let commit = "/training/goes-well-with/_commits/00000000000000000001.json";
    let commit = server.request("GET", commit, b"");
    assert!(commit.contains("\"manifest_sha256\""), "{commit}");

    let before = server.request("GET", "/training?list-type=2", b"");
    let second = server.crowdrank(&run).succeeded();
    assert!(second.stdout.contains("up to date: commit 1"), "{second}");
    let keys = |listing: &str| -> Vec<String> {
        let parts = listing.split("<Key>").skip(1);
        parts
            .map(|part| part.split("</Key>").next().unwrap_or_default().to_owned())
            .collect()
    };
    let after = server.request("GET", "/training?list-type=2", b"");
    assert_eq!(keys(&before), keys(&after), "nothing was written");

    let local = crate::published::Snapshot::current(
        &shop.publish_into("published", &["--set", "output.publish_worker_ids=false"]),
    );
    let count = "select count(*) as n_rows from published.pointwise";
    let sql = [
        "sql",
        "--config",
        text(&config),
        "--format",
        "csv",
        "-c",
        count,
    ];
    let ran = server.crowdrank(&sql).succeeded();
    let n_rows: Option<usize> = ran.stdout.lines().nth(1).and_then(|line| line.parse().ok());
    assert_eq!(n_rows, Some(local.rows("pointwise").len()), "{ran}");

    // From a bucket without a configuration, to a folder here.
    let exported = folder.path().join("letor");
    let dataset = "s3://training/goes-well-with/";
    let export = [
        "export",
        "--dataset",
        dataset,
        "--to",
        "letor",
        text(&exported),
    ];
    server.crowdrank(&export).succeeded();
    let lines = std::fs::read_to_string(exported.join("train.txt")).expect("an exported file");
    assert_eq!(lines.lines().count(), local.rows("pointwise/train").len());
    let difference = ["diff", "1", "current", "--dataset", dataset];
    let told = server.crowdrank(&difference).succeeded();
    assert!(told.stdout.contains("nothing changed"), "{told}");
}

#[test]
fn a_bucket_that_is_not_there_is_named() {
    let Some(environment) = python() else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(&environment, &folder.path().join("moto.log"));
    let config = folder.path().join("crowdrank.toml");
    std::fs::write(&config, CONFIG).expect("the configuration is written");
    let ran = server.crowdrank(&["run", "--config", text(&config)]);
    assert!(matches!(ran.code, Some(4 | 6)), "{ran}");
    assert!(ran.stderr.contains("crowd"), "{ran}");
}
