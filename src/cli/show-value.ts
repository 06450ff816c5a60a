import { toJson } from './to-json.ts'

/** A decoded value for people: bare where it is simple, compact JSON where it is not. */
export function showValue(value: unknown): string {
  const plain = toJson(value)
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}
