//! What `obrii up` is told, and the checked configuration that follows from it. Every mistake is
//! found here, before a port opens.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use domain::CommunityId;
use domain::ids::BadId;
use domain::place::Place;
use domain::position::Area;
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
    /// Address at which Teltonika trackers connect, Codec 8 and 8 Extended over TCP.
    #[arg(long, env = "OBRII_TELTONIKA", value_name = "ADDR")]
    teltonika: Option<SocketAddr>,
    /// Address at which trackers connect that speak Wialon IPS over TCP.
    #[arg(long, env = "OBRII_WIALON", value_name = "ADDR")]
    wialon: Option<SocketAddr>,
    /// A proxy in front of --http that is believed when it says by X-Forwarded-For whom it speaks
    /// for; several with commas.
    #[arg(long, env = "OBRII_TRUSTED_PROXY", value_name = "IP", value_delimiter = ',')]
    trusted_proxy: Vec<IpAddr>,
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
    pub(crate) service_areas: HashMap<CommunityId, Area>,
    pub(crate) teltonika: Option<SocketAddr>,
    pub(crate) wialon: Option<SocketAddr>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) tile_url: Option<String>,
    pub(crate) demo: bool,
    pub(crate) demo_seed: u64,
}

impl Config {
    /// Checks what was said; all mistakes at once.
    pub(crate) fn checked(args: Args, data: &Path, blocks: file::Blocks) -> anyhow::Result<Self> {
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
            gateway: None,
        });
        let mut sources: Vec<SourceConfig> = Vec::new();
        for block in single.into_iter().chain(blocks.sources) {
            if sources.iter().any(|s| s.name == block.name) {
                mistakes.push(format!("source `{}` is named twice", block.name));
            }
            match source(block) {
                Ok(source) => sources.push(source),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        let (service_areas, wrong_areas) = service_areas(&blocks.service_areas);
        mistakes.extend(wrong_areas);
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
            service_areas,
            teltonika: args.teltonika,
            wialon: args.wialon,
            trusted_proxies: args.trusted_proxy,
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
            service_areas: self.service_areas.clone(),
            teltonika: self.teltonika,
            wialon: self.wialon,
            trusted_proxies: self.trusted_proxies.clone(),
        }
    }
}

/// Where vehicles can be, by the blocks of the configuration, and what is wrong with these.
pub(crate) fn service_areas(
    blocks: &[file::ServiceArea],
) -> (HashMap<CommunityId, Area>, Vec<String>) {
    let mut areas = HashMap::from(shipped_areas());
    let mut mistakes = Vec::new();
    for block in blocks {
        match service_area(block) {
            Ok((community, area)) => drop(areas.insert(community, area)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    (areas, mistakes)
}

/// Where the vehicles of Odesa can be, unless the file says otherwise: the city and the ends of its
/// suburban lines, from Chornomorsk to Fontanka and Usatove.
fn shipped_areas() -> [(CommunityId, Area); 1] {
    let (south_west, north_east) =
        (Place { lat: 46.25, lon: 30.45 }, Place { lat: 46.70, lon: 31.00 });
    let odesa = "odesa".parse().expect("a community id by its form");
    [(odesa, Area::between(south_west, north_east))]
}

fn service_area(block: &file::ServiceArea) -> Result<(CommunityId, Area), String> {
    let file::ServiceArea { community, south, west, north, east } = block;
    let refused = |why: &str| format!("service area `{community}`: {why}");
    let id = community.parse().map_err(|e: BadId| refused(&e.to_string()))?;
    let corners = Place::new(*south, *west).zip(Place::new(*north, *east));
    match corners {
        Some((south_west, north_east)) if south < north && west < east => {
            Ok((id, Area::between(south_west, north_east)))
        }
        _ => Err(refused("expected south < north and west < east, degrees on the globe")),
    }
}

/// Port of MQTT without TLS (IANA).
const MQTT_PORT: u16 = 1883;

fn source(block: file::Source) -> Result<SourceConfig, String> {
    let file::Source { name, url, topics, gateway } = block;
    let expected = "expected mqtt://user:password@host:port";
    // The address may hold a password: it is in no message.
    let parsed = Url::parse(&url).map_err(|e| format!("source `{name}`: {e}, {expected}"))?;
    let host = parsed.host_str().filter(|_| parsed.scheme() == "mqtt");
    let host = host.ok_or_else(|| format!("source `{name}`: {expected}"))?.to_owned();
    if topics.is_empty() {
        return Err(format!("source `{name}`: no topics, expected at least one filter"));
    }
    let gateway = gateway.map(|id| id.parse()).transpose();
    let gateway = gateway.map_err(|e: BadId| format!("source `{name}`: gateway: {e}"))?;
    let user = parsed.username();
    let credentials = (!user.is_empty())
        .then(|| (user.to_owned(), parsed.password().unwrap_or_default().to_owned()));
    let port = parsed.port().unwrap_or(MQTT_PORT);
    let client_id = format!("obrii-{name}");
    Ok(SourceConfig { name, host, port, credentials, client_id, topics, gateway })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(south: f64, north: f64) -> file::ServiceArea {
        file::ServiceArea { community: "rozdilna".into(), south, west: 29.9, north, east: 30.3 }
    }

    #[test]
    fn a_service_area_is_a_box_on_the_globe() {
        let (community, area) = service_area(&block(46.7, 47.0)).expect("a box");
        assert_eq!(community.as_str(), "rozdilna");
        assert!(area.contains(Place { lat: 46.8, lon: 30.1 }));
        assert!(!area.contains(Place { lat: 46.5, lon: 30.1 }));
        for (south, north) in [(47.0, 46.7), (46.7, 91.0)] {
            assert!(service_area(&block(south, north)).is_err());
        }
    }

    #[test]
    fn a_source_names_its_gateway_by_an_id() {
        let block = |gateway: Option<&str>| file::Source {
            name: "city".to_owned(),
            url: "mqtt://h".to_owned(),
            topics: file::native_topics(),
            gateway: gateway.map(ToOwned::to_owned),
        };
        assert_eq!(source(block(None)).expect("a source").gateway, None);
        let named = source(block(Some("lora"))).expect("a source").gateway;
        assert_eq!(named.as_ref().map(domain::DeviceId::as_str), Some("lora"));
        let refused = source(block(Some("Lora 1"))).expect_err("no id");
        assert!(refused.starts_with("source `city`: gateway: "), "{refused}");
    }

    #[test]
    fn the_opera_is_in_odesa_and_crimea_is_not() {
        let [(_, area)] = shipped_areas();
        assert!(area.contains(Place { lat: 46.4854, lon: 30.7409 }));
        assert!(!area.contains(Place { lat: 45.0522, lon: 33.9751 }));
    }
}
