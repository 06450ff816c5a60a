import type { Hex } from 'viem'

/**
 * Runtime code of a user that is a contract and calls back: whatever it is called with it forwards to `target`, value and
 * all; when it is paid it first calls `target` with `onPayment`, and refuses the payment if that fails.
 */
export function reentrantUser(target: Hex, onPayment: Hex): Hex {
  const address = target.slice(2)
  const payload = onPayment.slice(2)
  const words = payload.padEnd(Math.ceil(payload.length / 64) * 64, '0').match(/.{64}/g) ?? []
  // PUSH32 word, PUSH2 offset, MSTORE
  const store = words.map((word, index) => `7f${word}61${push2(index * 32)}52`).join('')
  // CALL(gas, target, value, in, size, out, size)
  const callBack = `6000600061${push2(payload.length / 2)}6000600073${address}5af1`
  const forward = `5b366000600037600060003660003473${address}5af1`
  const start = 5
  const stop = start + (store.length + callBack.length + finish(0).length) / 2
  // CALLDATASIZE, PUSH2 forward, JUMPI: data is forwarded, a plain payment calls back
  return `0x3661${push2(stop + 2)}57${store}${callBack}${finish(stop)}5b00${forward}${finish(stop)}`
}

function push2(value: number): string {
  return value.toString(16).padStart(4, '0')
}

/** Jumps to `stop` when the call before succeeded, else reverts with what it returned. */
function finish(stop: number): string {
  return `61${push2(stop)}573d600060003e3d6000fd`
}
