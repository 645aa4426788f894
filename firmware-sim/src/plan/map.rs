//! The hand-drawn city map: reads the kinds of `data/city/odesa.geojson` that the plan stands on.

use domain::place::Place;
use geo::{Contains, LineString, Point, Polygon};
use serde::Deserialize;

use super::line::Line;

/// The map as the repository carries it.
pub(crate) const ODESA: &str = include_str!("../../../data/city/odesa.geojson");

/// Why a text is no map of a city.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadMap {
    /// Not the GeoJSON that was expected.
    #[error("the city map is no GeoJSON of the expected form: {0}")]
    Json(#[from] serde_json::Error),
    /// A feature lacks what its kind needs.
    #[error("feature `{name}` of kind `{kind}` lacks {missing}")]
    Feature {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// What is missing.
        missing: &'static str,
    },
}

/// An area with its name: district, feeder area, DMA.
#[derive(Debug)]
pub(crate) struct Area {
    pub(crate) name_uk: String,
    pub(crate) name_en: String,
    pub(crate) reference: String,
    pub(crate) outage_queue: String,
    pub(crate) polygon: Polygon<f64>,
}

impl Area {
    pub(crate) fn contains(&self, place: Place) -> bool {
        self.polygon.contains(&Point::new(place.lon, place.lat))
    }
}

/// A point with its name: cabinet, DMA inlet, air site, community centre.
#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) name_uk: String,
    /// What the point belongs to: feeder of a cabinet, type of an air site, community of a centre.
    pub(crate) of: String,
    pub(crate) place: Place,
}

/// A line with its name: street.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) name_uk: String,
    pub(crate) line: Line,
}

/// A route of public transport with the figures of its timetable.
#[derive(Debug)]
pub(crate) struct RouteOnMap {
    pub(crate) mode: String,
    pub(crate) number: String,
    pub(crate) line: Line,
    pub(crate) headway_min: u32,
    pub(crate) vehicles: u32,
    pub(crate) stop_spacing_m: f64,
}

/// What the plan takes from the map.
#[derive(Debug, Default)]
pub(crate) struct CityMap {
    pub(crate) districts: Vec<Area>,
    pub(crate) feeders: Vec<Area>,
    pub(crate) dmas: Vec<Area>,
    pub(crate) cabinets: Vec<Spot>,
    pub(crate) inlets: Vec<Spot>,
    pub(crate) air_sites: Vec<Spot>,
    pub(crate) centres: Vec<Spot>,
    pub(crate) streets: Vec<Way>,
    pub(crate) routes: Vec<RouteOnMap>,
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    kind: String,
    #[serde(default)]
    name_uk: String,
    #[serde(default)]
    name_en: String,
    mode: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    feeder: Option<String>,
    site_type: Option<String>,
    community: Option<String>,
    outage_queue: Option<String>,
    sim_headway_min: Option<u32>,
    sim_vehicles: Option<u32>,
    sim_stop_spacing_m: Option<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Point([f64; 2]),
    LineString(Vec<[f64; 2]>),
    Polygon(Vec<Vec<[f64; 2]>>),
}

impl Feature {
    fn lacks(&self, missing: &'static str) -> BadMap {
        let Properties { kind, name_uk, .. } = &self.properties;
        BadMap::Feature { kind: kind.clone(), name: name_uk.clone(), missing }
    }

    fn area(&self) -> Result<Area, BadMap> {
        let Geometry::Polygon(rings) = &self.geometry else { return Err(self.lacks("a polygon")) };
        let outer = rings.first().ok_or_else(|| self.lacks("a ring"))?;
        let outer = outer.iter().map(|[lon, lat]| (*lon, *lat)).collect::<LineString<f64>>();
        let p = &self.properties;
        Ok(Area {
            name_uk: p.name_uk.clone(),
            name_en: p.name_en.clone(),
            reference: p.reference.clone().unwrap_or_default(),
            outage_queue: p.outage_queue.clone().unwrap_or_default(),
            polygon: Polygon::new(outer, Vec::new()),
        })
    }

    fn spot(&self, of: Option<&String>) -> Result<Spot, BadMap> {
        let Geometry::Point([lon, lat]) = self.geometry else { return Err(self.lacks("a point")) };
        Ok(Spot {
            name_uk: self.properties.name_uk.clone(),
            of: of.cloned().unwrap_or_default(),
            place: Place::new(lat, lon).ok_or_else(|| self.lacks("a place on the globe"))?,
        })
    }

    fn line(&self) -> Result<Line, BadMap> {
        let Geometry::LineString(points) = &self.geometry else {
            return Err(self.lacks("a line"));
        };
        let points: Vec<Place> =
            points.iter().map(|[lon, lat]| Place { lat: *lat, lon: *lon }).collect();
        Line::new(&points).ok_or_else(|| self.lacks("a length"))
    }

    fn route(&self) -> Result<RouteOnMap, BadMap> {
        let p = &self.properties;
        Ok(RouteOnMap {
            mode: p.mode.clone().ok_or_else(|| self.lacks("`mode`"))?,
            number: p.reference.clone().ok_or_else(|| self.lacks("`ref`"))?,
            line: self.line()?,
            headway_min: p.sim_headway_min.ok_or_else(|| self.lacks("`sim_headway_min`"))?,
            vehicles: p.sim_vehicles.ok_or_else(|| self.lacks("`sim_vehicles`"))?,
            stop_spacing_m: p
                .sim_stop_spacing_m
                .ok_or_else(|| self.lacks("`sim_stop_spacing_m`"))?,
        })
    }
}

impl CityMap {
    /// Reads the map; features of kinds that nothing is planned on are passed over.
    pub(crate) fn parse(text: &str) -> Result<Self, BadMap> {
        let collection: Collection = serde_json::from_str(text)?;
        let mut map = Self::default();
        for feature in &collection.features {
            let p = &feature.properties;
            match p.kind.as_str() {
                "district" => map.districts.push(feature.area()?),
                "feeder_area" => map.feeders.push(feature.area()?),
                "dma" => map.dmas.push(feature.area()?),
                "cabinet" => map.cabinets.push(feature.spot(p.feeder.as_ref())?),
                "dma_inlet" => map.inlets.push(feature.spot(None)?),
                "air_site" => map.air_sites.push(feature.spot(p.site_type.as_ref())?),
                "community_center" => map.centres.push(feature.spot(p.community.as_ref())?),
                "street" => {
                    let (name_uk, line) = (p.name_uk.clone(), feature.line()?);
                    map.streets.push(Way { name_uk, line });
                }
                "route" => map.routes.push(feature.route()?),
                _ => {}
            }
        }
        Ok(map)
    }

    /// The district around a place as a zone's id: `prymorskyi`; `None` outside the city.
    pub(crate) fn district(&self, place: Place) -> Option<String> {
        let area = self.districts.iter().find(|d| d.contains(place))?;
        area.name_en.split(' ').next().map(str::to_lowercase)
    }
}
