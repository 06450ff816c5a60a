import type { ErrorSentence } from './error-sentence.ts'

/** Flow and its parts. [0G storage spec §3.2] */
export const STORAGE_ERRORS: Readonly<Record<string, ErrorSentence>> = {
  NotEnoughFee: [
    'storing {amount} sectors costs {price} wei each and only {paid} wei came with the submission',
    'send the fee as value: number of sectors × pricePerSector(); `0g storage put` does it for you',
  ],
  IndexNotAvailable: [
    'entry {index} of the history was overwritten or never written',
    'only the last thousand epochs are kept',
  ],
}
