import type { EChartsCoreOption } from 'echarts/core';

import type { DisplayUnit } from '../api';
import type { Formats } from '../format/values';
import type { Point } from './points';

/** One property on the chart. */
export interface Line {
	title: string;
	unit: string;
	display: DisplayUnit;
	kind: 'number' | 'boolean' | 'counter' | 'angle' | 'text';
	/** Of yes and no: how each is said. */
	words?: readonly [no: string, yes: string];
	points: Point[];
}

/** Everything that a chart shows. */
export interface ChartContent {
	lines: readonly Line[];
	from: number;
	to: number;
	/** Moments when the device was replaced, ms since 1970. */
	swaps: readonly number[];
	swapWord: string;
	isDay: boolean;
}

/** Colours of the chart, taken from the page's theme. */
export interface ChartColours {
	text: string;
	secondary: string;
	line: string;
	grid: string;
	panel: string;
}

/** Heights of one property's drawing, CSS pixels at a font of 15 px. */
export const HEIGHTS = { title: 30, plot: 130, axis: 34 };

/** Height of a chart of so many properties, CSS pixels. */
export function heightOf(lines: number, scale: number): number {
	const { title, plot, axis } = HEIGHTS;
	return Math.max(lines, 1) * (title + plot + axis) * scale;
}

function seriesOf(line: Line, index: number, content: ChartContent, colours: ChartColours) {
	const isAngle = line.kind === 'angle';
	const isStep = line.kind === 'boolean';
	return {
		type: isAngle ? 'scatter' : 'line',
		name: line.title,
		xAxisIndex: index,
		yAxisIndex: index,
		data: line.points,
		connectNulls: false,
		step: isStep ? 'end' : undefined,
		showSymbol: isAngle,
		symbolSize: 3,
		lineStyle: { width: 1.5, color: colours.line },
		itemStyle: { color: colours.line },
		sampling: isAngle || isStep ? undefined : 'lttb',
		animation: false,
		markLine:
			content.swaps.length > 0
				? {
						silent: true,
						symbol: 'none',
						lineStyle: { color: colours.text, type: 'dashed' },
						label: { formatter: content.swapWord, color: colours.text },
						data: content.swaps.map((xAxis) => ({ xAxis }))
					}
				: undefined
	};
}

/** Points between two gaps: no line reaches them, so they are drawn as dots. */
function dotsOf(line: Line, index: number, colours: ChartColours) {
	const isSet = (at: number) => (line.points[at]?.[1] ?? null) !== null;
	return {
		type: 'scatter',
		xAxisIndex: index,
		yAxisIndex: index,
		data: line.points.filter((_, at) => isSet(at) && !isSet(at - 1) && !isSet(at + 1)),
		symbolSize: 4,
		itemStyle: { color: colours.line },
		animation: false,
		silent: true,
		tooltip: { show: false }
	};
}

/** Where the marks of the axis of values stand. */
const RULERS: Record<Line['kind'], object> = {
	number: { scale: true, splitNumber: 3 },
	counter: { scale: true, splitNumber: 3 },
	boolean: { min: 0, max: 1, interval: 1 },
	angle: { min: 0, max: 360, interval: 90 },
	text: {}
};

/** What the chart library draws: one plot below the other, on one time axis. */
export function optionsOf(
	content: ChartContent,
	colours: ChartColours,
	formats: Formats,
	scale: number
): EChartsCoreOption {
	const { title, plot, axis } = HEIGHTS;
	const block = (title + plot + axis) * scale;
	const fontSize = 12 * scale;
	const lines = content.lines;
	const label = { color: colours.secondary, fontSize };
	const clock = (at: number) => formats.clock(new Date(at)).slice(0, 5);
	const day = (at: number) => formats.date(new Date(at)).slice(0, 5);
	return {
		animation: false,
		textStyle: { fontFamily: 'Inter Variable, DejaVu Sans, sans-serif' },
		title: lines.map((line, index) => ({
			text: line.unit ? `${line.title}, ${line.unit}` : line.title,
			top: index * block + 4 * scale,
			left: 0,
			textStyle: { color: colours.text, fontSize: 13 * scale, fontWeight: 600 }
		})),
		grid: lines.map((_, index) => ({
			top: index * block + title * scale,
			height: plot * scale,
			left: 76 * scale,
			right: 16 * scale,
			outerBoundsMode: 'none'
		})),
		xAxis: lines.map((_, gridIndex) => ({
			type: 'time',
			gridIndex,
			min: content.from,
			max: content.to,
			axisLine: { lineStyle: { color: colours.grid } },
			axisLabel: {
				...label,
				hideOverlap: true,
				formatter: (at: number) => (content.isDay && clock(at) !== '00:00' ? clock(at) : day(at))
			}
		})),
		yAxis: lines.map((line, gridIndex) => ({
			type: 'value',
			gridIndex,
			...RULERS[line.kind],
			axisLabel: {
				...label,
				formatter: (value: number) =>
					line.words ? line.words[value === 0 ? 0 : 1] : formats.number(value, digitsOf(value))
			},
			splitLine: { lineStyle: { color: colours.grid } }
		})),
		dataZoom: [
			{ type: 'inside', xAxisIndex: lines.map((_, index) => index), zoomOnMouseWheel: 'ctrl' }
		],
		tooltip: {
			trigger: 'axis',
			backgroundColor: colours.panel,
			borderColor: colours.grid,
			textStyle: { color: colours.text, fontSize },
			renderMode: 'richText',
			formatter: (hits: unknown) => tooltipOf(hits, lines, formats)
		},
		series: [
			...lines.map((line, index) => seriesOf(line, index, content, colours)),
			...lines.map((line, index) => dotsOf(line, index, colours))
		]
	};
}

function digitsOf(value: number): number {
	return Number.isInteger(value) ? 0 : Math.abs(value) < 1 ? 2 : 1;
}

function tooltipOf(hits: unknown, lines: readonly Line[], formats: Formats): string {
	const found = (hits as { seriesIndex: number; value: Point }[]).filter(
		(hit) => hit.value[1] !== null
	);
	const [first] = found;
	if (!first) return '';
	const rows = found.flatMap(({ seriesIndex, value }) => {
		const line = lines[seriesIndex];
		if (!line) return [];
		const amount = value[1] ?? 0;
		const shown = line.words?.[amount === 0 ? 0 : 1] ?? formats.number(amount, line.display.digits);
		return [`${line.title}: ${shown} ${line.unit}`.trimEnd()];
	});
	return [formats.exact(new Date(first.value[0])), ...rows].join('\n');
}
