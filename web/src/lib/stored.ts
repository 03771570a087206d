/** Preferences of this browser, as strings under one prefix. Losing one costs a choice, so failures are no errors. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(`nrs.${key}`);
  } catch {
    // Storage is switched off in this browser.
    return null;
  }
}

export function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(`nrs.${key}`, value);
  } catch {
    // Storage is full or switched off: the choice holds until the page goes.
  }
}
