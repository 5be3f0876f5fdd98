import { linear } from '../../../src/providers/linear/index.ts'
import { describeProvider } from '../conformance.ts'

describeProvider(linear, { pastFirstPage: 101, absentStatus: 200 })
