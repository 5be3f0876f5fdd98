import { Client } from 'pg'

const record = `
  CREATE TABLE IF NOT EXISTS hunted (entry text, was text, is_now text, owner text);
  CREATE OR REPLACE FUNCTION hunt() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.state IS DISTINCT FROM NEW.state OR OLD.result IS DISTINCT FROM NEW.result OR OLD.error IS DISTINCT FROM NEW.error THEN
        INSERT INTO hunted VALUES (NEW.id, OLD.state, NEW.state, OLD.owner);
      END IF;
      RETURN NEW;
    END $$;
  CREATE OR REPLACE TRIGGER hunt AFTER UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION hunt();`

/** Settled once more, or by somebody who does not carry it out. */
const settled = `
  SELECT entry, string_agg(was || ' to ' || is_now, ', ') AS steps FROM hunted GROUP BY entry
  HAVING bool_or(was IN ('SUCCEEDED', 'FAILED')) OR bool_or(owner IS NULL)
    OR count(*) FILTER (WHERE is_now IN ('SUCCEEDED', 'FAILED')) > 1`

const underWay = `
  SELECT id FROM entries WHERE state = 'RUNNING' OR owner IN
    (SELECT id FROM owners WHERE until_ms > extract(epoch FROM clock_timestamp()) * 1000)`

/** Turns that nobody is in any more, and that nobody will free. */
const leaked = `
  SELECT turn FROM turns LEFT JOIN entries ON entries.id = turns.entry
  WHERE turns.entry IS NOT NULL AND (entries.id IS NULL OR entries.closed_ms IS NOT NULL OR (entries.state = 'UNKNOWN' AND owner IS NULL))`

const isOver = `
  SELECT 1 FROM owners WHERE id = $1 AND until_ms < extract(epoch FROM clock_timestamp()) * 1000
    AND NOT EXISTS (SELECT 1 FROM entries WHERE owner = $1 AND state = 'RUNNING')`

/** Watches what processes write to a database, which is theirs alone. */
export async function openAudit(url: string) {
  const client = new Client({ connectionString: url })
  // What becomes of the connection, the next statement tells.
  client.on('error', () => {})
  await client.connect()
  await client.query(record)
  const read = async (text: string, values: readonly string[] = []) => (await client.query(text, [...values])).rowCount ?? 0

  return {
    countUnderWay: () => read(underWay),
    /** Whether the lease of a process has run out, and somebody else has all that it was at. */
    isTakenOver: async (owner: string) => (await read(isOver, [owner])) > 0,
    async findViolations(): Promise<readonly string[]> {
      const { rows } = await client.query<{ readonly steps: string }>(settled)
      const held = await read(leaked)
      return [
        ...rows.map(({ steps }) => `an entry was settled more than once, or by nobody: ${steps}`),
        ...(held > 0 ? [`${held} turns are held by nobody`] : []),
      ]
    },
    close: () => client.end(),
  }
}
