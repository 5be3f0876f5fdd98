/** Where a secret could not be put, and why. Never has the secret. */
export class SinkError extends Error {}

/** A command did not end by itself. */
export class HangError extends SinkError {}
