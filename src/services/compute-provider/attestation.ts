import { createHash } from 'node:crypto'

export type AttestationReport = Record<string, unknown>

/**
 * The attestation report of a provider without TEE hardware, in the layout of a dstack quote that official clients check
 * (0G compute spec §3.8): report_data names the signer, the compose hash in the event log is that of tcb_info.app_compose.
 * There is no hardware quote behind it, and the report says so itself: `simulated`, `notice`, and in the compose text.
 */
export function simulatedAttestation(options: {
  signer: string
  model: string
  modelRoot: string | null
  image: string
}): AttestationReport {
  const { signer, model, modelRoot, image } = options
  const compose = [
    '# simulated: this provider runs on ordinary hardware, nothing here was measured by a TEE',
    'services:',
    '  broker:',
    `    image: ${image}`,
    '    environment:',
    `      MODEL: ${model}`,
    `      MODEL_ROOT: "${modelRoot ?? ''}"`,
  ].join('\n')
  const appCompose = JSON.stringify({
    manifest_version: 2,
    name: 'og-compute-provider',
    runner: 'docker-compose',
    docker_compose_file: compose,
  })
  const composeHash = createHash('sha256').update(appCompose).digest('hex')
  const zeros = '0'.repeat(96)
  const eventLog = [
    { imr: 3, event_type: 134217729, digest: zeros, event: 'compose-hash', event_payload: composeHash },
    {
      imr: 3,
      event_type: 134217729,
      digest: zeros,
      event: 'simulated',
      event_payload: Buffer.from('true').toString('hex'),
    },
  ]
  return {
    simulated: true,
    notice: 'Simulated evidence of a 0G devnet: the key below lies in this process, not in TEE hardware.',
    quote: '00',
    event_log: JSON.stringify(eventLog),
    report_data: reportData(signer),
    tcb_info: JSON.stringify({
      mrtd: zeros,
      rtmr0: zeros,
      rtmr1: zeros,
      rtmr2: zeros,
      rtmr3: zeros,
      app_compose: appCompose,
      event_log: eventLog,
    }),
    vm_config: '',
  }
}

/** 64 bytes, base64: the signer's address as text, then zeros. */
export function reportData(signer: string): string {
  const data = Buffer.alloc(64)
  data.write(signer, 'ascii')
  return data.toString('base64')
}
