/** The pages are drawn in the browser only; the platform serves files. */
export const ssr = false;
export const prerender = false;
