/** An event of a DevTools trace; times in µs. */
interface TraceEvent {
	name: string;
	ph: string;
	pid: number;
	tid: number;
	ts: number;
	/** The thread's own clock: time that other programs take is not in it. */
	tts?: number;
	tdur?: number;
	args?: { name?: string };
}

/** What counts as scripting: the page's own code, its microtasks and its garbage. */
const SCRIPTING = new Set([
	'EvaluateScript',
	'EventDispatch',
	'FireAnimationFrame',
	'FireIdleCallback',
	'FunctionCall',
	'HandlePostMessage',
	'MajorGC',
	'MinorGC',
	'RunMicrotasks',
	'TimerFire',
	'v8.callFunction',
	'v8.compile',
	'V8.GCFinalizeMC',
	'V8.GCScavenger'
]);

/** The end of the main thread's part of a frame: what came before it since the last one is its own. */
const FRAME = 'Commit';

/** Processor time of the main thread's scripting, ms: one for each frame that it did so in. */
export function scriptingOf(trace: Buffer): { frames: number; perFrame: number[] } {
	const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
	const main = mainThread(traceEvents);
	const own = traceEvents.filter(({ pid, tid }) => pid === main.pid && tid === main.tid);
	const ends = own
		.filter(({ name }) => name === FRAME)
		.map(({ ts }) => ts)
		.sort((left, right) => left - right);
	const perFrame: number[] = [];
	let [frame, until] = [0, 0];
	const spans = own
		.filter(({ name, ph, tdur }) => ph === 'X' && tdur && SCRIPTING.has(name))
		.sort((left, right) => left.ts - right.ts);
	for (const { ts, tts = 0, tdur = 0 } of spans) {
		// Calls lie within calls: what is counted already is not counted again.
		const from = Math.max(tts, until);
		until = Math.max(until, tts + tdur);
		while (frame < ends.length && (ends[frame] ?? 0) <= ts) frame += 1;
		if (frame === ends.length) break;
		if (until > from) perFrame[frame] = (perFrame[frame] ?? 0) + (until - from) / 1000;
	}
	return { frames: ends.length, perFrame: Object.values(perFrame) };
}

/** The thread of the page: of all renderers the one that drew the most frames. */
function mainThread(events: readonly TraceEvent[]): { pid: number; tid: number } {
	const frames = new Map<string, { pid: number; tid: number; count: number }>();
	for (const { name, pid, tid } of events) {
		if (name !== FRAME) continue;
		const thread = frames.get(`${pid} ${tid}`) ?? { pid, tid, count: 0 };
		thread.count += 1;
		frames.set(`${pid} ${tid}`, thread);
	}
	const [most] = [...frames.values()].sort((left, right) => right.count - left.count);
	if (!most) throw new Error('the trace has no frames');
	return most;
}

/** The value below which a share of the sorted values lies. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((left, right) => left - right);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
