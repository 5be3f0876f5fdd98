/** The command line asks for something that there is not; the message says what. */
export class UsageError extends Error {}
