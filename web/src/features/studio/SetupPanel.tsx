import { useState, type SubmitEvent } from 'react';

import type { StreamWishes } from '@/api/start-stream';
import type { Stream } from '@/api/types';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { StreamFields } from '@/components/StreamFields';
import { formatMoment } from '@/lib/dates';
import type { FieldErrors } from '@/lib/field-errors';

import styles from './SetupPanel.module.css';

interface SetupPanelProps {
  /** Whether there is a picture or a sound to send. */
  canSend: boolean;
  isChecking: boolean;
  isStarting: boolean;
  fields: FieldErrors;
  /** What was announced, and begins now; null for a new stream. */
  announced: Stream | null;
  onGoLive: (wishes: StreamWishes) => Promise<void>;
}

/** What the stream is called, and the button that starts it. */
export function SetupPanel({ canSend, isChecking, isStarting, fields, announced, onGoLive }: SetupPanelProps) {
  const [words, setWords] = useState({ title: announced?.title ?? '', description: announced?.description ?? '' });
  const [isMissingTitle, setMissingTitle] = useState(false);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = words.title.trim();
    setMissingTitle(given === '');
    if (given === '') return;
    void onGoLive({ title: given, description: words.description.trim(), announcedId: announced?.id ?? null });
  };

  return (
    <form className={styles.setup} onSubmit={submit} noValidate>
      {announced !== null && (
        <Notice title="This was announced">
          <p>
            {announced.scheduledFor !== null && `For ${formatMoment(announced.scheduledFor)}. `}
            Those who wait on its page see you as soon as you go live.
          </p>
        </Notice>
      )}
      <StreamFields
        words={words}
        errors={isMissingTitle ? { ...fields, title: 'Give your stream a title.' } : fields}
        placeholder="What is on tonight?"
        hint="Optional. Viewers read it beside the picture."
        onChange={(changes) => setWords({ ...words, ...changes })}
      />
      <Button
        type="submit"
        kind="primary"
        size="large"
        wide
        busy={isStarting || isChecking}
        disabled={!canSend}
        data-testid="go-live"
      >
        Go live
      </Button>
      {!canSend && <p className={styles.why}>Turn on a camera or a microphone first.</p>}
    </form>
  );
}
