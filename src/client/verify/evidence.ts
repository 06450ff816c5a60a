/**
 * What every verification returns: a chain of links, each with what was compared. A link is `true` or `false` only when it
 * was really checked; whatever could not be checked (node down, data missing) is `unchecked` and never counts as true.
 */
export type Verdict = 'true' | 'false' | 'unchecked'

export type EvidenceLink = {
  /** what this link claims, e.g. 'segment 3 is in the file of this root' */
  claim: string
  verdict: Verdict
  /** the two values that were compared, as a person would want to see them */
  expected?: string
  actual?: string
  /** why it could not be checked, or what about it is simulated */
  note?: string
  simulated?: boolean
}

export type EvidenceKind = 'root' | 'file' | 'receipt' | 'agent' | 'tx'

export type Evidence = { subject: string; kind: EvidenceKind | 'block'; verdict: Verdict; links: EvidenceLink[] }

/** The verdict of a chain: false as soon as one link is false, else unchecked if one is, else true (an empty chain is unchecked). */
export function overallVerdict(links: readonly EvidenceLink[]): Verdict {
  if (links.some((link) => link.verdict === 'false')) return 'false'
  return links.length > 0 && links.every((link) => link.verdict === 'true') ? 'true' : 'unchecked'
}
