import { useState, type SubmitEvent } from 'react';

import { createKey } from '@/api/encoder/create-key';
import { listKeys } from '@/api/encoder/list-keys';
import { revokeKey } from '@/api/encoder/revoke-key';
import { rotateKey } from '@/api/encoder/rotate-key';
import type { KeyWithSecret, StreamKey } from '@/api/encoder/types';
import { AnswerProblem } from '@/components/AnswerProblem';
import { Button } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { TextField } from '@/components/Field';
import { Icon } from '@/components/Icon';
import { Notice } from '@/components/Notice';
import { useAct } from '@/components/useAct';
import { useAnswer } from '@/components/useAnswer';

import { FreshKey } from './FreshKey';
import styles from './KeyPanel.module.css';
import { KeyRow } from './KeyRow';
import { ServerAddress } from './ServerAddress';

interface Question {
  key: StreamKey;
  about: 'rotate' | 'revoke';
}

/** Where the encoder connects to, and the keys that let it in. */
export function KeyPanel() {
  const { answer, refresh } = useAnswer('keys', listKeys);
  const [fresh, setFresh] = useState<KeyWithSecret | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  if (answer.status === 'loading') return <p className={styles.dim}>Loading</p>;
  if (answer.status === 'failed') {
    return <AnswerProblem title="Your keys do not load" message={answer.message} onRetry={refresh} />;
  }
  const keys = answer.value.keys.filter(({ revokedAt }) => revokedAt === null);
  const made = (key: KeyWithSecret): void => {
    setFresh(key);
    refresh();
  };
  return (
    <div className={styles.panel}>
      <ServerAddress server={answer.value.server} />
      {fresh !== null && <FreshKey fresh={fresh} onDone={() => setFresh(null)} />}
      {keys.length > 0 && (
        <ul className={styles.keys} aria-label="Stream keys">
          {keys.map((key) => (
            <KeyRow
              key={key.id}
              streamKey={key}
              onRotate={() => setQuestion({ key, about: 'rotate' })}
              onRevoke={() => setQuestion({ key, about: 'revoke' })}
            />
          ))}
        </ul>
      )}
      <NewKey isFirst={keys.length === 0} onMade={made} />
      {question?.about === 'rotate' && (
        <ConfirmDialog
          title="New key?"
          yes="Make a new key"
          no="Keep the old one"
          onClose={() => setQuestion(null)}
          onYes={async () => made(await rotateKey(question.key.id))}
        >
          <p>
            The key that ends in {question.key.hint} stops working at once. An encoder that is live with it is cut off
            until it has the new one.
          </p>
        </ConfirmDialog>
      )}
      {question?.about === 'revoke' && (
        <ConfirmDialog
          title="Revoke this key?"
          yes="Revoke it"
          no="Keep it"
          onClose={() => setQuestion(null)}
          onYes={async () => {
            await revokeKey(question.key.id);
            if (fresh?.key.id === question.key.id) setFresh(null);
            refresh();
          }}
        >
          <p>
            “{question.key.label === '' ? 'Stream key' : question.key.label}” lets nobody in any more. An encoder that
            is live with it is cut off at once.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}

/** The first key is one press away; those after it tell what they are for. */
function NewKey({ isFirst, onMade }: { isFirst: boolean; onMade: (key: KeyWithSecret) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [label, setLabel] = useState('');
  const { isBusy, problem, fields, run } = useAct();
  const make = (): void =>
    void run(async () => {
      onMade(await createKey(label.trim()));
      setOpen(false);
      setLabel('');
    });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    make();
  };
  return (
    <>
      {problem !== null && <Notice tone="bad" title={problem} live />}
      {isFirst && (
        <div className={styles.first}>
          <p>You have no stream key yet. OBS needs one to go live as you.</p>
          <Button kind="primary" busy={isBusy} data-testid="make-key" onClick={make}>
            <Icon name="key" />
            Make a stream key
          </Button>
        </div>
      )}
      {!isFirst && !isOpen && (
        <Button size="small" kind="ghost" className={styles.another} onClick={() => setOpen(true)}>
          <Icon name="plus" />
          Another key
        </Button>
      )}
      {!isFirst && isOpen && (
        <form className={styles.form} onSubmit={submit} noValidate>
          <TextField
            label="What is it for?"
            value={label}
            maxLength={60}
            placeholder="Laptop on the road"
            autoComplete="off"
            error={fields.label}
            onChange={(event) => setLabel(event.target.value)}
          />
          <div>
            <Button type="submit" size="small" kind="primary" busy={isBusy}>
              Make the key
            </Button>
            <Button size="small" kind="ghost" onClick={() => setOpen(false)}>
              Cancel
            </Button>
          </div>
        </form>
      )}
    </>
  );
}
