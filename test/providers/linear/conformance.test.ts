import { linear } from '../../../src/providers/linear/index.ts'
import { describeProvider } from '../conformance.ts'
import { describeWire } from '../../wire/wire.ts'

describeProvider(linear, { pastFirstPage: 101, absentStatus: 200 })
describeWire(linear)
