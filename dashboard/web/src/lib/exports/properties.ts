import type { Kind, ProfileView } from '$lib/api';

/** A property that may be exported. */
export type Offered = Pick<ProfileView['fields'][number], 'property' | 'title_uk' | 'title_en'>;

/** What devices of a kind report by their profiles, each property once. */
export function propertiesOf(profiles: readonly ProfileView[], kind: Kind): readonly Offered[] {
	const fields = profiles
		.filter((profile) => profile.kind === kind)
		.flatMap(({ fields }) => fields);
	return [...new Map(fields.map((field) => [field.property, field])).values()];
}
