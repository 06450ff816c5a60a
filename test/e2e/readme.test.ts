import { expect, test } from 'vitest'
import { copyQuickstartInput, readQuickstart } from '../../scripts/readme-quickstart.mjs'
import { isAlive, openWorkshop, pidsOf } from '../helpers/e2e-network.ts'

/** What differs from run to run (hashes, paths, ports, times) becomes a mark; everything else must be as printed. */
function redact(text: string): string {
  return text
    .replace(/0x[0-9a-f]+/gi, 'HEX')
    .replace(/\b[0-9a-f]{64}\b/g, 'HEX')
    .replace(/(?<=\s)\/\S+/g, 'PATH')
    .replace(/\d[\d.,:]*( (ms|s|min))?/g, 'N')
    .replace(/\s+/g, ' ')
    .trim()
}

test('the quickstart of the README prints what it shows and leaves no process', async () => {
  await using workshop = await openWorkshop()
  copyQuickstartInput(workshop.home)
  const steps = readQuickstart()
  expect(steps.map(({ args }) => args[0])).toEqual(
    expect.arrayContaining(['devnet', 'storage', 'compute', 'agent', 'verify']),
  )
  let pids: number[] = []
  for (const { line, args, output } of steps) {
    const result = await workshop.og(args)
    expect(result.exitCode, `${line}\n${result.stderr}`).toBe(0)
    expect(redact(result.stdout), line).toBe(redact(output))
    if (args[1] === 'up') pids = pidsOf(await workshop.manifest())
  }
  expect(pids.length).toBeGreaterThan(0)
  await expect.poll(() => Promise.all(pids.map(isAlive)), { timeout: 5000 }).toEqual(pids.map(() => false))
})
