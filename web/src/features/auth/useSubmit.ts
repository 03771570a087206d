import { useState } from 'react';

import { fieldErrors, type FieldErrors } from '@/lib/field-errors';
import { ApiError } from '@/lib/http';

export interface Submission {
  isBusy: boolean;
  /** What is wrong with the form as a whole; null when nothing, or when single fields say it. */
  problem: string | null;
  fields: FieldErrors;
  run: (send: () => Promise<unknown>) => Promise<void>;
  /** Shows problems found before anything was sent. */
  reject: (fields: FieldErrors) => void;
}

/** One form on its way to the platform, and what came back. */
export function useSubmit(known: readonly string[]): Submission {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [fields, setFields] = useState<FieldErrors>({});

  const run = async (send: () => Promise<unknown>): Promise<void> => {
    setIsBusy(true);
    setProblem(null);
    setFields({});
    try {
      await send();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const found = fieldErrors(error);
      setFields(found);
      if (!Object.keys(found).some((name) => known.includes(name))) setProblem(sentence(error));
    } finally {
      setIsBusy(false);
    }
  };
  const reject = (found: FieldErrors): void => {
    setProblem(null);
    setFields(found);
  };
  return { isBusy, problem, fields, run, reject };
}

function sentence(error: ApiError): string {
  if (error.status !== 429) return error.message;
  const wait = error.retryAfterS === null ? 'a moment' : `${error.retryAfterS} seconds`;
  return `That was too often. Try again in ${wait}.`;
}
