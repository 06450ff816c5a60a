import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors of 0G Storage: files, roots, proofs, nodes. */
export const STORAGE_ERRORS = {
  NOT_A_REGULAR_FILE: {
    category: 'RESOURCE',
    message: '{path} is not a regular file',
    hint: 'directories are stored whole; sockets, pipes and devices cannot be stored (pipe their content into `0g storage put -`)',
    docs: 'Only files, directories and symbolic links can be stored.',
  },
  NOT_A_DIRECTORY: {
    category: 'RESOURCE',
    message: '{path} is not a directory',
    hint: 'name a directory',
    docs: 'A directory was expected where something else is.',
  },
  NOT_A_STORED_DIRECTORY: {
    category: 'RESOURCE',
    message: '{root} is a file, not a directory',
    hint: '`0g storage get {root} -o FILE` writes it to disk',
    docs: 'The root names an ordinary file where a stored directory was asked for.',
  },
  FILE_CHANGED: {
    category: 'RUNTIME',
    retryable: true,
    message: '{path} became shorter while it was read',
    hint: 'put it again once nothing writes to it',
    docs: 'A file is read twice, for its root and for its segments, and must not change in between.',
  },
  SHARD_INVALID: {
    category: 'CONFIG',
    message: '{shard} is not a shard',
    hint: 'write i/n with n a power of two and i below it, e.g. 1/4',
    docs: 'A storage node keeps every n-th segment. The number of shards is a power of two, and shards count from 0.',
  },
  FILE_EMPTY: {
    category: 'RESOURCE',
    message: '{path} is empty: 0G Storage has no files of zero bytes',
    hint: 'store at least one byte; inside a directory empty files are kept by name',
    docs: 'The protocol knows no empty file: a submission needs at least one chunk, and the Flow contract refuses a length of zero.',
  },
  ROOT_INVALID: {
    category: 'USAGE',
    message: '{root} is not a root',
    hint: 'a root is 0x and 64 hex digits; `0g storage ls` lists those stored here',
    docs: 'Files and directories are named by their Merkle root: 32 bytes in hex with 0x.',
  },
  ROOT_UNKNOWN: {
    category: 'RESOURCE',
    message: 'no file with root {root} is on this network',
    hint: '`0g storage ls` lists what was stored; a root of another network is not found here',
    docs: 'No submission with this root is on the chain, so no node can have it.',
  },
  FILE_INCOMPLETE: {
    category: 'RUNTIME',
    retryable: true,
    message: '{missing} of {total} segments of {root} are not stored on any node',
    hint: 'put the same file again: only the missing segments are sent, nothing is paid twice',
    docs: 'The file was submitted to the chain, but its upload did not finish, or a node lost data. Its content cannot be read whole.',
  },
  PROOF_INVALID: {
    category: 'VERIFY',
    message: 'segment {index} of {root} is not what was stored: {reason}',
    hint: 'the node at {url} served wrong data; `0g storage verify {root}` checks every node',
    docs: 'Every segment that is read is checked against the root. This one does not lead to it, so it was discarded.',
  },
  PATH_NOT_IN_DIRECTORY: {
    category: 'RESOURCE',
    message: '{path} is not in the directory {root}',
    hint: '`0g storage ls {root}` lists what is in it',
    docs: 'A path inside a stored directory was asked for and there is nothing under it.',
  },
  NOT_A_FILE: {
    category: 'RESOURCE',
    message: '{root} is a directory',
    hint: '`0g storage ls {root}` lists it, `0g storage get {root} -o DIR` restores it',
    docs: 'The root names a stored directory where the content of one file was asked for.',
  },
  LINK_LEADS_OUT: {
    category: 'RESOURCE',
    message: 'the link {path} leads out of the stored directory, to {link}',
    hint: 'fetch single files with `0g storage get ROOT/path`, or add --outside-links if you trust who stored it',
    docs: 'Whoever stored a directory chose the targets of its symbolic links. One that leads out of the directory would make the next program that reads it follow the link to a file of this machine, so nothing was written.',
  },
  TARGET_EXISTS: {
    category: 'RESOURCE',
    message: '{path} already exists',
    hint: 'name another target with -o, or add --force to replace it',
    docs: 'A download does not overwrite what is there unless told to.',
  },
  NOT_ENCRYPTED: {
    category: 'RESOURCE',
    message: '{root} is not an encrypted file',
    hint: 'leave --decrypt and --encryption-key out',
    docs: 'An encrypted file begins with the version of its encryption, 1 or 2, and its header. This one does not.',
  },
  ENCRYPTION_KEY_INVALID: {
    category: 'USAGE',
    message: 'the encryption key is not 32 bytes of hex',
    hint: 'make one with `openssl rand -hex 32` and keep it in OG_ENCRYPTION_KEY; `--encryption-key env` takes it from there',
    docs: 'Files are encrypted with AES-256: the key has 32 bytes, written as 64 hex digits.',
  },
  PUBLIC_KEY_INVALID: {
    category: 'USAGE',
    message: '{key} is not a public key',
    hint: 'give the 33 or 65 bytes of a secp256k1 public key in hex; on a devnet the name of an account will do. An address is not enough',
    docs: 'A file is encrypted to a public key. An address is only a hash of one.',
  },
  DIRECTORY_NOT_ENCRYPTED: {
    category: 'USAGE',
    message: '{path} is a directory, and only files can be encrypted',
    hint: 'pack it: `tar c {path} | 0g storage put - --encrypt`',
    docs: 'The manifest of a stored directory is public, so a directory is encrypted as one packed file.',
  },
  STORAGE_NODES_MISSING: {
    category: 'RUNTIME',
    retryable: true,
    message: 'no storage node that answers holds shard {missing} (those that do: {nodes})',
    hint: '`0g devnet status` shows which node is down',
    docs: 'Every segment belongs to a shard. No node of the shard named answers, so what is stored there cannot be read or written until one is back.',
  },
  STORAGE_REPLICAS_MISSING: {
    category: 'RESOURCE',
    message: 'the storage nodes that answer cannot hold each segment {replicas} times ({nodes})',
    hint: 'leave --replicas out, or start a network with more nodes: `0g devnet up --help`',
    docs: 'A put was asked to store every segment on several nodes, and the network has fewer nodes of some shard.',
  },
  STORAGE_REFUSED: {
    category: 'RUNTIME',
    message: 'the storage node at {url} refused segment {index}: {reason}',
    hint: 'look at `0g devnet logs`; a full disk is the usual reason',
    docs: 'A storage node answered an upload with an error that sending again cannot mend.',
  },
} as const satisfies Record<string, CatalogueEntry>
