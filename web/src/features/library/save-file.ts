/** An object URL is let go once the browser has had time to begin saving from it. */
const SAVING_MS = 60_000;

/** Has the browser save `blob` as a file called `name`. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  saveFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), SAVING_MS);
}

/** Has the browser save what is at `url`; the name that the server gives goes before `name`. */
export function saveFrom(url: string, name: string): void {
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
}
