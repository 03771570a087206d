import { useEffect, useRef } from 'react';

import { Button } from '@/components/Button';
import { Select, Switch } from '@/components/Field';
import { Notice } from '@/components/Notice';
import type { SourceState } from '@/components/useSource';
import type { CaptureProblem, SourceKind } from '@/lib/capture';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { Knob } from '../controls/Knob';
import { formatDb } from '../deck/format';
import { Meter } from '../Meter';
import { useBoothSession } from '../mix-session-context';
import type { Talk } from '../useTalk';
import styles from './TalkPanel.module.css';

const LEVEL = { min: -60, max: 24, step: 1, resetTo: 0, detent: 0 };
const DEPTH = { min: -60, max: 0, step: 1, resetTo: -12 };

/** The DJ's voice and face: the voice goes into the mix, the camera beside it. */
export function TalkPanel({ talk }: { talk: Talk }) {
  const port = useDeskPort();
  const session = useBoothSession();
  const microphone = useDesk((desk) => desk.microphone);
  const talkover = useDesk((desk) => desk.talkover);
  if (port === null || microphone === undefined || talkover === undefined) return null;
  const isOpen = talk.microphone.status === 'on';
  return (
    <section className={styles.talk} aria-label="Microphone and camera">
      <h2>Microphone</h2>
      {!talk.isPossible && (
        <Notice tone="bad" title="This page may not use a microphone">
          <p>Browsers allow it only on secure pages: open NRS Live by its https:// address.</p>
        </Notice>
      )}
      {talk.problem !== null && <Notice tone="bad" title={talk.problem} live />}
      <TalkState talk={talk} />
      <div className={styles.voice}>
        <Key
          label={microphone.on ? 'Microphone off' : 'Microphone on'}
          control="microphone"
          size="big"
          light="#ff86b8"
          isOn={microphone.on}
          isDisabled={!talk.isPossible}
          onPress={() => {
            if (!microphone.on && !isOpen) talk.open('microphone');
            port.send({ command: 'SetMicrophone', on: !microphone.on, db: microphone.db });
          }}
        >
          {microphone.on ? 'ON AIR' : 'TALK'}
        </Key>
        <Knob
          label="Microphone level"
          caption="Level"
          control="microphone.gain"
          size="large"
          travel={LEVEL}
          value={microphone.db}
          format={formatDb}
          onChange={(db) => port.send({ command: 'SetMicrophone', on: microphone.on, db })}
        />
        <Knob
          label="How far the music steps back while you talk"
          caption="Duck"
          control="talkover.depth"
          size="large"
          travel={DEPTH}
          value={talkover.depthDb}
          format={formatDb}
          onChange={(depth_db) =>
            port.send({ command: 'SetTalkover', depth_db, threshold_db: talkover.thresholdDb })
          }
        />
        <div className={styles.meter}>
          <Meter
            label="Level of the microphone"
            read={() => {
              const level = session.moment()?.microphone;
              return level === undefined ? null : { vuDb: level[0], peakDb: level[1], isClipping: level[1] >= 0 };
            }}
          />
        </div>
      </div>
      <DeviceLine kind="microphone" state={talk.microphone} devices={talk.microphones} talk={talk} />
      {isOpen && (
        <Switch
          label="Voice clean-up"
          hint="Removes echo and noise. Use it when you listen by loudspeakers."
          checked={talk.isVoice}
          onChange={talk.setVoice}
        />
      )}
      <h2>Camera</h2>
      {talk.camera.status === 'on' && <CameraPicture track={talk.camera.track} />}
      <DeviceLine kind="camera" state={talk.camera} devices={talk.cameras} talk={talk} />
    </section>
  );
}

function TalkState({ talk }: { talk: Talk }) {
  switch (talk.state?.status) {
    case 'taken-over':
      return (
        <Notice
          tone="warn"
          title="Another device has the microphone"
          live
          actions={
            <Button size="small" onClick={talk.takeOver}>
              Take it here
            </Button>
          }
        />
      );
    case 'failed':
      return (
        <Notice
          tone="bad"
          title="Nothing is sent from here"
          live
          actions={
            <Button size="small" onClick={talk.takeOver}>
              Try again
            </Button>
          }
        >
          <p>{talk.state.message}</p>
        </Notice>
      );
    case 'connecting':
    case 'reconnecting':
      return <p className={styles.note}>Connecting to the mixer…</p>;
    default:
      return null;
  }
}

const NAMES: Record<SourceKind, string> = { camera: 'Camera', microphone: 'Microphone' };
const PROBLEMS: Record<CaptureProblem, string> = {
  denied: 'Your browser was told not to allow it. Change that beside the address, and try again.',
  'no-device': 'None was found. Plug one in and try again.',
  'in-use': 'Another program has it. Close that, and try again.',
  gone: 'It was unplugged.',
  unknown: 'It does not start.',
};

interface DeviceLineProps {
  kind: SourceKind;
  state: SourceState;
  devices: MediaDeviceInfo[];
  talk: Talk;
}

function DeviceLine({ kind, state, devices, talk }: DeviceLineProps) {
  const current = state.status === 'on' ? (state.track.getSettings().deviceId ?? '') : '';
  return (
    <>
      {state.status === 'failed' && (
        <Notice tone="bad" title={`No ${kind}`} live>
          <p>{PROBLEMS[state.problem]}</p>
        </Notice>
      )}
      {state.status === 'on' && devices.length > 0 && (
        <Select label={NAMES[kind]} value={current} onChange={(event) => talk.open(kind, event.target.value)}>
          {devices.map((device, at) => (
            <option key={device.deviceId} value={device.deviceId}>
              {device.label === '' ? `${NAMES[kind]} ${at + 1}` : device.label}
            </option>
          ))}
        </Select>
      )}
      {state.status === 'on' ? (
        <Button size="small" data-testid={`${kind}-close`} onClick={() => talk.close(kind)}>
          Turn the {kind} off
        </Button>
      ) : (
        <Button
          size="small"
          busy={state.status === 'asking'}
          disabled={!talk.isPossible}
          data-testid={`${kind}-open`}
          onClick={() => talk.open(kind)}
        >
          Turn the {kind} on
        </Button>
      )}
    </>
  );
}

function CameraPicture({ track }: { track: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = new MediaStream([track]);
  }, [track]);
  return <video ref={video} className={styles.picture} autoPlay muted playsInline aria-label="Your camera" />;
}
