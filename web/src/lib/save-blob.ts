/** An object URL is let go once the browser has had time to begin saving from it. */
const SAVING_MS = 60_000;

/** Has the browser save `blob` as a file called `name`. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), SAVING_MS);
}
