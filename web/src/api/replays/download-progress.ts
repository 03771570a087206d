import { ApiError, isRecord } from '@/lib/http';

/** How far the MP4 behind `url` is made, from 0 to 1; null when it is there. Asking for it has it made. */
export async function downloadProgress(url: string, signal: AbortSignal): Promise<number | null> {
  let response: Response;
  try {
    // One byte tells that it is there; the browser saves the rest.
    response = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ApiError(0, 'UNREACHABLE', 'We cannot reach NRS Live. Check your connection.', { cause });
  }
  if (response.ok && response.status !== 202) {
    await response.body?.cancel();
    return null;
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.status === 202) {
    const data = isRecord(body) && isRecord(body.data) ? body.data : {};
    return typeof data.progress === 'number' ? data.progress : 0;
  }
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  throw new ApiError(
    response.status,
    typeof error.code === 'string' ? error.code : 'UNEXPECTED_ANSWER',
    typeof error.message === 'string' ? error.message : 'The file cannot be made now. Try again in a moment.',
  );
}
