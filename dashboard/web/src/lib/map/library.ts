import type { FeatureCollection } from 'geojson';

import { CITY_URL } from './base';

/** The map's library with its worker, and the drawing of the city: fetched when a map is shown. */
export async function loadMap() {
	const [maplibre, worker, answer] = await Promise.all([
		import('maplibre-gl'),
		import('maplibre-gl/dist/maplibre-gl-worker.mjs?url'),
		fetch(CITY_URL)
	]);
	maplibre.setWorkerUrl(worker.default);
	return { maplibre, city: (await answer.json()) as FeatureCollection };
}
