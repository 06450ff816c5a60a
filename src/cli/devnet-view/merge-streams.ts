/** Yields the values of several async streams as they come; ends when all have ended, fails with the first that fails. */
export async function* mergeStreams<T>(...streams: AsyncGenerator<T>[]): AsyncGenerator<T> {
  const pending = new Map<AsyncGenerator<T>, Promise<{ stream: AsyncGenerator<T>; result: IteratorResult<T> }>>()
  const pull = (stream: AsyncGenerator<T>) => {
    const next = stream.next().then((result) => ({ stream, result }))
    pending.set(stream, next)
  }
  for (const stream of streams) pull(stream)
  try {
    while (pending.size > 0) {
      const { stream, result } = await Promise.race(pending.values())
      if (result.done) {
        pending.delete(stream)
        continue
      }
      pull(stream)
      yield result.value
    }
  } finally {
    for (const next of pending.values()) next.catch(() => {})
    for (const stream of streams) void stream.return(undefined).catch(() => {})
  }
}
