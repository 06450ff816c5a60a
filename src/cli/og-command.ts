import { Command, Flags, type Interfaces } from '@oclif/core'
import { ogError, type SerializedOgError, toOgError } from '../errors/og-error.ts'
import { envelope } from './envelope.ts'
import { fromParseError } from './from-parse-error.ts'
import { Interruption } from './interruption.ts'
import { guessOutputMode, OUTPUT_MODES, type OutputMode, resolveOutputMode } from './output-mode.ts'
import { renderError } from './render-error.ts'
import { createSink, type ProgressEvent, type Sink } from './sink.ts'
import { processChannels, stdoutClosed, writeBytes } from './stdio.ts'
import { clean, cleanView } from './terminal-text.ts'

/**
 * Base of every command: parse, call one function, return its value. The base class decides how the value is shown
 * (envelope JSON, JSON lines, quiet, human) and how an error leaves the process. Commands never write to stdout themselves.
 */
export abstract class OgCommand<Result extends object> extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print one JSON envelope; same as --output json', helpGroup: 'GLOBAL' }),
    output: Flags.option({ options: OUTPUT_MODES })({
      description: 'format of the result; OG_OUTPUT sets the default',
      helpGroup: 'GLOBAL',
    }),
    quiet: Flags.boolean({ char: 'q', description: 'print only the primary id, root or URL', helpGroup: 'GLOBAL' }),
    devnet: Flags.string({
      description: 'name or path of the devnet',
      helpGroup: 'GLOBAL',
      env: 'OG_DEVNET',
      helpValue: 'NAME',
    }),
    network: Flags.string({
      description: 'devnet, galileo or mainnet',
      helpGroup: 'GLOBAL',
      env: 'OG_NETWORK',
      helpValue: 'NAME',
    }),
  }

  /** The command puts raw bytes on stdout (`writeRaw`); --json and --output ndjson are refused with RAW_OUTPUT. */
  static rawOutput = false
  /** Exit codes beyond 0, 2, 6 and 70 and what they mean here; shown in the help and in docs/commands.md. */
  static exitCodes: Readonly<Record<number, string>> = {}
  /** How long the command may take to clean up after a signal; Infinity when it must be left to finish. */
  static abortGraceMs = 3000
  /** Ctrl-C is the normal way to end this command (a viewer, a foreground server): it then exits 0 when it settles. */
  static endsBySignal = false

  /** What happened that the user should know although the command went on; part of the envelope, on stderr for people. */
  readonly warnings: string[] = []

  readonly #startedAtMs = performance.now()
  #mode: OutputMode | undefined
  #sink: Sink | undefined
  #interruption: Interruption | undefined
  #warningsShown = 0

  /** Does the work: parse flags, call one function of the client or runtime, return plain data (bigint allowed). */
  protected abstract execute(): Promise<Result>

  /** Human view of the same value; an empty string prints nothing. */
  protected abstract render(result: Result): string

  /** The one id, root or URL that `--quiet` prints; an array is printed one per line. */
  protected primary(_result: Result): string | readonly string[] | undefined {
    return undefined
  }

  /** The next useful commands, shown on stderr and in the envelope. */
  protected next(_result: Result): string[] {
    return []
  }

  /** Exit code of a command that finished: 0, or 5 / 6 where a finished check says false / unknown. */
  protected exitCodeFor(_result: Result): number {
    return 0
  }

  /** Aborts on SIGINT, SIGTERM and SIGHUP; hand it to everything that takes a signal. */
  protected get abort(): AbortSignal {
    return this.#interrupts.abort
  }

  /** Where progress goes: stderr for people, stdout as JSON lines under --output ndjson, nowhere else. */
  protected get sink(): Sink {
    this.#sink ??= this.#recording(createSink(this.outputMode, processChannels()))
    return this.#sink
  }

  /** The format the user asked for; settled once flags are parsed. */
  protected get outputMode(): OutputMode {
    return this.#mode ?? guessOutputMode(this.argv)
  }

  /** Refuses JSON output for an invocation whose result is raw bytes (`get -`). Throws RAW_OUTPUT. */
  protected requireRawOutput(): void {
    if (this.outputMode === 'json' || this.outputMode === 'ndjson') throw ogError('RAW_OUTPUT', { command: this.#name })
  }

  /** Writes raw bytes to stdout, waiting while the reader is slow; false once the reader is gone (stop producing then). */
  protected writeRaw(bytes: Uint8Array | string): Promise<boolean> {
    return writeBytes(bytes)
  }

  override async run(): Promise<void> {
    const result = await this.#interrupts.race(this.execute())
    await this.#sink?.close()
    this.#show(result)
    const signalled = (this.ctor as typeof OgCommand).endsBySignal ? undefined : this.#interrupts.exitCode
    process.exitCode = signalled ?? this.exitCodeFor(result)
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    const ctor = this.ctor as unknown as Interfaces.Input<F, B, A>
    const input = withoutStdin(options ?? ctor)
    const parsed = await super.parse<F, B, A>(input, argv).catch((error: unknown) => {
      throw fromParseError(error, this.#name, Object.keys({ ...input.flags, ...OgCommand.baseFlags })) ?? error
    })
    this.#mode = resolveOutputMode(parsed.flags as Parameters<typeof resolveOutputMode>[0], this.#name)
    if ((this.ctor as typeof OgCommand).rawOutput) this.requireRawOutput()
    return parsed
  }

  /** oclif's own warnings (deprecations) join ours. */
  override warn(input: Error | string): Error | string {
    this.warnings.push(typeof input === 'string' ? input : input.message)
    return input
  }

  /** Shows the error, sets the exit code, and lets nothing reach oclif's own printer. */
  protected override async catch(thrown: Error): Promise<void> {
    if (isExit(thrown)) throw thrown
    const error = toOgError(thrown)
    await this.#sink?.close()
    process.exitCode = this.#interrupts.exitCode ?? error.exitCode
    const mode = this.outputMode
    const channels = processChannels()
    if (mode === 'json' || mode === 'ndjson') {
      return this.#printEnvelope({ error: error.toJSON() })
    }
    if (stdoutClosed() && error.category === 'SIGNAL') return
    if (mode === 'human') this.#showWarnings()
    channels.stderr(renderError(error, { debug: Boolean(process.env['OG_DEBUG']) }))
  }

  protected override async finally(_error: Error | undefined): Promise<void> {
    await this.#sink?.close()
    this.#interruption?.release()
  }

  get #name(): string {
    return (this.id ?? '').replaceAll(':', ' ')
  }

  get #interrupts(): Interruption {
    this.#interruption ??= new Interruption((this.ctor as typeof OgCommand).abortGraceMs)
    return this.#interruption
  }

  #recording(sink: Sink): Sink {
    return {
      emit: (event: ProgressEvent) => {
        if (event.type === 'warning') {
          this.warnings.push(event.message)
          if (this.#warningsShown === this.warnings.length - 1) this.#warningsShown += 1
        }
        sink.emit(event)
      },
      close: () => sink.close(),
    }
  }

  #show(result: Result): void {
    const channels = processChannels()
    switch (this.outputMode) {
      case 'json':
      case 'ndjson':
        this.#printEnvelope({ data: result, next: this.next(result) })
        return
      case 'quiet': {
        const primary = this.primary(result) ?? []
        for (const line of typeof primary === 'string' ? [primary] : primary) channels.stdout(`${line}\n`)
        return
      }
      case 'human': {
        const text = cleanView(this.render(result))
        if (text) channels.stdout(text.endsWith('\n') ? text : `${text}\n`)
        this.#showWarnings()
        for (const command of this.next(result)) channels.stderr(`next: ${clean(command)}\n`)
      }
    }
  }

  #printEnvelope(parts: { data?: unknown; error?: SerializedOgError; next?: string[] }): void {
    const durationMs = performance.now() - this.#startedAtMs
    const whole = envelope({ ...parts, command: this.#name, warnings: this.warnings, durationMs })
    const text =
      this.outputMode === 'ndjson' ? JSON.stringify({ type: 'result', ...whole }) : JSON.stringify(whole, null, 2)
    processChannels().stdout(`${text}\n`)
  }

  #showWarnings(): void {
    const unseen = this.warnings.slice(this.#warningsShown)
    this.#warningsShown = this.warnings.length
    for (const warning of unseen) processChannels().stderr(`warning: ${clean(warning)}\n`)
  }
}

/**
 * oclif reads a missing argument from stdin unless told otherwise: a command run in a loop would swallow the loop's input.
 * Commands that want stdin say so with `-`.
 */
function withoutStdin<T extends { args?: Interfaces.ArgInput }>(input: T): T {
  const args = Object.entries(input.args ?? {}).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }])
  return Object.assign(Object.create(Object.getPrototypeOf(input) as object), input, {
    args: Object.fromEntries(args),
  }) as T
}

function isExit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIT'
}
