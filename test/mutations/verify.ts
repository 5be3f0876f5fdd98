import type { Mutations } from './mutation.ts'

/** How receivers verify deliveries. */
export const verify: Mutations = {
  'verify/verify.ts': [
    {
      name: 'one of two times counts',
      from: 'others.length > 0 || !timeForms[timestampUnit]',
      to: '!timeForms[timestampUnit]',
      test: 'verify/verify',
    },
    {
      name: 'the prefix of a time is not looked at',
      from: 'entry.startsWith(timestampPrefix)',
      to: 'entry.length > timestampPrefix.length',
      test: 'verify/vendors',
    },
    {
      name: 'a signed URL may be missing',
      from: "  if (url === '' && scheme.signedContent.includes('{url}')) return refuse('URL_MISSING')\n",
      to: '',
      test: 'verify/verify',
    },
    {
      name: 'the URL is not signed',
      from: "    '{url}': url,\n",
      to: "    '{url}': '',\n",
      test: 'verify/verify',
    },
    {
      name: 'the time of a delivery is not judged',
      from: "  if (typeof sent === 'string') return refuse(sent)\n",
      to: "  if (typeof sent === 'string') return { ok: true, secretIndex, ...assumed }\n",
      test: 'verify/vendors',
    },
  ],
  'verify/hmac.ts': [
    {
      name: 'a signature of another name counts',
      from: '    .filter((entry) => entry.startsWith(start))\n',
      to: '',
      test: 'verify/vendors',
    },
  ],
  'verify/time.ts': [
    {
      name: 'a time in the future is accepted',
      from: '!acceptsFuture && sentMs',
      to: 'sentMs > nowMs + 9e12 && sentMs',
      test: 'verify/vendors',
    },
    {
      name: 'a time in the future that the vendor accepts is refused',
      from: '!acceptsFuture && sentMs',
      to: 'sentMs',
      test: 'verify/vendors',
    },
    {
      name: 'milliseconds are read as seconds',
      from: "const sentMs = timestampUnit === 'seconds' ? sent * 1000 : sent",
      to: 'const sentMs = sent * 1000',
      test: 'verify/vendors',
    },
    {
      name: 'a time with a fraction is accepted',
      from: ' && form.test(String(value)) ? value',
      to: ' ? value',
      test: 'verify/verify',
    },
  ],
}
