import { baanx } from '../../../src/providers/baanx/index.ts'
import { describeProvider } from '../conformance.ts'

describeProvider(baanx, { pastFirstPage: 'Baanx allows 5 webhooks and lists them on one page.' })
