import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { ogError } from '../errors/og-error.ts'
import { ControlClient } from './control-client.ts'
import { startControlServer } from './control-server.ts'
import type { DaemonRequest } from './daemon-messages.ts'
import { indexDevnet } from './devnet-index.ts'
import { type DevnetPaths, devnetPaths } from './devnet-paths.ts'
import { LogStore } from './log-store.ts'
import { MANIFEST_SCHEMA_VERSION, type Manifest } from './manifest.ts'
import { readManifest, writeManifest } from './manifest-store.ts'
import type { MakePlan, NetworkPlan } from './network-plan.ts'
import type { NetworkEvent, NetworkReport } from './network-status.ts'
import { ownIdentity, signalProcess, startTimeOf } from './process-identity.ts'
import { forgetProcesses, reapLeftovers, recordProcesses, waitUntilGone } from './process-record.ts'
import { requireSamePlan } from './same-plan.ts'
import { portsOf } from './service-unit.ts'
import { completeRestore } from './snapshot/restore-snapshot.ts'
import {
  entryOf,
  manifestSnapshots,
  removeSnapshot,
  type SnapshotEntry,
  saveSnapshot,
} from './snapshot/snapshot-store.ts'
import { acquireLock, type StateLock } from './state-lock.ts'
import { Supervisor } from './supervisor.ts'

const SAVE_DELAY_MS = 30
const EVICT_MS = 10_000

/** One devnet inside its daemon: lock, services, control socket, manifest; from start to stop. */
export class Network {
  readonly #request: DaemonRequest
  readonly #makePlan: MakePlan
  readonly #paths: DevnetPaths
  readonly #logs: LogStore
  readonly #listeners = new Set<(event: NetworkEvent) => void>()
  readonly #abort = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  readonly #identity = ownIdentity()
  readonly #since = new Date().toISOString()
  #supervisor: Supervisor | undefined
  #lock: StateLock | undefined
  #control: { close: () => Promise<void> } | undefined
  #manifest: Manifest | undefined
  #id = ''
  #isRunning = false
  /** the state directory was deleted or belongs to another daemon now: nothing may be written there */
  #isOrphan = false
  #saveTimer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined
  /** a snapshot that is being taken: nothing is started or stopped meanwhile */
  #snapshotting: Promise<unknown> | undefined

  constructor(request: DaemonRequest, makePlan: MakePlan) {
    this.#request = request
    this.#makePlan = makePlan
    this.#paths = devnetPaths(request.root)
    this.#logs = new LogStore(this.#paths.logs)
    this.#ended.promise.catch(() => {})
  }

  /** Settles when the network has stopped and left nothing behind. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  onEvent(listener: (event: NetworkEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  report(): NetworkReport {
    const { name, root, version } = this.#request
    const nowMs = Date.now()
    return {
      name,
      id: this.#id,
      version,
      status: this.#supervisor?.status ?? 'starting',
      root,
      manifest: this.#paths.manifest,
      pid: process.pid,
      socket: this.#paths.socket,
      since: this.#since,
      services: (this.#supervisor?.services ?? []).map((service) => ({
        ...service,
        uptimeMs: service.pid !== null && service.since ? nowMs - Date.parse(service.since) : null,
        memoryBytes: service.pid === null ? null : residentBytes(service.pid),
      })),
    }
  }

  /**
   * Takes the lock, starts everything, writes the manifest. When anything goes wrong all of it is undone, and the error says why.
   * @throws STATE_LOCKED, STATE_INCOMPATIBLE, STATE_DAMAGED, INTERRUPTED, and what Supervisor.start throws
   */
  async start(): Promise<void> {
    const { root } = this.#request
    this.#lock = await acquireLock(this.#paths.lock)
    let previous: Manifest | undefined
    try {
      previous = await readManifest(this.#paths.manifest)
      await evictOrphan(this.#paths.socket)
      await reapLeftovers(root)
      // After what a killed daemon left is gone, and before anybody reads the state.
      if (await completeRestore(root)) previous = await readManifest(this.#paths.manifest)
      const plan = await this.#makePlan({ ...previous?.settings, ...this.#request.settings })
      requireSamePlan(this.#paths.manifest, previous, plan)
      this.#id = previous?.id ?? randomUUID()
      await this.#run(plan, previous)
      this.#abort.signal.throwIfAborted()
      this.#isRunning = true
    } catch (error) {
      await this.#shutDown()
      // What a first start left half-done must not look like a network; its logs stay, they say what went wrong.
      if (!previous && !(await readManifest(this.#paths.manifest).catch(() => true))) {
        await rm(this.#paths.data, { recursive: true, force: true })
      }
      await this.#lock.release()
      throw error
    }
  }

  /** Stops the network (or its start) in good order; `ended` settles when it is done. */
  stop(reason: Error): void {
    this.#abort.abort(reason)
    if (!this.#isRunning) return
    this.#stopping ??= this.#shutDown()
      .then(() => this.#lock?.release())
      .then(this.#ended.resolve, this.#ended.reject)
  }

  /**
   * Saves the state of the whole network at one moment while it runs.
   * @throws SNAPSHOT_EXISTS, SNAPSHOT_NOT_STILL, DISK_FULL
   */
  async saveSnapshot(name: string): Promise<SnapshotEntry> {
    const supervisor = this.#supervisor
    const manifest = this.#manifest
    if (!supervisor || !manifest || this.#stopping || this.#snapshotting) {
      throw ogError('SNAPSHOT_NOT_STILL', {
        service: 'the network',
        status: this.#snapshotting ? 'busy' : this.report().status,
      })
    }
    const { root } = this.#request
    const saving = saveSnapshot({ root, name, manifest, hold: () => supervisor.hold() })
    this.#snapshotting = saving.catch(() => {})
    try {
      const record = await saving
      await this.#recordSnapshots()
      return entryOf(root, record)
    } finally {
      this.#snapshotting = undefined
    }
  }

  /** @throws SNAPSHOT_UNKNOWN */
  async removeSnapshot(name: string): Promise<void> {
    await removeSnapshot(this.#request.root, name)
    await this.#recordSnapshots()
  }

  /** Kills every service now; a stop that is under way then ends at once. */
  kill(): void {
    this.#supervisor?.kill()
  }

  /** Stops when the state directory was deleted or taken over under the running network: there is nothing left to serve. */
  async checkLock(): Promise<void> {
    if (this.#stopping || !this.#lock || (await this.#lock.isHeld())) return
    process.stderr.write(`${new Date().toISOString()} the state directory ${this.#paths.root} is gone: stopping\n`)
    this.#isOrphan = true
    this.stop(ogError('INTERRUPTED', { signal: 'SIGHUP' }))
  }

  async #run(plan: NetworkPlan, previous: Manifest | undefined): Promise<void> {
    const { host, strictPorts, timeoutMs, logLevel, root } = this.#request
    const remembered = (previous?.services ?? []).map(({ name, endpoints }) => [name, portsOf(endpoints)] as const)
    const ports = Object.fromEntries(remembered)
    await mkdir(this.#paths.data, { recursive: true, mode: 0o700 })
    this.#supervisor = new Supervisor({
      definitions: plan.definitions,
      dataRoot: this.#paths.data,
      host,
      ports,
      strictPorts,
      logLevel,
      logs: this.#logs,
      onChange: (service) => {
        this.#emit({ type: 'service', time: new Date().toISOString(), service })
        this.#saveSoon()
      },
    })
    this.#control = await startControlServer(this.#controllable(), this.#paths)
    this.#emit({ type: 'plan', time: new Date().toISOString(), services: this.#supervisor.names })
    await this.#supervisor.start({ signal: this.#abort.signal, timeoutMs })
    const supervisor = this.#supervisor
    const described = await plan.describe((service) => supervisor.endpointsOf(service))
    const now = new Date().toISOString()
    this.#manifest = {
      schemaVersion: MANIFEST_SCHEMA_VERSION,
      name: this.#request.name,
      id: this.#id,
      version: this.#request.version,
      createdAt: previous?.createdAt ?? now,
      configHash: plan.configHash,
      settings: plan.settings,
      ...described,
      services: [],
      live: { ...this.#identity, socket: this.#paths.socket, since: this.#since },
      snapshots: await manifestSnapshots(root),
    }
    await this.#queueSave()
    await indexDevnet(root).catch((error: Error) => {
      this.#warn('INDEX_FAILED', `\`0g devnet list\` will not show this devnet: ${error.message}`)
    })
    this.#warnOfMovedPorts(plan, ports)
    this.#emit({ type: 'network', time: now, status: supervisor.status })
  }

  #controllable() {
    return {
      report: () => this.report(),
      logs: this.#logs,
      onEvent: (listener: (event: NetworkEvent) => void) => this.onEvent(listener),
      stop: () => this.stop(ogError('INTERRUPTED', { signal: 'SIGTERM' })),
      saveSnapshot: (name: string) => this.saveSnapshot(name),
      removeSnapshot: (name: string) => this.removeSnapshot(name),
      serviceAction: async (name: string, action: 'start' | 'stop' | 'restart') => {
        await this.#snapshotting
        const supervisor = this.#supervisor
        if (action === 'start') supervisor?.startService(name)
        else if (action === 'stop') await supervisor?.stopService(name)
        else await supervisor?.restartService(name)
      },
    }
  }

  /** The manifest lists the snapshots that there are. */
  async #recordSnapshots(): Promise<void> {
    if (!this.#manifest) return
    this.#manifest = { ...this.#manifest, snapshots: await manifestSnapshots(this.#request.root) }
    await this.#queueSave()
  }

  async #shutDown(): Promise<void> {
    await this.#snapshotting
    this.#emit({ type: 'network', time: new Date().toISOString(), status: 'stopping' })
    await this.#supervisor?.stop()
    clearTimeout(this.#saveTimer)
    await this.#saving
    if (this.#manifest) {
      this.#manifest = { ...this.#manifest, live: null }
      await this.#queueSave().catch(reportToDaemonLog)
    }
    if (!this.#isOrphan) await forgetProcesses(this.#paths.root).catch(reportToDaemonLog)
    this.#emit({ type: 'network', time: new Date().toISOString(), status: 'stopped' })
    await this.#control?.close().catch(reportToDaemonLog)
    this.#logs.close()
  }

  #warnOfMovedPorts(plan: NetworkPlan, remembered: Record<string, Record<string, number>>): void {
    for (const { name, preferredPorts } of plan.definitions) {
      const actual = portsOf(this.#supervisor?.endpointsOf(name) ?? {})
      for (const [endpoint, preferred] of Object.entries(preferredPorts)) {
        const wanted = remembered[name]?.[endpoint] ?? preferred
        const got = actual[endpoint]
        if (wanted === 0 || got === undefined || got === wanted) continue
        this.#warn('PORT_MOVED', `port ${wanted} is taken: ${name} listens on ${got} for ${endpoint}`)
      }
    }
  }

  #warn(code: string, message: string): void {
    this.#emit({ type: 'warning', time: new Date().toISOString(), code, message })
  }

  #emit(event: NetworkEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #saveSoon(): void {
    if (this.#saveTimer) return
    this.#saveTimer = setTimeout(() => {
      this.#saveTimer = undefined
      this.#queueSave().catch(reportToDaemonLog)
    }, SAVE_DELAY_MS)
  }

  /** One write after the other: an older state must never replace a newer one. */
  #queueSave(): Promise<void> {
    const saved = this.#saving.then(() => this.#save())
    this.#saving = saved.catch(() => {})
    return saved
  }

  /** Records the processes, and once the network was ready also the manifest. */
  async #save(): Promise<void> {
    if (this.#isOrphan) return
    const services = this.#supervisor?.services ?? []
    const identities = services.flatMap(({ pid, startTime }) => (pid !== null && startTime ? [{ pid, startTime }] : []))
    await recordProcesses(this.#paths.root, identities)
    if (!this.#manifest) return
    const rows = services.map((service) => ({
      name: service.name,
      kind: service.kind,
      ...(service.shard === undefined ? {} : { shard: service.shard }),
      endpoints: service.endpoints,
      dataDir: service.dataDir,
      logFile: service.logFile,
      pid: service.pid,
      startTime: service.startTime,
      status: service.status,
    }))
    this.#manifest = { ...this.#manifest, services: rows }
    await writeManifest(this.#paths.manifest, this.#manifest)
  }
}

/** A daemon whose state directory was deleted under it may still hold the socket: it has to go before its successor listens. */
async function evictOrphan(socket: string): Promise<void> {
  const client = new ControlClient(socket)
  const report = await client.status().catch(() => undefined)
  const startTime = report && startTimeOf(report.pid)
  if (!report || startTime === undefined) return
  await client.stop().catch(() => {})
  const orphan = { pid: report.pid, startTime }
  if (!(await waitUntilGone([orphan], EVICT_MS))) signalProcess(orphan, 'SIGKILL')
}

/** A disk that is full or gone must not end a network that runs: the record is stale until the next change is saved. */
function reportToDaemonLog(error: Error): void {
  process.stderr.write(`${new Date().toISOString()} ${error.stack ?? error.message}\n`)
}

/** Resident memory of a process, null where the system has no /proc. Page size 4096 holds on the platforms with /proc we support. */
function residentBytes(pid: number): number | null {
  try {
    const [, resident] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
    return Number(resident) * 4096
  } catch {
    return null
  }
}
