/** A step of the bootstrap failed; the message is all the user needs to see. */
export class BootstrapError extends Error {
  constructor(message, cause) {
    super(cause?.message ? `${message} (${cause.message})` : message, { cause })
  }
}
