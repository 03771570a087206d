import { useState, type SubmitEvent } from 'react';

import { getEncoder } from '@/api/encoder/get-encoder';
import { putEncoder } from '@/api/encoder/put-encoder';
import type { EncoderWishes } from '@/api/encoder/types';
import { AnswerProblem } from '@/components/AnswerProblem';
import { Button } from '@/components/Button';
import { Switch } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { StreamFields } from '@/components/StreamFields';
import { useAct } from '@/components/useAct';
import { useAnswer } from '@/components/useAnswer';

import styles from '@/components/Panel.module.css';

/** What the stream is called that begins when OBS connects. */
export function NextStream() {
  const { answer, refresh } = useAnswer('encoder', getEncoder);
  return (
    <section className={styles.panel} aria-labelledby="next-stream">
      <h2 id="next-stream">Your next stream</h2>
      {answer.status === 'loading' && <p className={styles.dim}>Loading</p>}
      {answer.status === 'failed' && (
        <AnswerProblem title="This does not load" message={answer.message} onRetry={refresh} />
      )}
      {answer.status === 'ready' && <NextStreamForm saved={answer.value} />}
    </section>
  );
}

function NextStreamForm({ saved }: { saved: EncoderWishes }) {
  const [wishes, setWishes] = useState(saved);
  const [kept, setKept] = useState(saved);
  const { isBusy, problem, fields, run } = useAct();
  const isChanged = JSON.stringify(wishes) !== JSON.stringify(kept);
  const change = (changes: Partial<EncoderWishes>): void => setWishes({ ...wishes, ...changes });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void run(async () => {
      await putEncoder(wishes);
      setKept(wishes);
    });
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <StreamFields
        words={wishes}
        errors={fields}
        placeholder="What is on tonight?"
        hint="Optional. Viewers read it below the picture."
        onChange={change}
      />
      <Switch
        label="Record it"
        hint="Viewers can rewind, and it stays as a replay afterwards."
        checked={wishes.record}
        onChange={(record) => change({ record })}
      />
      <Switch
        label="A second encoder takes over"
        hint="Off: while one is connected, another with your key is refused."
        checked={wishes.takeOver}
        onChange={(takeOver) => change({ takeOver })}
      />
      {problem !== null && <Notice tone="bad" title={problem} live />}
      <Button type="submit" kind={isChanged ? 'primary' : 'quiet'} busy={isBusy} disabled={!isChanged}>
        <span aria-live="polite">{isChanged || isBusy ? 'Save' : 'Saved'}</span>
      </Button>
    </form>
  );
}
