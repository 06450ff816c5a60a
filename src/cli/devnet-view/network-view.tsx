import { Box, render, Text, useApp, useInput } from 'ink'
import { useEffect, useReducer, useState } from 'react'
import type { NetworkEvent } from '../../runtime/network-status.ts'
import { logLine } from './log-text.ts'
import { EMPTY_VIEW, reduceView, type ServiceRow, serviceRow } from './view-model.ts'

export type ViewOptions = {
  title: string
  /** lines under the services: addresses, manifest */
  block: string
  /** what Ctrl-C and q do, in words */
  quitLabel: string
  /** network events and log records, merged */
  events: AsyncIterable<NetworkEvent>
  onQuit: () => void
}

const COLOURS = { good: 'green', busy: 'yellow', bad: 'red' } as const
const ROWS_BESIDE_LOGS = 24

function Row({ row, width }: { row: ServiceRow; width: number }) {
  return (
    <Text wrap="truncate">
      <Text color={COLOURS[row.tone]}>{row.mark}</Text> {row.name.padEnd(width)} {row.status.padEnd(10)}{' '}
      <Text dimColor>{row.detail}</Text>
    </Text>
  )
}

function NetworkView({ title, block, quitLabel, events, onQuit }: ViewOptions) {
  const [view, dispatch] = useReducer(reduceView, EMPTY_VIEW)
  const [showsLogs, setShowsLogs] = useState(true)
  const { exit } = useApp()
  useEffect(() => {
    void (async () => {
      for await (const event of events) dispatch(event)
      exit()
    })()
  }, [events, exit])
  useInput((input, key) => {
    if (input === 'q' || (key.ctrl && input === 'c')) onQuit()
    if (input === 'l') setShowsLogs((shown) => !shown)
  })
  const width = Math.max(0, ...view.services.map(({ name }) => name.length))
  const lines = view.lines.slice(-Math.max(3, (process.stderr.rows ?? 40) - ROWS_BESIDE_LOGS))
  return (
    <Box flexDirection="column">
      <Text bold>
        {title} is {view.status}
      </Text>
      {view.services.map((service) => (
        <Row key={service.name} row={serviceRow(service)} width={width} />
      ))}
      <Text> </Text>
      <Text>{block}</Text>
      {view.warnings.map((warning) => (
        <Text key={warning} color="yellow">
          warning: {warning}
        </Text>
      ))}
      {showsLogs && lines.length > 0 ? <Text> </Text> : null}
      {showsLogs && lines.length > 0 ? (
        <Text dimColor wrap="truncate">
          {lines.map((record) => logLine(record, width)).join('\n')}
        </Text>
      ) : null}
      <Text dimColor>[l] logs [q] {quitLabel}</Text>
    </Box>
  )
}

/** Draws the live view on stderr until the events end. Ctrl-C arrives as a key: the terminal is in raw mode meanwhile. */
export async function showNetworkView(options: ViewOptions): Promise<void> {
  const app = render(<NetworkView {...options} />, {
    stdout: process.stderr,
    exitOnCtrlC: false,
    patchConsole: false,
  })
  await app.waitUntilExit()
}
