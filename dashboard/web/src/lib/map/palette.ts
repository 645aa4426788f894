import type { TransportMode } from './kinds';

/** How much larger than on a desk everything is drawn: the page's font size says it. */
export function screenScale(): number {
	return Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 15);
}

/** Colours of the map; the base map is muted and holds no red and no green. */
export interface Palette {
	sea: string;
	land: string;
	park: string;
	street: string;
	border: string;
	baseText: string;
	halo: string;
	text: string;
	/** Body of a mark whose data are fresh. */
	body: string;
	/** Body of a mark of which nothing is expected. */
	idle: string;
	outline: string;
	/** Outline of marks without fresh data. */
	faint: string;
	modes: Record<TransportMode, string>;
	/** Bodies of air posts by PM2.5: one hue, lighter to stronger. */
	air: readonly string[];
	accent: string;
}

export const LIGHT: Palette = {
	sea: '#dbe4ec',
	land: '#f3f5f7',
	park: '#e9edf0',
	street: '#cfd6dd',
	border: '#aab5c0',
	baseText: '#5a6774',
	halo: '#ffffff',
	text: '#18212b',
	body: '#c3ccd6',
	idle: '#e2e6ea',
	outline: '#2c3742',
	faint: '#667280',
	modes: { tram: '#c44e00', trolleybus: '#0072b2', bus: '#333a42', unknown: '#667280' },
	air: ['#ffffff', '#e3e9f0', '#c5d2df', '#a5b8cb', '#8aa2ba'],
	accent: '#0b5cad'
};

export const DARK: Palette = {
	sea: '#16222d',
	land: '#10161d',
	park: '#141d25',
	street: '#2b3644',
	border: '#3d4b5b',
	baseText: '#8e9cab',
	halo: '#10161d',
	text: '#e6edf3',
	body: '#3f4d5c',
	idle: '#222c37',
	outline: '#dbe4ec',
	faint: '#a9b6c4',
	modes: { tram: '#ff8a3d', trolleybus: '#5ab4ff', bus: '#e6edf3', unknown: '#a9b6c4' },
	air: ['#18222d', '#243547', '#314a63', '#3f607f', '#42678a'],
	accent: '#5ab4ff'
};
