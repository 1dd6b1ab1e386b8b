import { cutText } from './cut-text.ts';
import { mapLimited } from './map-limited.ts';
import type { SealedFiles } from './sealed-files.ts';

/** Keeps pieces that several files share. A piece is durable once its id is answered. */
export interface PieceStore {
  put(text: string): Promise<string>;
  read(id: string): Promise<string>;
}

/** First line of a file that lists its pieces, one id a line. No JSON text begins so. */
const head = 'pieces\n';

/**
 * Files whose long texts are kept in pieces (`cutText`), so that a text that is much like an earlier one adds little to
 * the store. Nobody sees it: a text that is opened is whole, or an error.
 */
export function inPieces(files: SealedFiles, pieces: PieceStore, parallelism: number): SealedFiles {
  return {
    open: async (key) => {
      const found = await files.open(key);
      if (!found?.text.startsWith(head)) return found;
      const ids = found.text.slice(head.length).split('\n');
      return { ...found, text: (await mapLimited(ids, parallelism, pieces.read)).join('') };
    },
    putIfAbsent: async (key, text) => {
      const cut = cutText(text);
      if (cut.length === 1) return files.putIfAbsent(key, text);
      const ids = await mapLimited(cut, parallelism, pieces.put);
      return files.putIfAbsent(key, `${head}${ids.join('\n')}`);
    },
  };
}
