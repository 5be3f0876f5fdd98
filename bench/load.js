import autocannon from 'autocannon'

// One closed loop of load in a process of its own: so many connections, each with one request at a time. Prints what came of it.

const { url, connections, seconds, amount, body } = JSON.parse(process.argv[2])
const headers = { 'content-type': 'application/json', ...JSON.parse(process.argv[3] ?? '{}') }
const times = []
const until = amount ? { amount } : { duration: seconds }
const instance = autocannon({ url, connections, method: 'POST', headers, body, sampleInt: 100, ...until })
instance.on('response', (_, status, __, milliseconds) => {
  if (status === 200) times.push(milliseconds)
})
const { requests, duration, errors, non2xx } = await instance
const sorted = Float64Array.from(times).sort()
const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
process.stdout.write(
  JSON.stringify({ perSecond: requests.total / duration, p50: at(0.5), p99: at(0.99), failed: errors + non2xx }),
)
