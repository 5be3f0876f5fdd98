/** Where a secret could not be put, and why. Never has the secret. */
export class SinkError extends Error {}
