export function peerPackage(name: string, version: string): string
export function peerBinary(tool: 'anvil' | 'cast' | 'forge'): string
