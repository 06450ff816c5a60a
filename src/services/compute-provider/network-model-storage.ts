import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Wallet } from '../../client/chain/wallet.ts'
import type { NetworkProfile } from '../../client/profile.ts'
import { getDirectory } from '../../client/storage/get.ts'
import { putDirectory } from '../../client/storage/put.ts'
import { ogError } from '../../errors/og-error.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import type { ModelStorage } from './model-storage.ts'

/**
 * 0G Storage of the network for the provider's model. What was put once is noted beside the cache: storage keeps what it has
 * acknowledged, so later starts need not ask again.
 */
export function networkModelStorage(profile: NetworkProfile, wallet: Wallet): ModelStorage {
  return {
    async ensureStored(dir, root) {
      const note = join(profile.stateDir, `${root}.stored`)
      if (existsSync(note)) return
      const stored = await putDirectory(dir, { profile, wallet })
      if (stored.root !== root)
        throw ogError('BUG', { reason: `the model's root is ${root}, storage made it ${stored.root}` })
      await writeFileAtomic(note, '')
    },
    async fetch(root, target) {
      await getDirectory(root, target, { profile })
    },
  }
}
