import { host } from '../../src/provider/address.ts'
import { basic } from '../../src/provider/authentication.ts'
import { path } from '../../src/provider/path.ts'
import { defineProvider } from '../../src/provider/provider.ts'
import { encrata } from '../../src/providers/encrata/index.ts'

/** Encrata under another name, with everything about an account that Encrata does not have. */
export const parcel = defineProvider({
  ...encrata,
  name: 'parcel',
  displayName: 'Parcel',
  authentication: basic('email/token:key'),
  settings: {
    region: {
      rule: 'REQUIRED',
      description: 'Region of the account.',
      shape: /^[a-z./]+$/,
      example: 'eu',
      variable: 'PARCEL_REGION',
    },
    team: {
      rule: 'EXACTLY_ONE',
      description: 'Name of the team.',
      shape: /^[a-zA-Z./-]+$/,
      example: 'acme',
      variable: 'PARCEL_TEAM',
    },
    depot: {
      rule: 'EXACTLY_ONE',
      description: 'Name of the depot.',
      shape: /^[a-z]+$/,
      example: 'north',
      variable: 'PARCEL_DEPOT',
    },
  },
  baseUrl: { from: ({ region }) => host`https://${region}.parcel.test` },
  accountPath: ({ team, depot }) => (team === undefined ? path`/depots/${depot ?? ''}` : path`/teams/${team}`),
  apiVersion: { default: '2026-10', shape: /^\d{4}-\d{2}$/, path: '/admin/{version}' },
  environment: { token: 'PARCEL_CREDENTIALS', baseUrl: 'PARCEL_BASE_URL' },
  sandbox: { ...encrata.sandbox, basePath: '/proxy', token: 'canary@acme.test/token:canary-key' },
})
