import { afterAll } from 'vitest'
import { forgetAll, listReceivedCode } from './recorder.ts'

// Set up before every test file.

afterAll(() => {
  const found = listReceivedCode()
  forgetAll()
  if (found.length > 0) throw new Error(`Received, and made into code: ${found.join(' ')}`)
})
