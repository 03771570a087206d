import { useState } from 'react';

import { fieldErrors, type FieldErrors } from '@/lib/field-errors';
import { ApiError } from '@/lib/http';

export interface Act {
  isBusy: boolean;
  /** Why the last thing asked for was refused; null when it was not, or when fields say it. */
  problem: string | null;
  fields: FieldErrors;
  /** Runs a request; resolves to whether it went well. */
  run: (request: () => Promise<void>) => Promise<boolean>;
}

/** One request at a time, and what came of it. */
export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [fields, setFields] = useState<FieldErrors>({});
  const run = async (request: () => Promise<void>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    setFields({});
    try {
      await request();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const found = fieldErrors(error);
      setFields(found);
      if (Object.keys(found).length === 0) setProblem(error.message);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, problem, fields, run };
}
