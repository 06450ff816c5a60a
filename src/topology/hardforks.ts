/** Rules a chain may run under: from the one the contracts are compiled for to the newest that the engine knows (experimental). */
export const HARDFORKS = ['cancun', 'prague', 'osaka', 'amsterdam'] as const

export type Hardfork = (typeof HARDFORKS)[number]

/** What 0G Chain runs (0G chain spec §1.2); osaka would refuse transactions of more than 16,777,216 gas. */
export const DEFAULT_HARDFORK: Hardfork = 'prague'

/** Narrows text to a hardfork. */
export function isHardfork(value: unknown): value is Hardfork {
  return typeof value === 'string' && (HARDFORKS as readonly string[]).includes(value)
}
