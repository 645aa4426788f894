import type { State } from '../api';
import { AIR_STEPS, isLive, type Shape, type TransportMode } from './kinds';
import type { Palette } from './palette';

/** Strokes of the badges in a square of 16. */
const BADGES: Partial<Record<State, string>> = {
	delayed: 'M8 4.5V8l2.4 1.6',
	'de-energised': 'M6 3.5V6M10 3.5V6M4.8 6h6.4v2.2a3.2 3.2 0 0 1-6.4 0zM8 11.4V13',
	maintenance:
		'M11.6 4.3a2.6 2.6 0 0 0-3.4 3.4L4.3 11.6 5.4 12.7l3.9-3.9a2.6 2.6 0 0 0 3.4-3.4L11 7 9.6 5.6z',
	'out-of-service': 'M4 12.5V7l4-3 4 3v5.5M6.3 12.5V9h3.4v3.5'
};

/** How a mark looks besides its shape. */
export interface Look {
	shape: Shape;
	state: State;
	/** Class of the neutral scale, for air posts with a fresh value. */
	step?: number;
	mode?: TransportMode;
}

/** Name of the image of a mark. */
export function markName({ shape, state, step, mode }: Look): string {
	return ['mark', shape, state, step ?? '', mode ?? ''].join(':');
}

/** Name of the image of a state's badge; empty for states that have none. */
export const badgeName = (state: State) => (BADGES[state] ? `badge:${state}` : '');

/** Side of a mark on the screen, CSS pixels. */
const SIDES: Record<Shape, number> = { air: 30, vehicle: 26, lamp: 11, cabinet: 22, water: 24 };
const BADGE_SIDE = 15;

type Context = CanvasRenderingContext2D;

function outline(context: Context, shape: Shape, side: number): void {
	const middle = side / 2;
	const edge = side * 0.1;
	context.beginPath();
	if (shape === 'air') {
		context.arc(middle, middle, middle - edge, 0, 2 * Math.PI);
	} else if (shape === 'vehicle') {
		// A drop whose point shows where it goes; image up is north.
		const radius = side * 0.31;
		const centre = side * 0.6;
		context.moveTo(middle, side * 0.04);
		context.lineTo(middle + radius * 0.92, centre - radius * 0.4);
		context.arc(middle, centre, radius, -0.41, Math.PI + 0.41);
		context.closePath();
	} else if (shape === 'water') {
		const radius = side * 0.3;
		const centre = side * 0.62;
		context.moveTo(middle, edge);
		context.bezierCurveTo(middle, edge, middle + radius, centre - radius, middle + radius, centre);
		context.arc(middle, centre, radius, 0, Math.PI);
		context.bezierCurveTo(middle - radius, centre - radius, middle, edge, middle, edge);
		context.closePath();
	} else {
		context.rect(edge, edge, side - 2 * edge, side - 2 * edge);
	}
}

function bolt(context: Context, side: number, colour: string): void {
	const at = (x: number, y: number): [number, number] => [side * x, side * y];
	context.beginPath();
	context.moveTo(...at(0.56, 0.2));
	context.lineTo(...at(0.34, 0.55));
	context.lineTo(...at(0.5, 0.55));
	context.lineTo(...at(0.44, 0.8));
	context.lineTo(...at(0.66, 0.45));
	context.lineTo(...at(0.5, 0.45));
	context.closePath();
	context.fillStyle = colour;
	context.fill();
}

function fillOf({ shape, state, step, mode }: Look, palette: Palette): string {
	if (isLive(state)) {
		if (shape === 'air') return step === undefined ? palette.body : (palette.air[step] ?? '');
		if (shape === 'vehicle' && mode) return palette.halo;
		return palette.body;
	}
	if (state === 'stale' || state === 'silent' || state === 'no-data') return palette.halo;
	return palette.idle;
}

function drawMark(context: Context, look: Look, side: number, palette: Palette): void {
	const { shape, state, mode } = look;
	const isGone = state === 'silent' || state === 'no-data' || state === 'decommissioned';
	const hasData = isLive(state);
	outline(context, shape, side);
	context.fillStyle = fillOf(look, palette);
	context.fill();
	const isVehicle = shape === 'vehicle' && mode && hasData;
	context.strokeStyle = isVehicle ? palette.modes[mode] : hasData ? palette.outline : palette.faint;
	context.lineWidth = side * (isVehicle ? 0.09 : shape === 'lamp' ? 0.14 : 0.065);
	if (isGone) context.setLineDash([side * 0.12, side * 0.1]);
	context.stroke();
	context.setLineDash([]);
	if (shape === 'cabinet' && !isGone) bolt(context, side, context.strokeStyle as string);
	if (state === 'silent') {
		context.beginPath();
		context.moveTo(side * 0.12, side * 0.88);
		context.lineTo(side * 0.88, side * 0.12);
		context.stroke();
	}
}

function drawBadge(context: Context, state: State, side: number, palette: Palette): void {
	const strokes = BADGES[state];
	if (!strokes) return;
	context.scale(side / 16, side / 16);
	context.beginPath();
	context.arc(8, 8, 7, 0, 2 * Math.PI);
	context.fillStyle = palette.halo;
	context.fill();
	context.strokeStyle = palette.text;
	context.lineWidth = 1.2;
	context.stroke();
	context.lineJoin = 'round';
	context.lineCap = 'round';
	context.stroke(new Path2D(strokes));
}

/** A square canvas with the drawing on it; undefined where a browser draws nothing. */
function canvasOf(side: number, ratio: number, draw: (context: Context) => void) {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = Math.ceil(side * ratio);
	const context = canvas.getContext('2d', { willReadFrequently: true });
	if (!context) return undefined;
	context.scale(ratio, ratio);
	draw(context);
	return context;
}

/** The image of a name made by `markName` or `badgeName`; undefined for other names. */
export function imageOf(name: string, palette: Palette, ratio: number): ImageData | undefined {
	const context = drawn(name, palette, ratio);
	return context?.getImageData(0, 0, context.canvas.width, context.canvas.height);
}

function drawn(name: string, palette: Palette, ratio: number): Context | undefined {
	const [what, first, state, step, mode] = name.split(':');
	if (what === 'badge') {
		return canvasOf(BADGE_SIDE, ratio, (context) =>
			drawBadge(context, first as State, BADGE_SIDE, palette)
		);
	}
	if (what !== 'mark') return undefined;
	const shape = first as Shape;
	const side = SIDES[shape];
	const look: Look = { shape, state: state as State };
	if (step) look.step = Math.min(Number(step), AIR_STEPS.length);
	if (mode) look.mode = mode as TransportMode;
	return canvasOf(side, ratio, (context) => drawMark(context, look, side, palette));
}

/** The picture of a mark with its badge for lists and the legend: just what the map draws. */
export function markUrl(look: Look, palette: Palette, ratio = 2): string {
	const side = SIDES[look.shape];
	const whole = Math.max(side, 20);
	const context = canvasOf(whole, ratio, (context) => {
		context.save();
		context.translate((whole - side) / 2, (whole - side) / 2);
		drawMark(context, look, side, palette);
		context.restore();
		const badge = Math.min(BADGE_SIDE, whole * 0.6);
		context.translate(whole - badge, whole - badge);
		drawBadge(context, look.state, badge, palette);
	});
	return context?.canvas.toDataURL() ?? '';
}
