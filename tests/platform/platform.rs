//! A running platform, and the questions a test asks it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a test waits for something that has to happen; machines differ a lot.
pub(crate) const DEADLINE: Duration = Duration::from_mins(2);

/// The binary under test.
pub(crate) fn obrii() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obrii"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// A data folder with, perhaps, a platform running on it.
pub(crate) struct Platform {
    folder: TempDir,
    pub(crate) http: SocketAddr,
    pub(crate) mqtt: SocketAddr,
    child: Option<Child>,
    flags: Vec<String>,
}

impl Platform {
    /// A new folder; nothing runs yet.
    pub(crate) fn prepared() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (http, mqtt) = (free_address(), free_address());
        Self { folder, http, mqtt, child: None, flags: Vec::new() }
    }

    /// Flags for `obrii up` beyond the addresses.
    pub(crate) fn with_flags(mut self, flags: &[&str]) -> Self {
        self.flags = flags.iter().map(|f| (*f).to_owned()).collect();
        self
    }

    /// Starts it and waits until it is ready.
    pub(crate) fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let child = obrii()
            .arg("--data")
            .arg(self.data())
            .args(["--log", "warn", "--config", "none.toml", "up"])
            .args(["--http", &self.http.to_string(), "--mqtt", &self.mqtt.to_string()])
            .args(&self.flags)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        self.child = Some(child);
        eventually("the platform is ready", || {
            let ended = self.child.as_mut().expect("running").try_wait().expect("a child");
            assert!(ended.is_none(), "the platform ended: {ended:?}");
            self.ask("GET", "/health/ready", None).is_some_and(|a| a.status == 200)
        });
    }

    /// SIGTERM, and everything on disk.
    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().expect("running");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("signalled");
        assert!(child.wait().expect("waited for").success(), "the platform ends well");
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file beside the data, written for a command.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Runs a command on its folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        obrii()
            .arg("--data")
            .arg(self.data())
            .args(["--log", "warn"])
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("the binary runs")
    }

    /// Runs a command that has to succeed; its output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Imports a device CSV; id → token.
    pub(crate) fn import(&self, csv: &str) -> std::collections::HashMap<String, String> {
        let devices = self.file("devices.csv", csv);
        let tokens = self.folder.path().join("tokens.csv");
        let paths = (devices.to_str().expect("text"), tokens.to_str().expect("text"));
        self.succeed(&["device", "import", paths.0, "--tokens", paths.1]);
        let text = std::fs::read_to_string(&tokens).expect("tokens");
        std::fs::remove_file(&tokens).expect("removed");
        let pairs = text.lines().skip(1).filter_map(|l| l.split_once(','));
        pairs.map(|(id, token)| (id.to_owned(), token.to_owned())).collect()
    }

    /// Asks the API; panics unless the answer is a success.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, None).expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// Asks the API for bytes.
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.ask("GET", path, None).expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.body
    }

    /// One HTTP/1.0 question: the answer ends with the connection, so nothing has to be parsed
    /// but its head.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send(&format!("{method} {path} HTTP/1.0\r\nhost: localhost"), &body)
    }

    /// The same with a head of the test's own: request line and headers.
    pub(crate) fn send(&self, head: &str, body: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.http).ok()?;
        stream.set_read_timeout(Some(DEADLINE)).ok()?;
        let head = format!(
            "{head}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let status = std::str::from_utf8(bytes.get(9..12)?).ok()?.parse().ok()?;
        Some(Answer { status, body: bytes.split_off(end + 4) })
    }

    /// Publishes one QoS 1 message with Mosquitto's client, as a person would.
    pub(crate) fn mosquitto_pub(&self, device: &Sender<'_>, topic: &str, payload: &str) -> Output {
        Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &self.mqtt.port().to_string(), "-q", "1"])
            .args(["-V", device.version, "-i", &device.client_id()])
            .args(["-u", device.id, "-P", device.token, "-t", topic, "-m", payload])
            .output()
            .expect("mosquitto_pub: install mosquitto-clients")
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let killed = child.kill().and_then(|()| child.wait());
            if let Err(error) = killed {
                eprintln!("the platform could not be ended: {error}");
            }
        }
    }
}

/// Clients of [`Sender`]s so far.
static CLIENTS: AtomicU32 = AtomicU32::new(0);

/// Who publishes.
pub(crate) struct Sender<'a> {
    pub(crate) id: &'a str,
    pub(crate) token: &'a str,
    /// `mqttv311` or `mqttv5`.
    pub(crate) version: &'a str,
}

impl Sender<'_> {
    /// Another one for each connection: who comes back in the moment in which his last connection
    /// ends may be told to try again.
    pub(crate) fn client_id(&self) -> String {
        format!("{}-{}", self.id, CLIENTS.fetch_add(1, Ordering::Relaxed))
    }
}

/// An HTTP answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Waits until something is true.
pub(crate) fn eventually(what: &str, mut is_true: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < DEADLINE, "not within {} s: {what}", DEADLINE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An address that nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}
