/** What inference and its payments report while they run; the shape of the progress events the command line shows. */
type ComputeStep = {
  type: 'step'
  id: string
  status: 'started' | 'done' | 'failed'
  title: string
  detail?: string
}

export type OnComputeStep = (step: ComputeStep) => void

/** Runs one named step, reporting its start and its end. */
export async function reportStep<T>(
  onStep: OnComputeStep | undefined,
  id: string,
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  onStep?.({ type: 'step', id, status: 'started', title })
  try {
    const value = await work()
    onStep?.({ type: 'step', id, status: 'done', title })
    return value
  } catch (error) {
    onStep?.({ type: 'step', id, status: 'failed', title })
    throw error
  }
}
