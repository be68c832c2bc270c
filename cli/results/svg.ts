/** Parts of a picture, written out. Pure. */

/** more: attributes. */
export function line(ends: Readonly<Record<'x1' | 'x2' | 'y1' | 'y2', number>>, more: string): string {
  const at = Object.entries(ends).map(([name, value]) => `${name}="${short(value)}"`);
  return `<line ${at.join(' ')} ${more}/>`;
}

/** more: attributes. */
export function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${short(x)}" y="${short(y)}" ${more}>${escaped(words)}</text>`;
}

export function short(value: number): string {
  return String(Number(value.toFixed(2)));
}

export function escaped(words: string): string {
  return words
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** What is shown, for those who cannot see it. */
  readonly title: string;
}

/** The whole picture, on white. */
export function picture({ width, height, title }: Frame, parts: readonly string[]): string {
  const font = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="13"';
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const paper = `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  const name = `<title>${escaped(title)}</title>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} fill="#1f2937">\n${[name, paper, ...parts].join('\n')}\n</svg>\n`;
}
