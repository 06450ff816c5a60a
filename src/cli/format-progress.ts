import type { AmountEvent } from './sink.ts'

const KIB = 1024

/** A duration for people: `87 ms`, `1.4 s`, `2 min 05 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}

/** A size for people in binary units: `512 B`, `3.0 KiB`, `5.1 MiB`. */
export function formatSize(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = sizeBytes
  let unit = 0
  // 1023.95 would round up to 1024.0 of the smaller unit
  while (value >= (unit === 0 ? KIB : KIB - 0.05) && unit < units.length - 1) {
    value /= KIB
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** `done/total` of a progress event in its unit, with a percentage when the total is known. */
export function formatAmount({ done, total, unit }: Pick<AmountEvent, 'done' | 'total' | 'unit'>): string {
  const show = unit === 'bytes' ? formatSize : (value: number) => String(value)
  const suffix = unit === 'bytes' ? '' : ` ${unit}`
  if (total === undefined) return `${show(done)}${suffix}`
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100)
  return `${show(done)}/${show(total)}${suffix} (${percent} %)`
}
