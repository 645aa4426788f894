//! The platform under measurement: a child process of the same binary on free ports.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// How long a start may take before the measurement is given up.
const START_MAX: Duration = Duration::from_mins(2);
/// How long an orderly stop may take.
const STOP_MAX: Duration = Duration::from_mins(1);
/// Clock ticks a second of `/proc/PID/stat`: fixed at 100 by Linux's user interface.
const TICKS_PER_S: f64 = 100.0;

/// A running platform.
pub(super) struct Platform {
    data: PathBuf,
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
    /// Starts a platform on `data` and waits until it is ready.
    pub(super) async fn start(data: &Path) -> anyhow::Result<Self> {
        let (http, mqtt) = (free_address()?, free_address()?);
        let (child, start) = spawn(data, http, mqtt).await?;
        let data = data.to_owned();
        Ok(Self { data, http, mqtt, child, start, cpu_s_before: 0.0, rss_mb_max: 0.0 })
    }

    /// kill -9, and a new start on the same folder and ports.
    pub(super) async fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        self.sample();
        self.cpu_s_before = self.cpu_s();
        self.child.kill().await?;
        (self.child, self.start) = spawn(&self.data, self.http, self.mqtt).await?;
        Ok(())
    }

    /// Processor time of all its lives so far, seconds.
    pub(super) fn cpu_s(&self) -> f64 {
        let used = self.proc("stat").and_then(|text| {
            // Fields 14 and 15 of proc(5), counted after the command's closing bracket.
            let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
            let ticks = |i: usize| fields.get(i)?.parse::<f64>().ok();
            Some((ticks(11)? + ticks(12)?) / TICKS_PER_S)
        });
        self.cpu_s_before + used.unwrap_or(0.0)
    }

    /// Looks at its memory; the largest seen is reported.
    pub(super) fn sample(&mut self) -> f64 {
        let kb = self.proc("status").and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("VmRSS:"))?;
            line.split_whitespace().nth(1)?.parse::<f64>().ok()
        });
        self.rss_mb_max = self.rss_mb_max.max(kb.unwrap_or(0.0) / 1024.0);
        self.rss_mb_max
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

    fn proc(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()?)).ok()
    }
}

/// This process's processor time, seconds.
pub(super) fn own_cpu_s() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

async fn spawn(
    data: &Path,
    http: SocketAddr,
    mqtt: SocketAddr,
) -> anyhow::Result<(Child, Duration)> {
    let began = Instant::now();
    let child = Command::new(std::env::current_exe()?)
        .args(["--log", "warn", "--config", "/dev/null", "--data"])
        .arg(data)
        .args(["up", "--http", &http.to_string(), "--mqtt", &mqtt.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    while !is_ready(http).await {
        if began.elapsed() > START_MAX {
            bail!("the platform was not ready after {} s", START_MAX.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok((child, began.elapsed()))
}

async fn is_ready(http: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(http).await?;
        stream.write_all(b"GET /health/ready HTTP/1.0\r\n\r\n").await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.ends_with(b" 200"))
    };
    asked.await.unwrap_or(false)
}

fn free_address() -> std::io::Result<SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}
