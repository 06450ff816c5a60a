export type QuickstartStep = { line: string; args: string[]; output: string }
export const ROOT: string
export function readQuickstart(): QuickstartStep[]
export function writeQuickstart(steps: readonly QuickstartStep[]): void
export function copyQuickstartInput(directory: string): void
