/** Where the programs are that tests start, by their sources. The bundler fills it in: outside of Vitest, they run as they are. */
export const programs: Readonly<Record<string, string>> = {}
