import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import { describeProvider } from '../conformance.ts'

const pastFirstPage = 'Fingerprint allows 5 webhooks; its own test goes through pages.'
const absent = ['eventTypes'] as const

describeProvider(fingerprint, { variant: 'signed', pastFirstPage, absent })
describeProvider(fingerprint, {
  variant: 'unsigned',
  isFurther: true,
  pastFirstPage,
  absent,
  withoutSecret: 'This plan signs nothing.',
})
