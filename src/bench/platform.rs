//! The platform under measurement: a child process of the same binary on free ports.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::{free_address, process};

/// How long a start may take before the measurement is given up.
const START_MAX: Duration = Duration::from_mins(2);
/// How long an orderly stop may take.
const STOP_MAX: Duration = Duration::from_mins(1);

/// A running platform.
pub(super) struct Platform {
    arguments: Vec<OsString>,
    http: SocketAddr,
    /// Its broker.
    pub(super) mqtt: SocketAddr,
    child: Child,
    /// How long the last start took.
    pub(super) start: Duration,
    cpu_s_before: f64,
    rss_mb_max: f64,
}

impl Platform {
    /// Starts a platform on `data`, with further flags of `obrii up`, and waits until it is ready.
    pub(super) async fn start(data: &Path, flags: &[String]) -> anyhow::Result<Self> {
        let (http, mqtt) = (free_address()?, free_address()?);
        let mut arguments: Vec<OsString> =
            ["--log", "warn", "--config", "/dev/null", "--data"].map(Into::into).to_vec();
        arguments.push(data.into());
        arguments.extend(["up", "--http", &http.to_string()].map(Into::into));
        arguments.extend(["--mqtt", &mqtt.to_string()].map(Into::into));
        arguments.extend(flags.iter().map(Into::into));
        let (child, start) = spawn(&arguments, http).await?;
        Ok(Self { arguments, http, mqtt, child, start, cpu_s_before: 0.0, rss_mb_max: 0.0 })
    }

    /// kill -9, and a new start on the same folder and ports.
    pub(super) async fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        self.rss_mb();
        self.cpu_s_before = self.cpu_s();
        self.child.kill().await?;
        (self.child, self.start) = spawn(&self.arguments, self.http).await?;
        Ok(())
    }

    /// Processor time of all its lives so far, seconds.
    pub(super) fn cpu_s(&self) -> f64 {
        self.cpu_s_before + self.child.id().map_or(0.0, process::cpu_s)
    }

    /// Its memory now, MB.
    pub(super) fn rss_mb(&mut self) -> f64 {
        let now = self.child.id().map_or(0.0, process::rss_mb);
        self.rss_mb_max = self.rss_mb_max.max(now);
        now
    }

    /// The largest memory that was seen so far, MB.
    pub(super) fn rss_mb_max(&self) -> f64 {
        self.rss_mb_max
    }

    /// What stands in `/metrics` since the last start.
    pub(super) async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let answer = get(self.http, "/metrics").await?;
        let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.with_context(|| format!("/metrics holds no `{name}`"))?.trim().parse()?)
    }

    /// Asks it to stop and waits until everything is on disk.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        let pid = pid.context("the platform has ended by itself")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = tokio::time::timeout(STOP_MAX, self.child.wait())
            .await
            .context("the platform did not drain")??;
        if !status.success() {
            bail!("the platform ended with {status}");
        }
        Ok(())
    }
}

async fn spawn(arguments: &[OsString], http: SocketAddr) -> anyhow::Result<(Child, Duration)> {
    let began = Instant::now();
    let mut child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let is_ready = |answer: String| answer.split(' ').nth(1) == Some("200");
    while !get(http, "/health/ready").await.is_ok_and(is_ready) {
        if let Some(status) = child.try_wait()? {
            bail!("the platform ended with {status}");
        }
        if began.elapsed() > START_MAX {
            bail!("the platform was not ready after {} s", START_MAX.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok((child, began.elapsed()))
}

/// The answer to one question, head and body: of HTTP/1.0 it ends with the connection.
async fn get(http: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(http).await?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
