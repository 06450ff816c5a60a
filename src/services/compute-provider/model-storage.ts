import type { Root } from './model-cache.ts'

/** What the provider needs of 0G Storage for its model. */
export type ModelStorage = {
  /** Puts the folder into storage unless its root is there already. */
  ensureStored(dir: string, root: Root): Promise<void>
  /** Downloads the folder of a root, every byte checked against it. */
  fetch(root: Root, target: string): Promise<void>
}
