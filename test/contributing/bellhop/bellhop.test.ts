import { describeFixtures } from '../../helpers/fixtures.ts'
import { describeProvider } from '../../providers/conformance.ts'
import { wire } from './api.ts'
import { bellhop } from './index.ts'

// The provider that CONTRIBUTING.md shows: invented, and held to what every provider is held to.

describeFixtures(new URL('fixtures/', import.meta.url), wire)
describeProvider(bellhop, { pastFirstPage: 25 })
