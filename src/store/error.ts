/** The store cannot be opened, read or written. The message is one line that says why and how to fix it. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
