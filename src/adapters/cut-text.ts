/** Shorter texts stay whole: there is little to share, and each piece is a file of its own. */
const shortestToCut = 16_384;
const shortestPiece = 4096;
/**
 * One comma in 2^5 is a border, so pieces are about a third longer than the shortest. Measured with 1000 members of which
 * 10 changed: smaller pieces make the list of them longer than what they save.
 */
const borderBits = 5;

/**
 * Pieces of a JSON text, of about equal size, cut where the text itself says so: behind a comma, by the 32 characters
 * before it. What is put in, taken out or changed moves the borders nearby and none further on, so two texts that have
 * much in common have most pieces in common.
 */
export function cutText(text: string): string[] {
  if (text.length < shortestToCut) return [text];
  const pieces: string[] = [];
  let start = 0;
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    // Each step moves what is older one bit on: after 32 it is out, and the upper bits have seen all that is in.
    hash = (hash << 1) + scatter(code);
    if (code !== comma || index + 1 - start < shortestPiece || hash >>> (32 - borderBits) !== 0) continue;
    pieces.push(text.slice(start, index + 1));
    start = index + 1;
  }
  return start < text.length ? [...pieces, text.slice(start)] : pieces;
}

const comma = ','.charCodeAt(0);

/** Neighbouring characters to numbers far apart (MurmurHash3's last step). */
function scatter(code: number): number {
  const once = Math.imul(code ^ (code >>> 16), 0x85ebca6b) + 0x9e3779b9;
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
