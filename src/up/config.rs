//! What `obrii up` is told, and the checked configuration that follows from it. Every mistake is
//! found here, before a port opens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ingest::SourceConfig;
use url::Url;

use crate::exit::Exit;
use crate::file;

/// What may be said on the command line, in the environment and in `obrii.toml`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address of page and API. Only loopback until there are users.
    #[arg(long, env = "OBRII_HTTP", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    http: SocketAddr,
    /// Address of the embedded broker, plain MQTT.
    #[arg(long, env = "OBRII_MQTT", default_value = "127.0.0.1:1883", value_name = "ADDR")]
    mqtt: SocketAddr,
    /// Run without the embedded broker's plain listener (sources or MQTT over TLS only).
    #[arg(long, env = "OBRII_NO_MQTT")]
    no_mqtt: bool,
    /// Allow plain MQTT beyond loopback: tokens then cross the network readable.
    #[arg(long, env = "OBRII_INSECURE_PLAIN_MQTT")]
    insecure_plain_mqtt: bool,
    /// Address of the embedded broker over TLS.
    #[arg(long, env = "OBRII_MQTTS", value_name = "ADDR", requires_all = ["tls_cert", "tls_key"])]
    mqtts: Option<SocketAddr>,
    /// Certificate chain of the TLS listener, PEM.
    #[arg(long, env = "OBRII_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the TLS listener, PEM.
    #[arg(long, env = "OBRII_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// An external broker to read from; more of them as [[source]] in obrii.toml.
    #[arg(long, env = "OBRII_SOURCE", value_name = "URL")]
    source: Option<String>,
    /// Raster tiles of a map server to draw below the city's own map, with {z}, {x} and {y}.
    #[arg(long, env = "OBRII_TILE_URL", value_name = "URL")]
    tile_url: Option<String>,
    /// Run a simulated city beside it; everything of it is marked as simulated.
    #[arg(long, env = "OBRII_DEMO")]
    demo: bool,
    /// Seed of the simulated city.
    #[arg(long, env = "OBRII_DEMO_SEED", default_value_t = 20_261_122)]
    demo_seed: u64,
}

/// What was asked for, checked.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) http: SocketAddr,
    pub(crate) mqtt: Option<SocketAddr>,
    pub(crate) mqtts: Option<(SocketAddr, PathBuf, PathBuf)>,
    pub(crate) sources: Vec<SourceConfig>,
    pub(crate) tile_url: Option<String>,
    pub(crate) demo: bool,
    pub(crate) demo_seed: u64,
}

impl Config {
    /// Checks what was said; all mistakes at once.
    pub(crate) fn checked(
        args: Args,
        data: &Path,
        blocks: Vec<file::Source>,
    ) -> anyhow::Result<Self> {
        let mut mistakes = Vec::new();
        if !args.http.ip().is_loopback() {
            mistakes.push(format!(
                "http address `{}` is not loopback, expected 127.0.0.1 or [::1]: there are no \
                 users and roles yet, put a proxy that knows its users in front",
                args.http
            ));
        }
        if !args.no_mqtt && !args.mqtt.ip().is_loopback() && !args.insecure_plain_mqtt {
            mistakes.push(format!(
                "mqtt address `{}` is not loopback, expected --mqtts with a certificate, or \
                 --insecure-plain-mqtt said aloud",
                args.mqtt
            ));
        }
        let mqtts = args.mqtts.zip(args.tls_cert.zip(args.tls_key)).map(|(a, (c, k))| (a, c, k));
        for file in mqtts.iter().flat_map(|(_, certificate, key)| [certificate, key]) {
            if let Err(error) = std::fs::File::open(file) {
                mistakes.push(format!("`{}`: {error}", file.display()));
            }
        }
        let single = args.source.map(|url| file::Source {
            name: "source".to_owned(),
            url,
            topics: file::native_topics(),
        });
        let mut sources: Vec<SourceConfig> = Vec::new();
        for block in single.into_iter().chain(blocks) {
            if sources.iter().any(|s| s.name == block.name) {
                mistakes.push(format!("source `{}` is named twice", block.name));
            }
            match source(block) {
                Ok(source) => sources.push(source),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if args.demo && args.no_mqtt {
            mistakes.push("--demo needs the embedded broker, expected no --no-mqtt".to_owned());
        }
        if !mistakes.is_empty() {
            return Err(Exit::usage(mistakes.join("\n")).into());
        }
        Ok(Self {
            data: data.to_owned(),
            http: args.http,
            mqtt: (!args.no_mqtt).then_some(args.mqtt),
            mqtts,
            sources,
            tile_url: args.tile_url,
            demo: args.demo,
            demo_seed: args.demo_seed,
        })
    }

    /// The part that ingest needs.
    pub(crate) fn ingest(&self) -> ingest::Config {
        ingest::Config {
            mqtt: self.mqtt,
            mqtts: self.mqtts.clone(),
            sources: self.sources.clone(),
            service_areas: HashMap::new(),
        }
    }
}

/// Port of MQTT without TLS (IANA).
const MQTT_PORT: u16 = 1883;

fn source(block: file::Source) -> Result<SourceConfig, String> {
    let file::Source { name, url, topics } = block;
    let expected = "expected mqtt://user:password@host:port";
    // The address may hold a password: it is in no message.
    let parsed = Url::parse(&url).map_err(|e| format!("source `{name}`: {e}, {expected}"))?;
    let host = parsed.host_str().filter(|_| parsed.scheme() == "mqtt");
    let host = host.ok_or_else(|| format!("source `{name}`: {expected}"))?.to_owned();
    if topics.is_empty() {
        return Err(format!("source `{name}`: no topics, expected at least one filter"));
    }
    let user = parsed.username();
    let credentials = (!user.is_empty())
        .then(|| (user.to_owned(), parsed.password().unwrap_or_default().to_owned()));
    let port = parsed.port().unwrap_or(MQTT_PORT);
    let client_id = format!("obrii-{name}");
    Ok(SourceConfig { name, host, port, credentials, client_id, topics })
}
