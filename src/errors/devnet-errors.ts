import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors of starting, keeping and finding a local network. */
export const DEVNET_ERRORS = {
  NOT_RUNNING: {
    category: 'DEVNET',
    message: 'no devnet is running here ({path})',
    hint: 'start one with `0g devnet up -d`, or name another with --devnet NAME',
    docs: 'The command needs a running network and found none: not in this directory or a parent, nor under the name given by --devnet or OG_DEVNET.',
  },
  START_TIMEOUT: {
    category: 'DEVNET',
    message: '{service} was not ready within {timeoutMs} ms',
    hint: 'its last lines are shown with this error, the rest is in {logFile}; on a slow machine allow more with --timeout',
    docs: 'A service did not answer its functional probe in time. Everything that had been started was stopped again. The last lines of its log are part of the error.',
  },
  SERVICE_CRASHED: {
    category: 'DEVNET',
    message: '{service} failed: {reason}',
    hint: 'its last lines are shown with this error, the rest is in {logFile}',
    docs: 'A service process ended or reported an error before the network was ready. Everything that had been started was stopped again. The last lines of its log are part of the error.',
  },
  SERVICE_FAILED: {
    category: 'DEVNET',
    message: '{service} is {status}',
    hint: 'see `0g devnet logs {service}`, then `0g devnet up --restart`',
    docs: 'A service was restarted too often in a short time (more than 5 times in 60 s) and is left alone now. The rest of the network runs on, degraded.',
  },
  STATE_LOCKED: {
    category: 'DEVNET',
    message: '{path} is in use by {holder}',
    hint: 'another command is starting or stopping this devnet: wait for it, then try again',
    retryable: true,
    docs: 'Two commands tried to change the same devnet at once. The lock names the process that holds it; a lock of a dead process is taken over by itself.',
  },
  STATE_INCOMPATIBLE: {
    category: 'DEVNET',
    message: '{path} was written by another version of 0g ({found}; this one reads {wanted})',
    hint: 'use that version, or start over with `0g devnet reset`',
    docs: 'The state on disk has a format this version does not read. Nothing was changed.',
  },
  SETTING_FIXED: {
    category: 'DEVNET',
    message: '{network} was created with --{setting} {found}; it cannot continue with {wanted}',
    hint: 'leave the flag out, give the new network a name with --devnet NAME (or a directory of its own with --data-dir), or start over: `0g devnet down`, `0g devnet reset --yes`, then this command',
    docs: 'Chain id, hardfork, engine and fork are part of what the genesis is made of. Blocks made under one of them are not valid under another, so a network keeps them until its state is reset.',
  },
  STATE_DAMAGED: {
    category: 'DEVNET',
    message: '{path} cannot be read: {reason}',
    hint: 'start over with `0g devnet reset`, or delete the directory',
    docs: 'The record of the devnet is not valid JSON or lacks required fields. 0g writes it atomically, so another program changed it.',
  },
  STATE_CORRUPT: {
    category: 'DEVNET',
    message: 'the journal {path} is damaged at byte {offset}: {reason}',
    hint: 'restore the file from a copy, or start over with `0g devnet reset`',
    docs: 'The chain keeps every change in an append-only journal with a checksum on each record. A record before the end does not match its checksum, or replaying it gives another block than the one it recorded: the file was changed after it was written. An incomplete record at the very end is normal after a crash and is cut off without an error.',
  },
  SNAPSHOT_EXISTS: {
    category: 'RESOURCE',
    message: 'there is a snapshot called {name} already',
    hint: 'choose another name, or remove it: `0g devnet snapshot rm {name}`',
    docs: 'Snapshots are never overwritten.',
  },
  SNAPSHOT_UNKNOWN: {
    category: 'RESOURCE',
    message: 'this devnet has no snapshot called {name}',
    hint: 'it has: {known}',
    docs: 'The name is not that of a snapshot of this devnet. `0g devnet snapshot ls` lists them.',
  },
  SNAPSHOT_CORRUPT: {
    category: 'VERIFY',
    message: 'the snapshot {path} is damaged: {reason}',
    hint: 'export it again, or take another snapshot; nothing was changed',
    docs: 'Every file of a snapshot has its SHA-256 recorded, and an exported file ends with one over all of it. What is there is not what was saved: cut short, changed, or made by somebody else. It is refused before anything of the network is touched. The same goes for a file whose record names paths outside the state directories.',
  },
  SNAPSHOT_INCOMPATIBLE: {
    category: 'DEVNET',
    message: '{path} has snapshot format {found}; this version reads {wanted}',
    hint: 'restore it with the version of 0g that made it, or a newer one',
    docs: 'The snapshot was made by a version of 0g with another format. Nothing was changed.',
  },
  SNAPSHOT_NOT_STILL: {
    category: 'DEVNET',
    message: 'no snapshot now: {service} is {status}',
    hint: 'wait until every service is ready (`0g devnet wait`), then try again',
    retryable: true,
    docs: 'A snapshot is taken while every service stands still. One that is starting or being restarted cannot be held.',
  },
  JOURNAL_DAMAGED: {
    category: 'DEVNET',
    message: 'the fee journal {path} is damaged at line {line}',
    hint: 'restore the file, or move it away to start with no open fees',
    docs: 'A provider writes every fee to a journal before it finishes an answer. A line in the middle of the journal cannot be read; an incomplete last line is normal after a crash and is dropped.',
  },
  DAEMON_GONE: {
    category: 'DEVNET',
    message: 'the daemon of the devnet ended unexpectedly: {reason}',
    hint: 'see {logFile}, then start again with `0g devnet up -d`',
    docs: 'The process that supervises the network ended before it could answer. Services stop by themselves when it is gone; their state stays.',
  },
  UNKNOWN_SERVICE: {
    category: 'USAGE',
    message: 'no service is called {name}',
    hint: 'this devnet has: {known}',
    docs: 'The name does not belong to a service of this devnet. `0g devnet status` lists them.',
  },
  UNKNOWN_NETWORK: {
    category: 'USAGE',
    message: 'no network is called {name}',
    hint: 'use one of: {known}',
    docs: 'The value of --network or OG_NETWORK is not a network that 0g knows.',
  },
  PORT_IN_USE: {
    category: 'RUNTIME',
    message: 'port {port} is taken by {holder}',
    hint: 'stop that process, or leave out --strict-ports to have another port chosen',
    docs: 'With --strict-ports every service must get the port it asks for. Without it 0g chooses a free port and remembers it.',
  },
  PORT_DENIED: {
    category: 'RUNTIME',
    message: 'the system does not allow this user to listen on port {port}',
    hint: 'choose a port above 1023',
    docs: 'Ports below 1024 need special rights on most systems.',
  },
} as const satisfies Record<string, CatalogueEntry>
