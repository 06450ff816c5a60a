/** What a storage operation tells while it runs; sizes in bytes. `label` names the file, or is empty for bytes in memory. */
export type StorageProgress =
  | { phase: 'hash' | 'upload' | 'download'; label: string; doneBytes: number; totalBytes: number }
  /** one transaction for `files` files is being sent */
  | { phase: 'submit'; files: number; feeWei: bigint }
  /** the file was there already, or part of it: `skippedBytes` need not be sent */
  | { phase: 'resume'; label: string; skippedBytes: number; totalBytes: number }

export type OnStorageProgress = (progress: StorageProgress) => void
