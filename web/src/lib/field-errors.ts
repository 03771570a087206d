import { ApiError, isRecord } from './http';

/** The sentence for each field of a form that the platform did not accept, by the name it has in the request. */
export type FieldErrors = Partial<Record<string, string>>;

/** Reads `details.fields` of a refusal, `[{in, field, message}]`; the first message of a field counts. */
export function fieldErrors(error: unknown): FieldErrors {
  if (!(error instanceof ApiError) || !isRecord(error.details) || !Array.isArray(error.details.fields)) return {};
  const found: FieldErrors = {};
  for (const entry of error.details.fields as unknown[]) {
    if (isRecord(entry) && typeof entry.field === 'string' && typeof entry.message === 'string') {
      found[entry.field] ??= entry.message;
    }
  }
  return found;
}
