import { parcel } from '../helpers/parcel.ts'
import { describeProvider } from '../providers/conformance.ts'

describeProvider(parcel, { variant: 'docs', pastFirstPage: 'Parcel lists everything on one page.' })
