/** Operations of access control and their codes on the wire (0G storage spec §8.2). */
export const ACCESS_OPS = {
  GRANT_ADMIN_ROLE: 0x00,
  RENOUNCE_ADMIN_ROLE: 0x01,
  SET_KEY_TO_SPECIAL: 0x10,
  SET_KEY_TO_NORMAL: 0x11,
  GRANT_WRITER_ROLE: 0x20,
  REVOKE_WRITER_ROLE: 0x21,
  RENOUNCE_WRITER_ROLE: 0x22,
  GRANT_SPECIAL_WRITER_ROLE: 0x30,
  REVOKE_SPECIAL_WRITER_ROLE: 0x31,
  RENOUNCE_SPECIAL_WRITER_ROLE: 0x32,
} as const

export type AccessOp = keyof typeof ACCESS_OPS

const NAMES = new Map<number, AccessOp>(
  Object.entries(ACCESS_OPS).map(([name, code]) => [code, name as AccessOp] as const),
)

/** The operation with a code; undefined when there is none. */
export function accessOpOf(code: number): AccessOp | undefined {
  return NAMES.get(code)
}

/** True when the operation carries a key on the wire. */
export function hasKey(op: AccessOp): boolean {
  return (ACCESS_OPS[op] & 0x10) !== 0
}

/** True when the operation carries an account on the wire; the renouncing ones mean the sender. */
export function hasAccount(op: AccessOp): boolean {
  return op.startsWith('GRANT_') || op.startsWith('REVOKE_')
}
