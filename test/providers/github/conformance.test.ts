import { github } from '../../../src/providers/github/index.ts'
import { describeWire } from '../../wire/wire.ts'
import { describeProvider } from '../conformance.ts'

const common = {
  pastFirstPage: 5,
  mostPerPage: 3,
  movingDetails: ['lastResponseCode', 'lastResponseStatus', 'lastResponseMessage'],
}
describeProvider(github, common)
describeProvider(github, { ...common, settings: { organization: 'acme' } })

describeWire(github)
