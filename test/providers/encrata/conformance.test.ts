import { encrata } from '../../../src/providers/encrata/index.ts'
import { describeProvider } from '../../conformance.ts'

describeProvider(encrata, { pastFirstPage: 'Encrata lists everything on one page.' })
