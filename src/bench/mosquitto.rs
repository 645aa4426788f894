//! The external broker of a measurement: a Mosquitto of our own on a free port, which keeps nothing
//! on disk and bounds no queue, so that it is not what is measured.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::{free_address, process};

const START_MAX: Duration = Duration::from_secs(30);

/// A running Mosquitto; it ends with this value.
pub(super) struct Mosquitto {
    /// Where it listens.
    pub(super) address: SocketAddr,
    child: Child,
}

impl Mosquitto {
    /// Starts it with its configuration in `folder`, and waits until it listens.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let file = folder.join("mosquitto.conf");
        std::fs::write(&file, configuration(address))?;
        let mut child = Command::new(binary().context("install the package `mosquitto`")?)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let began = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("mosquitto ended with {status}");
            }
            if began.elapsed() > START_MAX {
                bail!("mosquitto did not listen within {} s", START_MAX.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Self { address, child })
    }

    /// Its processor time so far, seconds.
    pub(super) fn cpu_s(&self) -> f64 {
        self.child.id().map_or(0.0, process::cpu_s)
    }
}

/// No limits of its own: what a subscriber has open is bounded by its receive maximum (MQTT 5,
/// 3.1.2.11.3), and what waits for it by the memory.
fn configuration(address: SocketAddr) -> String {
    format!(
        "listener {} {}\nallow_anonymous true\npersistence false\nmax_inflight_messages 0\n\
         max_queued_messages 0\nset_tcp_nodelay true\nsys_interval 0\nlog_type error\n",
        address.port(),
        address.ip()
    )
}

/// The program; Debian installs it where an ordinary user's PATH does not look.
fn binary() -> Option<PathBuf> {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&places).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join("mosquitto")).find(|file| file.is_file())
}
