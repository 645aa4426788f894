//! An external broker beside the platform under test.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::platform::{eventually, free_address};

/// Mosquitto on a port of ours, ended with the test.
pub(crate) struct Mosquitto {
    child: Child,
    pub(crate) port: u16,
    folder: tempfile::TempDir,
}

impl Mosquitto {
    /// Starts it; it listens when this returns.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_address().port();
        let child = Self::spawn(&folder, port);
        Self { child, port, folder }
    }

    fn spawn(folder: &tempfile::TempDir, port: u16) -> Child {
        let configuration = folder.path().join("mosquitto.conf");
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n\
             log_dest none\n"
        );
        std::fs::write(&configuration, text).expect("written");
        let path = ["/usr/sbin/mosquitto", "mosquitto"]
            .into_iter()
            .find(|p| !p.starts_with('/') || std::path::Path::new(p).exists())
            .expect("a path");
        let child = Command::new(path).arg("-c").arg(&configuration).stdout(Stdio::null()).spawn();
        let child = child.expect("mosquitto: install the package");
        eventually("Mosquitto listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        child
    }

    /// Kills it and starts it again on the same port.
    pub(crate) fn restart(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited for");
        self.child = Self::spawn(&self.folder, self.port);
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("mosquitto could not be ended: {error}");
        }
    }
}
