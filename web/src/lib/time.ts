/** Resolves after `ms`; rejects with the reason of `signal` when that fires first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** Milliseconds to wait before attempt `attempt` (from 1): doubling from half a second to eight, spread by a fifth. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(500 * 2 ** (attempt - 1), 8000);
  return base * (0.9 + random() * 0.2);
}

/** What `attempt` resolves to, however often it fails before; rejects when `signal` fires. */
export async function untilDone<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch {
      await pause(backoffMs(failures), signal);
    }
  }
}

/** Fires after `ms`. Unlike AbortSignal.timeout it keeps to the timers of the page, which tests can turn. */
export function deadlineIn(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException(`not within ${ms} ms`, 'TimeoutError')), ms);
  return controller.signal;
}
