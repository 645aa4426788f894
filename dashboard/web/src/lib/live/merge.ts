import type { LiveDelta, LiveObject, LivePatch } from '../api';

/** Objects of the city by id. */
export type Objects = Map<string, LiveObject>;

/** What a delta did to the objects. */
export interface Merged {
	/** Objects that changed or are new. */
	changed: string[];
	/** Objects that are gone. */
	removed: string[];
	/** New objects, or ones whose papers changed: lists must be made again. */
	hasNewPapers: boolean;
}

function patched(object: LiveObject, patch: LivePatch): LiveObject {
	const { values, texts, ...rest } = patch;
	const named = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
	return {
		...object,
		...Object.fromEntries(named),
		values: values ? { ...object.values, ...values } : object.values,
		texts: texts ? { ...object.texts, ...texts } : object.texts
	};
}

/** Folds a delta into the objects; a patch of an unknown object changes nothing. */
export function merge(objects: Objects, delta: LiveDelta): Merged {
	const merged: Merged = { changed: [], removed: [], hasNewPapers: false };
	for (const object of delta.replaced ?? []) {
		objects.set(object.id, object);
		merged.changed.push(object.id);
		merged.hasNewPapers = true;
	}
	for (const patch of delta.objects) {
		const object = objects.get(patch.id);
		if (!object) continue;
		objects.set(patch.id, patched(object, patch));
		merged.changed.push(patch.id);
	}
	for (const id of delta.removed ?? []) {
		if (objects.delete(id)) merged.removed.push(id);
		merged.hasNewPapers = true;
	}
	return merged;
}
