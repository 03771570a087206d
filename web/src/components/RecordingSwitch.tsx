import { useState } from 'react';

import { switchRecording } from '@/api/encoder/switch-recording';
import type { RecordingState } from '@/api/encoder/types';
import { formatElapsed } from '@/lib/format';
import { formatBytes } from '@/lib/upload/audio-file';

import { Switch } from './Field';
import { Notice } from './Notice';
import { useAct } from './useAct';

/** Whether the stream is kept, and how much there is of it. */
export function RecordingSwitch({ streamId, recording }: { streamId: string; recording: RecordingState | null }) {
  // What was asked for is shown until the media server says that it is so.
  const [wish, setWish] = useState<{ on: boolean; before: RecordingState | null } | null>(null);
  const { isBusy, problem, run } = useAct();
  const isOn = recording !== null && recording.state !== 'no_room';
  const isPending = wish !== null && (isBusy || wish.on !== isOn) && wish.before === recording;
  const shown = isPending ? wish.on : isOn;
  const change = (on: boolean): void => {
    setWish({ on, before: recording });
    void run(async () => {
      await switchRecording(streamId, on);
    }).then((isDone) => {
      if (!isDone) setWish(null);
    });
  };
  return (
    <div data-testid="recording">
      <Switch label="Record" hint={hintOf(shown, recording)} checked={shown} onChange={change} />
      {problem !== null && <Notice tone="bad" title={problem} live />}
    </div>
  );
}

function hintOf(isOn: boolean, recording: RecordingState | null): string {
  if (recording?.state === 'no_room') return 'Your space for replays is full: the recording has stopped.';
  if (!isOn) return 'Nothing is kept of this stream from here on.';
  if (recording === null) return 'The recording starts.';
  const behind = recording.state === 'behind' ? ' It is being saved with a delay.' : '';
  return `${formatElapsed(recording.seconds)} recorded, ${formatBytes(recording.bytes)}.${behind}`;
}
