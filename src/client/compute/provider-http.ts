import { ogError } from '../../errors/og-error.ts'
import type { SignedResponse } from '../../protocol/compute/response-signature.ts'

/** A provider to talk to: its address on chain and the URL it registered. */
export type ProviderEndpoint = { provider: string; url: string }

const SHORT_TIMEOUT_MS = 10_000

/**
 * Sends one HTTP request to a provider.
 * @throws OgError PROVIDER_UNREACHABLE when nothing answers; an abort of the signal is rethrown as it is
 */
export async function callProvider(
  { provider, url }: ProviderEndpoint,
  path: string,
  init: {
    method?: string
    headers?: Record<string, string>
    body?: Uint8Array<ArrayBuffer>
    signal?: AbortSignal | undefined
  } = {},
): Promise<Response> {
  const { signal, ...rest } = init
  try {
    return await fetch(`${url}${path}`, { ...rest, ...(signal ? { signal } : {}) })
  } catch (cause) {
    signal?.throwIfAborted()
    throw unreachable({ provider, url }, cause)
  }
}

/** PROVIDER_UNREACHABLE with the system's reason of a failed fetch or a broken body. */
export function unreachable({ provider, url }: ProviderEndpoint, cause: unknown): Error {
  const inner = cause instanceof Error ? (cause.cause as { code?: string; message?: string } | undefined) : undefined
  const reason = inner?.code ?? inner?.message ?? (cause instanceof Error ? cause.message : String(cause))
  return ogError('PROVIDER_UNREACHABLE', { provider, url, reason }, { cause })
}

/** PROVIDER_REFUSED with the text of a provider's error reply (`{"error": "…"}`). */
export async function refusal({ provider }: ProviderEndpoint, response: Response): Promise<Error> {
  const text = await response.text().catch(() => '')
  let reason = text.slice(0, 500) || response.statusText
  try {
    const body = JSON.parse(text) as { error?: unknown }
    if (typeof body.error === 'string') reason = body.error
  } catch {
    // not JSON: the text itself is the reason
  }
  return ogError('PROVIDER_REFUSED', { provider, status: response.status, reason })
}

/**
 * The provider's signature over an answer.
 * @throws OgError PROVIDER_UNREACHABLE, SIGNATURE_INVALID when it has none or sends something else
 */
export async function fetchSignature(
  endpoint: ProviderEndpoint,
  chatId: string,
  model: string,
  signal?: AbortSignal,
): Promise<SignedResponse> {
  const path = `/v1/proxy/signature/${encodeURIComponent(chatId)}?model=${encodeURIComponent(model)}`
  const response = await callProvider(endpoint, path, { signal: withDeadline(signal) })
  if (!response.ok) {
    throw ogError('SIGNATURE_INVALID', {
      reason: `the provider has no signature for this answer (HTTP ${response.status})`,
    })
  }
  const body = (await response.json().catch(() => undefined)) as Partial<SignedResponse> | undefined
  if (typeof body?.text !== 'string' || typeof body.signature !== 'string') {
    throw ogError('SIGNATURE_INVALID', { reason: 'the provider sent no text and signature' })
  }
  return body as SignedResponse
}

/** A signal that also ends short requests which hang. */
export function withDeadline(signal?: AbortSignal, timeoutMs: number = SHORT_TIMEOUT_MS): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}
