import { useState } from 'react';

import { switchRecording } from '@/api/encoder/switch-recording';
import type { RecordingState, StreamHealth } from '@/api/encoder/types';
import { formatElapsed } from '@/lib/format';
import { formatBytes } from '@/lib/upload/audio-file';

import { Switch } from './Field';
import { Notice } from './Notice';
import { useAct } from './useAct';

interface RecordingSwitchProps {
  streamId: string;
  /** Null while it is not known. */
  health: StreamHealth | null;
  /** Off for one that is only prepared: what is switched counts when it begins. */
  isLive?: boolean;
}

/** Whether the stream is kept, and how much there is of it. */
export function RecordingSwitch({ streamId, health, isLive = true }: RecordingSwitchProps) {
  // What was asked for is shown until the platform says that it is so.
  const [wish, setWish] = useState<boolean | null>(null);
  const { isBusy, problem, run } = useAct();
  if (wish !== null && !isBusy && wish === health?.record) setWish(null);
  const shown = wish ?? isRecorded(health);
  const change = (on: boolean): void => {
    setWish(on);
    void run(async () => {
      await switchRecording(streamId, on);
    }).then((isDone) => {
      if (!isDone) setWish(null);
    });
  };
  return (
    <div data-testid="replay-recording">
      <Switch
        label="Record"
        hint={hintOf(shown, isLive, health?.recording ?? null)}
        checked={shown}
        onChange={change}
      />
      {problem !== null && <Notice tone="bad" title={problem} live />}
    </div>
  );
}

/** Whether a stream is recorded, or will be. */
export function isRecorded(health: StreamHealth | null): boolean {
  return health !== null && health.record && health.recording?.state !== 'no_room';
}

function hintOf(isOn: boolean, isLive: boolean, recording: RecordingState | null): string {
  if (recording?.state === 'no_room') return 'Your space for replays is full: the recording has stopped.';
  if (!isOn) return isLive ? 'Nothing is kept of this stream from here on.' : 'Nothing is kept of this stream.';
  if (!isLive) return 'The recording starts when you go live.';
  if (recording === null) return 'The recording starts.';
  const behind = recording.state === 'behind' ? ' It is being saved with a delay.' : '';
  return `${formatElapsed(recording.seconds)} recorded, ${formatBytes(recording.bytes)}.${behind}`;
}
