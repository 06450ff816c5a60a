/**
 * The chain's clock. Block times are chosen here and handed to the engine, never taken from its own clock, because a replay must
 * give every block the time it had. A function of the requests and of the wall clock recorded with each; nothing else.
 */
export type ChainClock = {
  /** seconds the chain is ahead of the wall clock */
  offsetSeconds: number
  /** set by evm_setNextBlockTimestamp: the time of the next block */
  nextTimestamp: number | undefined
  /** set by anvil_setBlockTimestampInterval: seconds from each block to the next, whatever the wall clock says */
  intervalSeconds: number | undefined
  /** time of the latest block */
  latestTimestamp: number
}

/** Time of the next block: what was asked for, else a fixed interval, else the shifted wall clock; never before the latest block. */
export function nextBlockTimestamp(clock: ChainClock, wallSeconds: number): number {
  if (clock.nextTimestamp !== undefined) return clock.nextTimestamp
  if (clock.intervalSeconds !== undefined) return clock.latestTimestamp + clock.intervalSeconds
  return Math.max(clock.latestTimestamp, wallSeconds + clock.offsetSeconds)
}

/** After a block with an ordinary or an asked-for time: from an asked-for time the clock runs on. */
export function blockMined(clock: ChainClock, timestamp: number, wallSeconds: number): void {
  if (clock.nextTimestamp !== undefined) clock.offsetSeconds = timestamp - wallSeconds
  clock.nextTimestamp = undefined
  clock.latestTimestamp = timestamp
}

/** After blocks whose times were set one by one (evm_mine with a time, hardhat_mine with an interval): time never runs backwards. */
export function jumpedTo(clock: ChainClock, timestamp: number, wallSeconds: number): void {
  clock.offsetSeconds = Math.max(clock.offsetSeconds, timestamp - wallSeconds)
  clock.nextTimestamp = undefined
  clock.latestTimestamp = timestamp
}
