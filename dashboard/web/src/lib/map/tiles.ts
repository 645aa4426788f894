import type * as MapLibre from 'maplibre-gl';

import type { StatusView } from '../api';
import type { Tiles } from './base';

const VECTOR = 1; // `TileType.Mvt` of PMTiles

/** The base map that the platform offers besides our drawing: an archive first, then a server. */
export async function tilesOf(
	status: StatusView | undefined,
	maplibre: typeof MapLibre
): Promise<Tiles | undefined> {
	const archive = status?.tiles[0];
	if (!archive) return status?.tile_url ? { url: status.tile_url, kind: 'raster' } : undefined;
	const { PMTiles, Protocol } = await import('pmtiles');
	const address = `${location.origin}/tiles/${archive.replace(/\.pmtiles$/u, '')}.pmtiles`;
	const tiles = new PMTiles(address);
	const protocol = new Protocol();
	protocol.add(tiles);
	maplibre.addProtocol('pmtiles', protocol.tile);
	const { tileType } = await tiles.getHeader();
	return { url: `pmtiles://${address}`, kind: tileType === VECTOR ? 'vector' : 'raster' };
}
